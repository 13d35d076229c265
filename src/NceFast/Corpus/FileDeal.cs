namespace NceFast.Corpus;

/// <summary>
/// Deals the texts of a corpus to the processes that train together. Every shard has exactly one owner, and a process reads at most two
/// files of which it owns only a part (more only if a file is larger than the part of one process).
/// </summary>
/// <remarks>
/// The shards of a plain file are read independently, so that they are dealt in turn. A sequential file is read from its start, so that
/// it should have one owner. The sequential files are laid end to end on a line, and the line is cut into pieces of the same number of
/// bytes, one for each part. A cut that is close to the end of a file is moved there, which changes a piece by at most 1 %. Any other
/// cut divides the shards of its file in the ratio of the pieces. The line begins with every n-th file, so that each part has files
/// from everywhere in the list.
/// The result depends only on the sizes and the number of parts. It takes time in proportion to the number of files.
/// </remarks>
internal sealed class FileDeal
{
    /// <summary>The size of an item whose shards are dealt in turn: a plain file, or a text of unknown length.</summary>
    public const long InTurn = -1;

    // A cut may move by one two-hundredth of a piece. Both ends together change a piece by at most 1 %.
    private const int MovesPerPiece = 200;

    // 2^32 divided by the golden ratio. The multiples of it, modulo 2^32, are evenly spread after any number of steps.
    private const uint Spread = 2654435769;

    private readonly Owners[] _owners;
    private readonly BegunShards? _begun;

    /// <summary>Deals items to parts.</summary>
    /// <param name="sizes">The size of each item in bytes as stored, or <see cref="InTurn"/>.</param>
    /// <param name="parts">The number of parts, at least 1.</param>
    /// <param name="begun">The shards to deal apart from the others, when sizes are what is left of the items; may be null.</param>
    public FileDeal(ReadOnlySpan<long> sizes, int parts, BegunShards? begun = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parts, 1);
        Parts = parts;
        _begun = begun;
        _owners = new Owners[sizes.Length];
        int[] line = Line(sizes, parts);
        long[] cuts = Cuts(sizes, line, parts);
        long start = 0;
        int part = 0;
        foreach (int item in line)
        {
            long end = start + Weight(sizes[item]);
            while (cuts[part + 1] <= start)
                part++;
            _owners[item] = Divide(cuts, part, start, end);
            start = end;
        }
    }

    /// <summary>Gets the number of parts.</summary>
    public int Parts { get; }

    /// <summary>Returns the part that a shard belongs to.</summary>
    /// <param name="item">The index of the text in the list.</param>
    /// <param name="shard">The index of the shard in the text.</param>
    public int OwnerOf(int item, long shard)
    {
        Owners owners = _owners[item];
        if (owners.Count == 1)
            return owners.First;
        if (owners.Count == 0)
            return (int)((((_begun?.TurnOf(item, shard) ?? (item + shard)) % Parts) + Parts) % Parts);
        uint place = (uint)(_begun?.TurnOf(item, shard) ?? shard) * Spread;
        int i = 0;
        while (place > owners.Ends![i])
            i++;
        return owners.First + i;
    }

    /// <summary>Returns whether a part owns shards of a text, apart from texts with very few shards.</summary>
    public bool Reads(int item, int part)
    {
        Owners owners = _owners[item];
        return owners.Count == 0 || (part >= owners.First && part < owners.First + owners.Count);
    }

    /// <summary>Returns whether all shards of a text belong to one part.</summary>
    public bool IsWhole(int item) => Parts == 1 || _owners[item].Count == 1;

    /// <summary>Returns the one part that counts a text that several parts read from start to end.</summary>
    public int CounterOf(int item) => _owners[item].First;

    /// <summary>Returns the fraction of a text that belongs to a part, 0 to 1.</summary>
    public double ShareOf(int item, int part)
    {
        Owners owners = _owners[item];
        if (owners.Count == 0)
            return 1.0 / Parts;
        if (!Reads(item, part))
            return 0;
        if (owners.Count == 1)
            return 1;
        int i = part - owners.First;
        return (owners.Ends![i] - (i == 0 ? 0.0 : owners.Ends[i - 1])) / uint.MaxValue;
    }

    // A text without bytes has an owner too.
    private static long Weight(long size) => Math.Max(1, size);

    // The sequential items: every n-th one from the first, every n-th one from the second, and so on.
    private static int[] Line(ReadOnlySpan<long> sizes, int parts)
    {
        var items = new List<int>();
        for (int i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] != InTurn)
                items.Add(i);
        }

        int[] line = new int[items.Count];
        int filled = 0;
        for (int first = 0; first < Math.Min(parts, items.Count); first++)
        {
            for (int i = first; i < items.Count; i += parts)
                line[filled++] = items[i];
        }

        return line;
    }

    // The first and the last cut are the ends of the line.
    private static long[] Cuts(ReadOnlySpan<long> sizes, int[] line, int parts)
    {
        long total = 0;
        foreach (int item in line)
            total = checked(total + Weight(sizes[item]));
        long[] cuts = new long[parts + 1];
        cuts[parts] = total;
        long nearby = total / parts / MovesPerPiece, start = 0, end = 0;
        for (int part = 1, next = 0; part < parts; part++)
        {
            long cut = (long)((Int128)total * part / parts);
            while (end < cut || end == 0)
            {
                if (next == line.Length)
                    return cuts; // nothing is dealt
                start = end;
                end += Weight(sizes[line[next++]]);
            }

            cuts[part] = cut - start <= nearby ? start : end - cut <= nearby ? end : cut;
        }

        return cuts;
    }

    private static Owners Divide(long[] cuts, int part, long start, long end)
    {
        var ends = new List<uint>();
        int first = part;
        for (; ; part++)
        {
            double fraction = (Math.Min(cuts[part + 1], end) - start) / (double)(end - start);
            ends.Add((uint)(fraction * uint.MaxValue));
            if (cuts[part + 1] >= end)
                break;
        }

        ends[^1] = uint.MaxValue;
        return new Owners(first, ends.Count, ends.Count == 1 ? null : [.. ends]);
    }

    /// <summary>The parts that own the shards of an item: consecutive ones, or all in turn when the count is 0.</summary>
    /// <param name="First">The first part.</param>
    /// <param name="Count">The number of parts; 0 for all in turn.</param>
    /// <param name="Ends">For several parts, the largest place of a shard that belongs to each, as a fraction of 2^32.</param>
    private readonly record struct Owners(int First, int Count, uint[]? Ends);
}
