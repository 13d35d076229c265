using NceFast.Corpus;
using NceFast.Tests.Corpus;

namespace NceFast.Tests.Cli;

/// <summary>A folder for the files of a test, and a small text in it.</summary>
public abstract class CliTestBase : IDisposable
{
    private readonly TextFiles _files = new();

    internal string Folder => _files.Folder;

    internal string In(string name) => Path.Combine(Folder, name);

    internal string Write(string name, string text) => _files.Write(name, text);

    internal string Write(string name, byte[] bytes) => _files.Write(name, bytes);

    /// <summary>A text of 200 distinct words.</summary>
    internal string Corpus(string name = "corpus.txt", int words = 20_000) => Write(name, Text(words));

    internal static byte[] Text(int words = 20_000)
    {
        using var copy = new MemoryStream();
        new SyntheticCorpus(classes: 10, wordsPerClass: 20, words: words).OpenText().CopyTo(copy);
        return copy.ToArray();
    }

    public void Dispose()
    {
        _files.Dispose();
        GC.SuppressFinalize(this);
    }
}
