using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NceFast.Blocks;

namespace NceFast.Training;

/// <summary>Represents the blocks of an epoch that were finished by another number of processes, before the present number took over.</summary>
/// <param name="Blocks">The blocks of all those processes.</param>
/// <param name="Done">The fraction of the epoch that they did, 0 to 1. It is needed where the blocks of the text are not known.</param>
internal sealed record EarlierBlocks(FinishedBlocks Blocks, double Done)
{
    /// <summary>Creates the section of a checkpoint.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[sizeof(double) * (1 + Blocks.Numbers.Length)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, Done);
        MemoryMarshal.AsBytes(Blocks.Numbers).CopyTo(bytes.AsSpan(sizeof(double)));
        return bytes;
    }

    /// <summary>Reads the section of a checkpoint.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="section">The bytes.</param>
    /// <exception cref="InvalidDataException">There are too few bytes, or the fraction is outside its range.</exception>
    public static EarlierBlocks FromBytes(int epoch, ReadOnlySpan<byte> section)
    {
        double done = section.Length < sizeof(double) ? double.NaN : BinaryPrimitives.ReadDoubleLittleEndian(section);
        if (done is not (>= 0 and <= 1))
            throw new InvalidDataException("it does not begin with a fraction between 0 and 1");
        return new EarlierBlocks(new FinishedBlocks(epoch, Numbers(section[sizeof(double)..])), done);
    }

    /// <summary>Reads the numbers of blocks.</summary>
    public static ulong[] Numbers(ReadOnlySpan<byte> section) => MemoryMarshal.Cast<byte, ulong>(section).ToArray();
}

/// <summary>Represents what a checkpoint has of the text for one of the processes that continue.</summary>
/// <param name="Corpus">The words, and the blocks: those of this process, or those of all processes if they must be dealt again.</param>
/// <param name="IsUnited">Whether the blocks are those of all processes.</param>
/// <param name="Finished">The blocks of the current epoch that this process finished.</param>
/// <param name="Earlier">The blocks of the current epoch that another number of processes finished; null for none.</param>
internal sealed record SavedText(CorpusState Corpus, bool IsUnited, FinishedBlocks Finished, EarlierBlocks? Earlier);
