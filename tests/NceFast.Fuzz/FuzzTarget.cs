using System.Text;

namespace NceFast.Fuzz;

/// <summary>A parser under test, with valid inputs to start from.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Name on the command line and of the folder of kept inputs.</summary>
    public abstract string Name { get; }

    /// <summary>Valid inputs of every form the parser knows.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Tokens of the format.</summary>
    public virtual IReadOnlyList<byte[]> Tokens => [];

    /// <summary>Relative cost of an input; an expensive parser receives fewer inputs.</summary>
    public virtual double Cost => 1;

    /// <summary>Repairs lengths and checksums of a changed input, so that the parser reads past them.</summary>
    public virtual byte[] Repair(byte[] input) => input;

    /// <summary>Reads an input.</summary>
    /// <returns>A short description of what was read; inputs with a new description are kept and changed further.</returns>
    /// <exception cref="NceFastException">The input is refused, as it should be when it is damaged.</exception>
    public abstract string Read(byte[] input);

    /// <summary>Rounds a size to a power of two, so that there are few different answers.</summary>
    protected static string About(long size) => size == 0 ? "0" : $"2^{long.Log2(size)}";

    protected static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}

/// <summary>A parser that takes a path.</summary>
internal abstract class FileTarget : FuzzTarget
{
    private readonly string _folder;

    protected FileTarget() => _folder = Scratch.Folder;

    /// <summary>The file that holds the input. A process must not run a target twice at the same time.</summary>
    protected string Path => System.IO.Path.Combine(_folder, $"{Name}-{Environment.CurrentManagedThreadId}");

    public sealed override string Read(byte[] input)
    {
        File.WriteAllBytes(Path, input);
        return ReadFile(Path, input);
    }

    protected abstract string ReadFile(string path, byte[] input);
}

/// <summary>The folder of inputs while they are read, in memory if the system has such a folder.</summary>
internal static class Scratch
{
    public static string Folder { get; } = Make();

    private static string Make()
    {
        string parent = Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();
        string folder = System.IO.Path.Combine(parent, $"ncefast-fuzz-{Environment.ProcessId}");
        Directory.CreateDirectory(folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
