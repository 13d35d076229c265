using System.Text;
using NceFast.Distribution;

namespace NceFast.Training;

/// <summary>Represents the small sections of a checkpoint that each process has of its own: what it trains, its state, its part of the text.</summary>
/// <param name="Sections">Names and contents.</param>
internal sealed record RankPart(IReadOnlyList<(string Name, byte[] Content)> Sections)
{
    /// <summary>Gets the bytes of all sections.</summary>
    public long Bytes => Sections.Sum(s => 64L + s.Name.Length + s.Content.Length);

    /// <summary>Gets the name of a section in the file. Rank 0 has the plain names, so that a single process needs no special case.</summary>
    public static string NameOf(int rank, string section) => rank == 0 ? section : FormattableString.Invariant($"rank/{rank}/{section}");

    /// <summary>Gathers the parts of all processes: <c>[ranks]</c>; every rank must call it.</summary>
    public RankPart[] Gather(ICommunicator ranks) => ranks.Size == 1 ? [this] : Array.ConvertAll(ranks.Gather(ToBytes()), FromBytes);

    private byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        foreach ((string name, byte[] content) in Sections)
        {
            writer.Write(name);
            writer.Write(content.Length);
            writer.Write(content);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    private static RankPart FromBytes(byte[] bytes)
    {
        var sections = new List<(string Name, byte[] Content)>();
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        while (reader.BaseStream.Position < bytes.Length)
            sections.Add((reader.ReadString(), reader.ReadBytes(reader.ReadInt32())));
        return new RankPart(sections);
    }
}
