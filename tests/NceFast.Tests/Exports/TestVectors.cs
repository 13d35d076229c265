using System.Text;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Exports;

/// <summary>Represents a folder that is deleted at the end of the test.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ncefast");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public string[] Files => [.. _folder.GetFiles().Select(f => f.Name).Order(StringComparer.Ordinal)];

    public string Write(string name, byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    public string Write(string name, string content) => Write(name, Encoding.Latin1.GetBytes(content));

    public void Dispose() => _folder.Delete(recursive: true);
}

internal static class TestVectors
{
    public static WordVectors Make(IReadOnlyList<byte[]> words, Func<int, int, float> value, int dim)
    {
        var list = new WordList.Builder();
        var matrix = new AlignedMatrix(words.Count, dim);
        for (int i = 0; i < words.Count; i++)
        {
            list.Add(words[i]);
            for (int j = 0; j < dim; j++)
                matrix.Row(i)[j] = value(i, j);
        }

        return new WordVectors(list.Build(), matrix);
    }

    /// <summary>Creates words with the given names and vectors.</summary>
    public static WordVectors Make(params (string Word, float[] Vector)[] rows) =>
        Make([.. rows.Select(r => Encoding.UTF8.GetBytes(r.Word))], (i, j) => rows[i].Vector[j], rows[0].Vector.Length);

    public static WordVectors Random(int count, int dim, int seed)
    {
        var random = new Random(seed);
        return Make([.. Enumerable.Range(0, count).Select(i => Encoding.UTF8.GetBytes($"w{i}"))], (_, _) => (float)(random.NextDouble() - 0.5), dim);
    }

    public static void AssertSame(WordVectors expected, WordVectors actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.Equal(expected.Dim, actual.Dim);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected.Words[i].ToArray(), actual.Words[i].ToArray());
            Assert.Equal(expected.Matrix.Row(i).ToArray(), actual.Matrix.Row(i).ToArray());
        }
    }
}
