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
/// Represents a checkpoint that a training reads; <see cref="CheckpointContent"/> wrote it. Rank 0 has the file, and the other processes
/// need not see its folder: each receives its own sections and those that all have in common. Every rank must therefore call the same
/// members in the same order.
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

        // The JSON reader checks members for null, but not elements.
        if (Header.Options.Values.Contains(null!) || Header.Inputs.Contains(null!) || Loop?.Epochs.Contains(null!) == true)
            throw CheckpointFile.Damaged(path, "has a null in a list");
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Gets what is trained.</summary>
    public CheckpointHeader Header { get; }

    /// <summary>Gets the state of the training; null when it had not begun.</summary>
    public LoopState? Loop { get; }

    /// <summary>Opens the newest checkpoint of a folder that is not damaged; returns null when there is none at all.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="warn">Receives a message about each newer one that is damaged.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <exception cref="NceFastException">All are damaged (<see cref="ErrorKind.Input"/>).</exception>
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

    /// <summary>Opens the newest checkpoint of rank 0's folder that is not damaged, for processes that continue it; returns null when there is none at all.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="ranks">The processes; each must call it.</param>
    /// <param name="warn">Receives a message about each newer one that is damaged.</param>
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
        throw new NceFastException(ErrorKind.Usage, $"The training in {folder} was saved by {Processes(saved)} and cannot continue with {Processes(ranks.Size)}; start {(saved == 1 ? "it without a launcher" : $"{saved} (mpirun -np {saved})")}.");

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

    /// <summary>Reads what was known of the text.</summary>
    public CorpusState ReadCorpus()
    {
        CorpusNote note = Decode<CorpusNote>(CheckpointContent.Corpus, Own(CheckpointContent.Corpus));
        CountingSeconds = note.Seconds;
        Vocabulary vocabulary = Decode(CheckpointContent.Words, Common(CheckpointContent.Words), reader => VocabularyCodec.Read(reader, note.VocabularyWords, note.CorpusWords));
        BlockIndex? blocks = Has(CheckpointContent.Blocks) ? Decode(CheckpointContent.Blocks, Own(CheckpointContent.Blocks), CheckpointContent.ReadBlocks) : null;
        return new CorpusState(vocabulary, blocks, note.Statistics, note.IsCached, note.BlockWords);
    }

    /// <summary>Gets the time spent on counting words in seconds, once <see cref="ReadCorpus"/> was called.</summary>
    public double CountingSeconds { get; private set; }

    /// <summary>Reads which blocks of the current epoch are done.</summary>
    public FinishedBlocks ReadFinished() => new(Loop!.Pass.Epoch, MemoryMarshal.Cast<byte, ulong>(Own(CheckpointContent.Finished)).ToArray());

    /// <summary>Fills the tables of a model and restores the state that was saved with them.</summary>
    /// <exception cref="NceFastException">A table has another size (<see cref="ErrorKind.Usage"/>).</exception>
    public void ReadModel(IReadOnlyList<ParameterTable> tables, ICheckpointPart? part)
    {
        foreach ((string name, ParameterTable table) in CheckpointContent.Named(tables, part))
        {
            if (!Has(name))
                Throw.Usage($"The checkpoint {Path} has no '{name}', which the options now need; such options cannot change. Start a new training.");
            (long rows, int columns) = _file?.TableSize(name) ?? (table.Rows, table.Columns);
            if (rows != table.Rows || columns != table.Columns)
                Throw.Usage($"The checkpoint {Path} has {rows:N0} rows of {columns:N0} floats in '{name}', and the options now need {table.Rows:N0} of {table.Columns:N0}; sizes cannot change. Start a new training.");
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

    /// <summary>Gets the names of the model's tables.</summary>
    public IEnumerable<string> TableNames => _file!.Sections.Where(s => s.StartsWith(CheckpointContent.Table, StringComparison.Ordinal)).Select(s => s[CheckpointContent.Table.Length..]);

    /// <summary>Gets the rows and columns of one of the model's tables.</summary>
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
            return JsonSerializer.Deserialize(Packed.Decode(section), CheckpointJson.Of<T>()) ?? throw CheckpointFile.Damaged(Path, $"has nothing in '{name}'");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
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
