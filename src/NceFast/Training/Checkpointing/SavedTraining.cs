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
/// members in the same order. If the number of processes has changed, each receives the sections of all earlier processes,
/// and its part of their sums.
/// </summary>
internal sealed class SavedTraining : IDisposable
{
    private readonly CheckpointFile? _file;
    private readonly ICommunicator _ranks;

    private SavedTraining(CheckpointFile? file, string path, ICommunicator ranks, int saved = 0)
    {
        (_file, Path, _ranks, SavedRanks) = (file, path, ranks, saved);
        Header = Decode<CheckpointHeader>(CheckpointContent.Run, Own(CheckpointContent.Run));
        SavedRanks = saved == 0 ? Header.Ranks : saved;
        if (SavedRanks < 1)
            throw CheckpointFile.Damaged(path, $"was saved by {SavedRanks} processes");
        Loop = Has(CheckpointContent.Loop) ? ReadLoop() : null;

        // The JSON reader checks members for null, but not elements.
        if (Header.Options.Values.Contains(null!) || Header.Inputs.Contains(null!) || Loop?.Epochs.Contains(null!) == true)
            throw CheckpointFile.Damaged(path, "has a null in a list");
    }

    /// <summary>Gets the file.</summary>
    public string Path { get; }

    /// <summary>Gets what is trained.</summary>
    public CheckpointHeader Header { get; }

    /// <summary>Gets the number of processes that saved it.</summary>
    public int SavedRanks { get; }

    /// <summary>Gets whether another number of processes continues.</summary>
    public bool IsChanged => SavedRanks != _ranks.Size;

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
    /// <exception cref="NceFastException">
    /// All are damaged (<see cref="ErrorKind.Input"/>), or it was saved by more or fewer processes that have files of their own (<see cref="ErrorKind.Usage"/>).
    /// </exception>
    public static SavedTraining? Newest(string folder, ICommunicator ranks, Action<string> warn, CancellationToken cancellation)
    {
        SavedTraining? first = null;
        ranks.TogetherUnlessStopped(() => first = ranks.Rank == 0 ? Newest(folder, warn, cancellation) : null);
        string? path = ranks.ShareValue(first?.Path);
        if (path is null)
            return null;
        int saved = ranks.ShareValue(first?.SavedRanks ?? 0);
        if (saved == ranks.Size || !ranks.ShareValue(first?.HasOwnFiles ?? false))
            return ranks.Size == 1 ? first : new SavedTraining(first?._file, path, ranks, saved);
        first?.Dispose();
        throw new NceFastException(ErrorKind.Usage, $"The training in {folder} was saved by {CountOf(saved)} with {Member.Of(nameof(ShardMode.Own))} and cannot continue with {CountOf(ranks.Size)}, because only the process with the same number has the files of a process; start {(saved == 1 ? "it without a launcher" : $"{saved} (mpirun -np {saved})")}. Where all processes see the same files, a training with {Member.Of(nameof(ShardMode.Rank))} can continue with any number.");
    }

    /// <summary>Formats a number of processes.</summary>
    public static string CountOf(int ranks) => ranks == 1 ? "1 process" : $"{ranks} processes";

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

    /// <summary>Reads the words of the text.</summary>
    public Vocabulary ReadVocabulary() => ReadVocabulary(Decode<CorpusNote>(CheckpointContent.Corpus, Own(CheckpointContent.Corpus)));

    /// <summary>Reads what was known of the text, and which blocks of the current epoch are done.</summary>
    public SavedText ReadText()
    {
        bool isUnited = IsChanged || Has(CheckpointContent.Earlier);
        byte[] flags = _file is null ? [] : [.. Enumerable.Range(0, SavedRanks).Select(rank => _file.Has(RankPart.NameOf(rank, CheckpointContent.Blocks)) ? (byte)1 : (byte)0)];
        bool[] haveBlocks = Array.ConvertAll(_ranks.Share(flags), flag => flag > 0);
        CorpusNote note = ReadNote(haveBlocks);
        CountingSeconds = note.Seconds;
        Vocabulary vocabulary = ReadVocabulary(note);
        var corpus = new CorpusState(vocabulary, ReadBlocks(haveBlocks, isUnited), note.Statistics, note.IsCached, note.BlockWords, note.IsWhole);
        int epoch = Loop!.Pass.Epoch;
        EarlierBlocks? earlier = Has(CheckpointContent.Earlier) ? Decode(CheckpointContent.Earlier, () => EarlierBlocks.FromBytes(epoch, Common(CheckpointContent.Earlier))) : null;
        if (!IsChanged)
            return new SavedText(corpus, isUnited, new FinishedBlocks(epoch, EarlierBlocks.Numbers(Own(CheckpointContent.Finished))), earlier);
        IEnumerable<ulong> all = All(CheckpointContent.Finished).SelectMany(section => EarlierBlocks.Numbers(section)).Concat(earlier?.Blocks.Numbers.ToArray() ?? []);
        var united = new EarlierBlocks(new FinishedBlocks(epoch, all), Math.Clamp(Loop.Pass.Progress, 0, 1));
        return new SavedText(corpus, isUnited, new FinishedBlocks(epoch, []), united.Blocks.Numbers.IsEmpty ? null : united);
    }

