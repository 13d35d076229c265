using System.Text;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Tests.Corpus;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Training.Checkpointing;

/// <summary>
/// Trains with many checkpoints and resumes from some of them, each time as a new process would: with the
/// later checkpoints deleted and nothing in memory.
/// </summary>
internal sealed class ResumeHarness(int words = 30_000) : IDisposable
{
    private readonly TextFiles _files = new();
    private string? _text;

    public string Text => _text ??= _files.Write("text", Words(words, 1));

    public string Folder => Path.Combine(_files.Folder, "run");

    /// <summary>A second text of the same language.</summary>
    public string Validation => _files.Write("valid", Words(3000, 2));

    /// <summary>The text in shards so small that an epoch has many blocks.</summary>
    public CorpusSource Source()
    {
        var source = CorpusSource.FromPaths(Text);
        source.ShardBytes = 16_000;
        return source;
    }

    public string Gzip() => _files.Write("text.gz", TextFiles.Gzip(File.ReadAllBytes(Text)));

    /// <summary>Checkpoints after every few blocks; a resumed training saves only its end.</summary>
    public CheckpointOptions Checkpoints(bool resume = false) => new() { Folder = Folder, Words = resume ? long.MaxValue : words / 5, Keep = 1000, Resume = resume };

    /// <summary>Compares the result of a training with trainings that resume from some of its checkpoints.</summary>
    /// <param name="train">Trains with the checkpoints it is given and returns a fingerprint of the result.</param>
    /// <param name="stops">How many places to stop at, evenly spread.</param>
    public void AssertSameAfterStops(Func<CheckpointOptions?, string> train, int stops = 3)
    {
        string whole = train(null);
        Assert.Equal(whole, train(Checkpoints()));
        string all = Folder + "-all";
        Directory.Move(Folder, all);
        string[] saved = [.. Directory.GetFiles(all, "checkpoint-*").Order(StringComparer.Ordinal)];
        Assert.InRange(saved.Length, 8, 500);
        foreach (int last in Enumerable.Range(0, stops).Select(i => 1 + (i * (saved.Length - 2) / Math.Max(1, stops - 1))))
        {
            Directory.CreateDirectory(Folder);
            File.Copy(saved[last], Path.Combine(Folder, Path.GetFileName(saved[last])));
            string resumed = train(Checkpoints(resume: true));
            Assert.True(whole == resumed, $"stopped at {Path.GetFileName(saved[last])} of {saved.Length}:\n{whole}\n{resumed}");
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>Names each table with a hash of its floats, and the exact figures.</summary>
    public static string Fingerprint(IEnumerable<ParameterTable> tables, IEnumerable<string> figures)
    {
        var text = new StringBuilder();
        foreach (ParameterTable table in tables)
        {
            var hash = new System.IO.Hashing.XxHash128();
            for (long row = 0; row < table.Rows; row++)
                hash.Append(System.Runtime.InteropServices.MemoryMarshal.AsBytes(table.Row(row)));
            text.AppendLine($"{table.Name} {table.Rows} {Convert.ToHexString(hash.GetCurrentHash())}");
        }

        return text.Append(string.Join('\n', figures)).ToString();
    }

    public void Dispose() => _files.Dispose();

    // Sequences of one topic, so that there is something to learn; some words are rare enough to be left out.
    private static string Words(int count, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            text.Append(random.Next(200) == 0 ? $"rare{i}" : $"t{i / 50 % 7}w{(int)(20 * random.NextDouble() * random.NextDouble())}");
            text.Append(random.Next(12) == 0 ? '\n' : ' ');
        }

        return text.ToString();
    }
}
