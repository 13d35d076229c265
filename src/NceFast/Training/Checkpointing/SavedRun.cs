using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>A checkpoint as a training reads it; <see cref="RunContent"/> is how it was written.</summary>
internal sealed class SavedRun : IDisposable
{
    private readonly CheckpointFile _file;

    private SavedRun(CheckpointFile file)
    {
        _file = file;
        Header = ReadJson<RunHeader>(RunContent.Run);
        Loop = file.Has(RunContent.Loop) ? ReadJson<LoopState>(RunContent.Loop) : null;
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>What the run is.</summary>
    public RunHeader Header { get; }

    /// <summary>Where it stood; null when it had not begun to train.</summary>
    public LoopState? Loop { get; }

    /// <summary>The newest checkpoint of a folder that is whole; null when there is none at all.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="warn">Told of each damaged one that was passed over.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <exception cref="NceFastException">There are some, and all are damaged (<see cref="ErrorKind.Input"/>).</exception>
    public static SavedRun? Newest(string folder, Action<string> warn, CancellationToken cancellation)
    {
        var damaged = new List<NceFastException>();
        foreach ((_, string path) in CheckpointFolder.List(folder))
        {
            try
            {
                SavedRun run = Open(path, cancellation);
                damaged.ForEach(e => warn(e.Message));
                return run;
            }
            catch (NceFastException e) when (e.Kind == ErrorKind.Input)
            {
                damaged.Add(e);
            }
        }

        return damaged.Count == 0 ? null : throw damaged[0];
    }

    /// <summary>Opens one checkpoint.</summary>
    /// <exception cref="NceFastException">It cannot be read (<see cref="ErrorKind.Input"/>).</exception>
    public static SavedRun Open(string path, CancellationToken cancellation)
    {
        CheckpointFile file = CheckpointFile.Open(path, cancellation);
        try
        {
            return new SavedRun(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What was known of the text.</summary>
    public CorpusState ReadCorpus()
    {
        CorpusNote note = ReadJson<CorpusNote>(RunContent.Corpus);
        Vocabulary vocabulary = Decode(RunContent.Words, reader => VocabularyCodec.Read(reader, note.VocabularyWords, note.CorpusWords));
        BlockIndex? blocks = _file.Has(RunContent.Blocks) ? Decode(RunContent.Blocks, RunContent.ReadBlocks) : null;
        return new CorpusState(vocabulary, blocks, note.Statistics, note.IsCached);
    }

    /// <summary>Time spent on counting words.</summary>
    public double CountingSeconds => ReadJson<CorpusNote>(RunContent.Corpus).Seconds;

    /// <summary>Blocks of the epoch in work that need not be trained on again.</summary>
    public FinishedBlocks ReadFinished() => new(Loop!.Pass.Epoch, MemoryMarshal.Cast<byte, ulong>(_file.Read(RunContent.Finished)).ToArray());

    /// <summary>Fills the tables of a model and what else was saved with them.</summary>
    /// <exception cref="NceFastException">A table has another size (<see cref="ErrorKind.Usage"/>).</exception>
    public void ReadModel(IReadOnlyList<ParameterTable> tables, ICheckpointPart? part)
    {
        foreach ((string name, ParameterTable table) in RunContent.Named(tables, part))
        {
            if (!_file.Has(name))
                Throw.Usage($"The checkpoint {Path} has no '{name}', which the options now ask for; such options cannot change. Start a new run.");
            (long rows, int columns) = _file.TableSize(name);
            if (rows != table.Rows || columns != table.Columns)
                Throw.Usage($"The checkpoint {Path} has {rows:N0} rows of {columns:N0} floats in '{name}', and the options now ask for {table.Rows:N0} of {table.Columns:N0}; sizes cannot change. Start a new run.");
            _file.Read(name, table);
        }

        part?.Restore(ReadJson<JsonNode>(RunContent.Part));
    }

    /// <summary>Names of the model's tables.</summary>
    public IEnumerable<string> TableNames => _file.Sections.Where(s => s.StartsWith(RunContent.Table, StringComparison.Ordinal)).Select(s => s[RunContent.Table.Length..]);

    /// <summary>Rows and columns of one of the model's tables.</summary>
    public (long Rows, int Columns) TableSize(string table) => _file.TableSize(RunContent.Table + table);

    /// <summary>Reads one of the model's tables row by row.</summary>
    public void ReadTable(string table, CheckpointFile.PlaceOfRow place) => _file.ReadRows(RunContent.Table + table, place);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private T ReadJson<T>(string name)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(_file.Read(name), RunContent.Json) ?? throw CheckpointFile.Damaged(_file.Path, $"has nothing in '{name}'");
        }
        catch (JsonException e)
        {
            throw CheckpointFile.Damaged(_file.Path, $"has an unreadable '{name}' ({e.Message})");
        }
    }

    private T Decode<T>(string name, Func<BinaryReader, T> decode)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(_file.Read(name)), Encoding.UTF8);
            return decode(reader);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw CheckpointFile.Damaged(_file.Path, $"has an unreadable '{name}' ({e.Message})");
        }
    }
}
