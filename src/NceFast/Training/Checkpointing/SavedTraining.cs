using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NceFast.Blocks;
using NceFast.Distribution;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>
/// A checkpoint as a training reads it; <see cref="CheckpointContent"/> is how it was written. Of several processes rank 0 has the
/// file, and the others need not see its folder: each is sent what it had for itself and what all have in common, so that
/// every rank must call the same members in the same order.
/// </summary>
internal sealed class SavedTraining : IDisposable
{
    private readonly CheckpointFile? _file;
    private readonly ICommunicator _ranks;

    private SavedTraining(CheckpointFile? file, string path, ICommunicator ranks)
    {
        (_file, Path, _ranks) = (file, path, ranks);
        Header = Decode<CheckpointHeader>(CheckpointContent.Run, Own(CheckpointContent.Run));
        Loop = Has(CheckpointContent.Loop) ? Decode<LoopState>(CheckpointContent.Loop, Own(CheckpointContent.Loop)) : null;

        // The reader of JSON answers for members, not for elements.
        if (Header.Options.Values.Contains(null!) || Header.Inputs.Contains(null!) || Loop?.Epochs.Contains(null!) == true)
            throw CheckpointFile.Damaged(path, "has a null in a list");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the run is.</summary>
    public CheckpointHeader Header { get; }

    /// <summary>Where it stood; null when it had not begun to train.</summary>
    public LoopState? Loop { get; }

    /// <summary>The newest checkpoint of a folder that is whole; null when there is none at all.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="warn">Told of each damaged one that was passed over.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <exception cref="NceFastException">There are some, and all are damaged (<see cref="ErrorKind.Input"/>).</exception>
    public static SavedTraining? Newest(string folder, Action<string> warn, CancellationToken cancellation)
    {
        var damaged = new List<NceFastException>();
        foreach ((_, string path) in CheckpointFolder.List(folder))
        {
            try
            {
                SavedTraining run = Open(path, cancellation);
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

    /// <summary>The newest checkpoint of rank 0's folder that is whole, for processes that go on with it; null when there is none at all.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="ranks">The processes; each must call it.</param>
    /// <param name="warn">Told of each damaged one that was passed over.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <exception cref="NceFastException">All are damaged (<see cref="ErrorKind.Input"/>), or it was saved by more or fewer processes (<see cref="ErrorKind.Usage"/>).</exception>
    public static SavedTraining? Newest(string folder, ICommunicator ranks, Action<string> warn, CancellationToken cancellation)
    {
        SavedTraining? first = null;
        ranks.Together(() => first = ranks.Rank == 0 ? Newest(folder, warn, cancellation) : null);
        string? path = ranks.ShareValue(first?.Path);
        if (path is null)
            return null;
        int saved = ranks.ShareValue(first?.Header.Ranks ?? 0);
        if (saved == ranks.Size)
            return ranks.Size == 1 ? first : new SavedTraining(first?._file, path, ranks);
        first?.Dispose();
        throw new NceFastException(ErrorKind.Usage, $"The run in {folder} was saved by {Processes(saved)} and is to go on with {Processes(ranks.Size)}; start {(saved == 1 ? "it without a launcher" : $"{saved} (mpirun -np {saved})")}.");

        static string Processes(int count) => count == 1 ? "1 process" : $"{count} processes";
    }

    /// <summary>Opens one checkpoint.</summary>
    /// <exception cref="NceFastException">It cannot be read (<see cref="ErrorKind.Input"/>).</exception>
    public static SavedTraining Open(string path, CancellationToken cancellation)
    {
        CheckpointFile file = CheckpointFile.Open(path, cancellation);
        try
        {
            return new SavedTraining(file, path, new SoloCommunicator());
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
        CorpusNote note = Decode<CorpusNote>(CheckpointContent.Corpus, Own(CheckpointContent.Corpus));
        CountingSeconds = note.Seconds;
        Vocabulary vocabulary = Decode(CheckpointContent.Words, Common(CheckpointContent.Words), reader => VocabularyCodec.Read(reader, note.VocabularyWords, note.CorpusWords));
        BlockIndex? blocks = Has(CheckpointContent.Blocks) ? Decode(CheckpointContent.Blocks, Own(CheckpointContent.Blocks), CheckpointContent.ReadBlocks) : null;
        return new CorpusState(vocabulary, blocks, note.Statistics, note.IsCached, note.BlockWords);
    }

    /// <summary>Time spent on counting words; known once the corpus was read.</summary>
    public double CountingSeconds { get; private set; }

    /// <summary>Blocks of the epoch in work that need not be trained on again.</summary>
    public FinishedBlocks ReadFinished() => new(Loop!.Pass.Epoch, MemoryMarshal.Cast<byte, ulong>(Own(CheckpointContent.Finished)).ToArray());

    /// <summary>Fills the tables of a model and what else was saved with them.</summary>
    /// <exception cref="NceFastException">A table has another size (<see cref="ErrorKind.Usage"/>).</exception>
    public void ReadModel(IReadOnlyList<ParameterTable> tables, ICheckpointPart? part)
    {
        foreach ((string name, ParameterTable table) in CheckpointContent.Named(tables, part))
        {
            if (!Has(name))
                Throw.Usage($"The checkpoint {Path} has no '{name}', which the options now ask for; such options cannot change. Start a new run.");
            (long rows, int columns) = _file?.TableSize(name) ?? (table.Rows, table.Columns);
            if (rows != table.Rows || columns != table.Columns)
                Throw.Usage($"The checkpoint {Path} has {rows:N0} rows of {columns:N0} floats in '{name}', and the options now ask for {table.Rows:N0} of {table.Columns:N0}; sizes cannot change. Start a new run.");
            _file?.Read(name, table);
            _ranks.Share(table);
        }

        if (part is null)
            return;
        JsonNode state = Decode<JsonNode>(CheckpointContent.Part, Common(CheckpointContent.Part));
        try
        {
            part.Restore(state);
        }
        catch (JsonException e)
        {
            throw CheckpointFile.Damaged(Path, $"has an unreadable '{CheckpointContent.Part}' ({e.Message})");
        }
    }

    /// <summary>Names of the model's tables.</summary>
    public IEnumerable<string> TableNames => _file!.Sections.Where(s => s.StartsWith(CheckpointContent.Table, StringComparison.Ordinal)).Select(s => s[CheckpointContent.Table.Length..]);

    /// <summary>Rows and columns of one of the model's tables.</summary>
    public (long Rows, int Columns) TableSize(string table) => _file!.TableSize(CheckpointContent.Table + table);

    /// <summary>Reads one of the model's tables row by row.</summary>
    public void ReadTable(string table, CheckpointFile.PlaceOfRow place) => _file!.ReadRows(CheckpointContent.Table + table, place);

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    // Every rank has the sections that rank 0 has.
    private bool Has(string name) => _ranks.ShareValue(_file?.Has(name) ?? false);

    private byte[] Common(string name) => _ranks.Share(_file?.Read(name) ?? []);

    private byte[] Own(string name)
    {
        byte[] own = [];
        for (int rank = 0; rank < _ranks.Size; rank++)
        {
            byte[] section = _ranks.Share(_file?.Read(RankPart.NameOf(rank, name)) ?? []);
            own = rank == _ranks.Rank ? section : own;
        }

        return own;
    }

    private T Decode<T>(string name, byte[] section)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(section, CheckpointContent.Json) ?? throw CheckpointFile.Damaged(Path, $"has nothing in '{name}'");
        }
        catch (JsonException e)
        {
            throw CheckpointFile.Damaged(Path, $"has an unreadable '{name}' ({e.Message})");
        }
    }

    private T Decode<T>(string name, byte[] section, Func<BinaryReader, T> decode)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(section), Encoding.UTF8);
            return decode(reader);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw CheckpointFile.Damaged(Path, $"has an unreadable '{name}' ({e.Message})");
        }
    }
}
