using System.Buffers.Binary;
using System.Text;
using NceFast.Corpus;
using NceFast.Store;
using NceFast.Training;

namespace NceFast.Fuzz.Targets;

/// <summary>A checkpoint, up to the point where a model is made; repaired inputs have correct lengths and checksums.</summary>
internal sealed class CheckpointTarget : FileTarget
{
    private const int HeadBytes = 12;

    public override string Name => "checkpoint";

    public override double Cost => 4;

    public override IReadOnlyList<byte[]> Tokens => [.. Texts("NCEFCK\r\n", "DONE", "{", "}", "[", "]", "null", ":", ",", "\"", "-1", "1e400", "true", "\\ud800"), [0, 0, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF]];

    public override IEnumerable<byte[]> Seeds()
    {
        string folder = Directory.CreateDirectory(System.IO.Path.Combine(Scratch.Folder, "checkpoints")).FullName, text = System.IO.Path.Combine(Scratch.Folder, "checkpoint-text");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("the cat and the dog\n", 40)));
        string vectors = System.IO.Path.Combine(folder, "vectors"), language = System.IO.Path.Combine(folder, "language");
        new WordVectorTrainer(new WordVectorOptions { Dim = 2, Epochs = 1, Threads = 1 }).Train(CorpusSource.FromPaths(text), checkpoints: new CheckpointOptions { Folder = vectors }).Dispose();
        new LanguageModelTrainer(new LanguageModelOptions { Dim = 2, K = 2, Epochs = 1, Threads = 1 }).Train(CorpusSource.FromPaths(text), null, checkpoints: new CheckpointOptions { Folder = language }).Model.Dispose();
        List<byte[]> seeds = [.. CheckpointFolder.List(vectors).Concat(CheckpointFolder.List(language)).Select(c => File.ReadAllBytes(c.Path))];
        Directory.Delete(folder, recursive: true);
        return seeds;
    }

    public override byte[] Repair(byte[] input)
    {
        var repaired = new MemoryStream();
        var writer = new CheckpointWriter(repaired);
        ReadOnlySpan<byte> rest = input.AsSpan(Math.Min(HeadBytes, input.Length));
        while (rest.Length > 9)
        {
            int name = Math.Min((int)rest[0], rest.Length - 9);
            string text = Encoding.ASCII.GetString(rest.Slice(1, name));
            long bytes = BinaryPrimitives.ReadInt64LittleEndian(rest[(1 + name)..]);
            rest = rest[(9 + name)..];
            int length = bytes < 0 || bytes > rest.Length ? rest.Length : (int)bytes;
            if (text != CheckpointWriter.Done)
                writer.Section(text, rest[..length]);
            rest = rest[Math.Min(rest.Length, length + CheckpointWriter.HashBytes)..];
        }

        writer.Finish();
        return repaired.ToArray();
    }

    protected override string ReadFile(string path, byte[] input)
    {
        using SavedTraining run = SavedTraining.Open(path, CancellationToken.None);
        if (run.Header.DifferencesTo(run.Header).Count > 0)
            throw new InvalidDataException("A run differs from itself.");
        if (run.Loop is null)
            return "not begun"; // saved before the text was counted, so there is no more to read
        SavedText text = run.ReadText();
        return $"words {About(text.Corpus.Vocabulary.Count)} finished {text.Finished.Epoch} seconds {run.CountingSeconds > 0} epochs {About(run.Loop.Epochs.Count)}";
    }
}