    /// <summary>Gets the time spent on counting words in seconds, once <see cref="ReadText"/> was called.</summary>
    public double CountingSeconds { get; private set; }

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

    private bool HasOwnFiles => Header.Options.GetValueOrDefault(OptionTable.NameOf<SyncOptions>(nameof(SyncOptions.Shards))) == nameof(ShardMode.Own);

    private LoopState ReadLoop()
    {
        if (!IsChanged)
            return Decode<LoopState>(CheckpointContent.Loop, Own(CheckpointContent.Loop));
        LoopState[] all = Array.ConvertAll(All(CheckpointContent.Loop), section => Decode<LoopState>(CheckpointContent.Loop, section));
        return Decode(CheckpointContent.Loop, () => RankUnion.Divide(all, _ranks.Rank, _ranks.Size));
    }

    private CorpusNote ReadNote(bool[] haveBlocks)
    {
        if (!IsChanged)
            return Decode<CorpusNote>(CheckpointContent.Corpus, Own(CheckpointContent.Corpus));
        CorpusNote[] all = Array.ConvertAll(All(CheckpointContent.Corpus), section => Decode<CorpusNote>(CheckpointContent.Corpus, section));
        bool areComplete = Loop!.Pass.Epoch > 0 || all.Zip(haveBlocks).All(rank => rank.First.Statistics.Words > 0 || rank.Second);
        return Decode(CheckpointContent.Corpus, () => RankUnion.Unite(all, areComplete));
    }

    // A process that has not yet read its part to the end may not know its blocks, while others know theirs.
    private BlockIndex? ReadBlocks(bool[] areThere, bool isUnited)
    {
        if (!isUnited)
        {
            byte[] own = Own(CheckpointContent.Blocks, isOptional: true);
            return areThere[_ranks.Rank] ? new BlockIndex(Decode(CheckpointContent.Blocks, own, CheckpointContent.ReadBlocks)) : null;
        }

        return areThere.Contains(false) ? null : new BlockIndex(All(CheckpointContent.Blocks).SelectMany(section => Decode(CheckpointContent.Blocks, section, CheckpointContent.ReadBlocks)));
    }

    private Vocabulary ReadVocabulary(CorpusNote note) =>
        Decode(CheckpointContent.Words, Common(CheckpointContent.Words), reader => VocabularyCodec.Read(reader, note.VocabularyWords, note.CorpusWords));

    // Whether rank 0 has a section.
    private bool Has(string name) => _ranks.ShareValue(_file?.Has(name) ?? false);

    private byte[] Common(string name) => _ranks.Share(_file?.Read(name) ?? []);

    // A process that is new has the sections of rank 0.
    private byte[] Own(string name, bool isOptional = false)
    {
        byte[] own = [];
        for (int rank = 0; rank < _ranks.Size; rank++)
        {
            string section = RankPart.NameOf(rank < SavedRanks ? rank : 0, name);
            byte[] content = _ranks.Share(_file is null || (isOptional && !_file.Has(section)) ? [] : _file.Read(section));
            own = rank == _ranks.Rank ? content : own;
        }

        return own;
    }

    // The sections of all earlier processes.
    private byte[][] All(string name) => [.. Enumerable.Range(0, SavedRanks).Select(rank => _ranks.Share(_file?.Read(RankPart.NameOf(rank, name)) ?? []))];

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

    private T Decode<T>(string name, byte[] section, Func<BinaryReader, T> decode) => Decode(name, () =>
    {
        using var reader = new BinaryReader(new MemoryStream(section), Encoding.UTF8);
        return decode(reader);
    });

    private T Decode<T>(string name, Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw CheckpointFile.Damaged(Path, $"has an unreadable '{name}' ({e.Message})");
        }
    }
}
