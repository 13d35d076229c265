using System.Text;

namespace NceFast.Fuzz;

/// <summary>A parser under test, with valid inputs to begin from.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Name on the command line and of the folder of kept inputs.</summary>
    public abstract string Name { get; }

    /// <summary>Valid inputs of every form the parser knows.</summary>
    public abstract IEnumerable<byte[]> Seeds();

    /// <summary>Pieces the format is made of.</summary>
    public virtual IReadOnlyList<byte[]> Tokens => [];

    /// <summary>Relative cost of an input; the dearer a parser, the fewer inputs it gets.</summary>
    public virtual double Cost => 1;

    /// <summary>Makes lengths and checksums of a changed input true again, so that what lies behind them is reached.</summary>
    public virtual byte[] Repair(byte[] input) => input;

    /// <summary>Reads an input.</summary>
    /// <returns>What was read, in few words: inputs with new answers are kept and changed further.</returns>
    /// <exception cref="NceFastException">The input is refused, as it should be when it is damaged.</exception>
    public abstract string Read(byte[] input);

    /// <summary>A size to its power of two, so that answers stay few.</summary>
    protected static string About(long size) => size == 0 ? "0" : $"2^{long.Log2(size)}";

    protected static IReadOnlyList<byte[]> Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}

/// <summary>A parser that takes a path.</summary>
internal abstract class FileTarget : FuzzTarget
{
    private readonly string _folder;

    protected FileTarget() => _folder = Scratch.Folder;

    /// <summary>The file that holds the input; tests of one process must not run a target twice at a time.</summary>
    protected string Path => System.IO.Path.Combine(_folder, $"{Name}-{Environment.CurrentManagedThreadId}");

    public sealed override string Read(byte[] input)
    {
        File.WriteAllBytes(Path, input);
        return ReadFile(Path, input);
    }

    protected abstract string ReadFile(string path, byte[] input);
}

/// <summary>Where inputs lie while they are read: in memory where the system has such a folder.</summary>
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
