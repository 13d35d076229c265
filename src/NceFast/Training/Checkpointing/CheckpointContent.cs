using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Represents what a checkpoint has of the text beside its words and blocks.</summary>
internal sealed record CorpusNote(int VocabularyWords, long CorpusWords, CorpusStatistics Statistics, bool IsCached, double Seconds, int BlockWords = TokenBlock.TargetWords);

/// <summary>
/// Represents the sections of a checkpoint: what is trained, and once the training has begun, its state, the words and blocks of the
/// text, the blocks of this epoch that are done, the tables of the model, and the part of the trainer. Words, tables and that part are
/// the same in all processes that train together; each process has its own of the others. Random draws need no state, because each is a
/// function of seed, epoch, block and position.
/// </summary>
internal sealed class CheckpointContent
{
    public const string Run = "run", Loop = "loop", Corpus = "corpus", Words = "vocabulary", Blocks = "blocks", Finished = "finished", Part = "part", Table = "table/";
    private const int BlockBytes = sizeof(ulong) + sizeof(int);

    private byte[]? _header;

    /// <summary>Gets what is trained.</summary>
    public required CheckpointHeader Header { get; init; }

    /// <summary>Gets the text and the position in it.</summary>
    public required TrainingText Text { get; init; }

    /// <summary>Gets the tables of the model.</summary>
    public required IReadOnlyList<ParameterTable> Tables { get; init; }

    /// <summary>Gets the state of the trainer; may be null.</summary>
    public ICheckpointPart? Extra { get; init; }

    /// <summary>Computes the bytes of a checkpoint, slightly overestimated.</summary>
    /// <param name="parts">The sections of each process.</param>
    public long Bytes(IReadOnlyList<RankPart> parts) =>
        EstimateBytes([.. Named(Tables, Extra).Select(t => t.Table)], Text.State) + parts.Sum(p => p.Bytes);

    /// <summary>Computes the bytes of a checkpoint, slightly overestimated.</summary>
    public static long EstimateBytes(IReadOnlyList<ParameterTable> tables, CorpusState text) =>
        8192 + tables.Sum(t => 64 + CheckpointWriter.TableBytes(t)) + VocabularyCodec.Bytes(text.Vocabulary) + ((long)(text.Blocks?.Count ?? 0) * (BlockBytes + sizeof(ulong)));

    /// <summary>Creates the sections of this process.</summary>
    public RankPart Own(LoopState loop)
    {
        CorpusState text = Text.State;
        List<(string Name, byte[] Content)> sections =
        [
            (Run, _header ??= Packed.Encode(Encode(Header))),
            (Loop, Encode(loop)),
            (Corpus, Encode(new CorpusNote(text.Vocabulary.Count, text.Vocabulary.CorpusWords, text.Statistics, text.IsCached, Text.CountingSeconds, text.BlockWords))),
            (Finished, MemoryMarshal.AsBytes<ulong>(Text.Blocks.Dealt(loop.Pass.Epoch).ToArray()).ToArray()),
        ];
        if (text.Blocks is { } blocks)
            sections.Add((Blocks, EncodeBlocks(blocks)));
        return new RankPart(sections);
    }

    /// <summary>Writes the sections of each process and those that all have in common.</summary>
    public void Write(CheckpointWriter writer, IReadOnlyList<RankPart> parts)
    {
        WriteParts(writer, parts);
        Vocabulary vocabulary = Text.State.Vocabulary;
        writer.Section(Words, VocabularyCodec.Bytes(vocabulary), stream => Encode(stream, binary => VocabularyCodec.Write(binary, vocabulary)));
        foreach ((string name, ParameterTable table) in Named(Tables, Extra))
            writer.Table(name, table);
        if (Extra is not null)
            writer.Section(Part, Encode(Extra.Save()));
    }

    /// <summary>Creates the one section that a process has before it trains.</summary>
    public static RankPart HeaderOnly(CheckpointHeader header) => new([(Run, Packed.Encode(Encode(header)))]);

    /// <summary>Writes the sections of each process.</summary>
    public static void WriteParts(CheckpointWriter writer, IReadOnlyList<RankPart> parts)
    {
        for (int rank = 0; rank < parts.Count; rank++)
        {
            foreach ((string name, byte[] content) in parts[rank].Sections)
                writer.Section(RankPart.NameOf(rank, name), content);
        }
    }

    /// <summary>Lists tables with the names of their sections.</summary>
    public static IEnumerable<(string Name, ParameterTable Table)> Named(IReadOnlyList<ParameterTable> tables, ICheckpointPart? part) =>
        tables.Select(t => (Table + t.Name, t)).Concat((part?.Tables ?? []).Select(t => ($"part/{t.Name}", t)));

    /// <summary>Reads the blocks of a text.</summary>
    public static BlockIndex ReadBlocks(BinaryReader reader)
    {
        var blocks = new BlockEntry[reader.BaseStream.Length / BlockBytes];
        for (int i = 0; i < blocks.Length; i++)
            blocks[i] = new BlockEntry(reader.ReadUInt64(), reader.ReadInt32(), 0, 0, 0);
        return new BlockIndex(blocks);
    }

    private static byte[] EncodeBlocks(BlockIndex blocks)
    {
        byte[] bytes = new byte[blocks.Count * BlockBytes];
        using var writer = new BinaryWriter(new MemoryStream(bytes));
        for (int i = 0; i < blocks.Count; i++)
        {
            writer.Write(blocks[i].Number);
            writer.Write(blocks[i].Words);
        }

        return bytes;
    }

    private static byte[] Encode<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, CheckpointJson.Of<T>());

    private static void Encode(Stream stream, Action<BinaryWriter> write)
    {
        var buffered = new BufferedStream(stream, 1 << 16);
        using var writer = new BinaryWriter(buffered, Encoding.UTF8, leaveOpen: true);
        write(writer);
        writer.Flush();
    }
}
