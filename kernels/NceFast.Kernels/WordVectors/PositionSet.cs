using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Models;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Represents the positions that a group processes at once. Their tokens, which are the words of all windows, are numbered from 0 in
/// shared memory. All threads call each function.
/// </summary>
internal struct PositionSet
{
    /// <summary>The first position in the block, and the number of positions.</summary>
    public int First, Count;

    /// <summary>The first token in the block, the number of tokens, and the token of the first position.</summary>
    public int From, Tokens, Own;

    /// <summary>The number of inputs.</summary>
    public int Slots;

    /// <summary>Reads the windows and tokens of a set. Ends with a barrier.</summary>
    /// <remarks>
    /// Links the tokens of equal words, and computes to which positions' windows each token belongs. The lists of the set and of its
    /// batches follow from both without a comparison of words.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PositionSet Read(TrainArguments a, GroupMemory m, int index)
    {
        PositionSet set = default;
        set.First = index * a.Plan.Sharing;
        set.Count = Least(a.Plan.Totals[0] - set.First, a.Plan.Sharing);
        ReadWindows(a, m, set);
        Group.Barrier();
        set.From = Least(WindowWords.First(m, set, 0), WindowWords.First(m, set, Batch));
        set.Tokens = GroupLists.Most(WindowWords.End(m, set, 0), WindowWords.End(m, set, Batch));
        set.Own = set.First - set.From;
        ArrayView<int> words = m.Tokens.Cast<int>();
        for (int t = Group.IdxX; t < ((set.Tokens + 3) & ~3); t += Group.DimX)
            words[t] = t < set.Tokens ? a.Plan.Kept[set.From + t] : -1;
        Group.Barrier();
        for (int t = Group.IdxX; t - Group.IdxX < set.Tokens; t += Group.DimX)
        {
            int at = Least(t, set.Tokens - 1), positions = WindowsOf(m, set, at);
            Int4 links = Links(m, set, at);
            if (t < set.Tokens)
            {
                m.Positions[t] = positions;
                m.Previous[t] = links.X;
                m.Next[t] = links.Y;
            }
        }

        Group.Barrier();
        return set;
    }

    /// <summary>
    /// Gives each input a slot, with the sum of its positions' noise weights. A position that predicts nothing has no slot. Ends with a barrier.
    /// </summary>
    /// <param name="a">Arguments of the kernel.</param>
    /// <param name="m">Memory of the group.</param>
    /// <param name="merges">Whether the positions of equal words are one input.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetSlots<TTargets, TObjective>(TrainArguments a, GroupMemory m, bool merges)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
    {
        ArrayView<int> counts = m.Counts.Cast<int>();
        int n = Group.IdxX, pairs = 0, bits = 0;
        if (n < Tile)
        {
            if (n < Count && (!merges || m.Previous[Own + n] < Own))
            {
                for (int t = Own + n; t < Own + Count; t = merges ? m.Next[t] : Tokens)
                {
                    bits |= 1 << (t - Own);
                    pairs += TTargets.Count(m.Low.Cast<int>()[t - Own], m.High.Cast<int>()[t - Own]);
                }
            }

            counts[n] = pairs;
        }

        Group.Barrier();
        int used = 0;
        for (int q = 0; q < Tile / 4; q++)
        {
            Int4 count = m.Counts[q];
            used |= ((count.X > 0 ? 1 : 0) | (count.Y > 0 ? 2 : 0) | (count.Z > 0 ? 4 : 0) | (count.W > 0 ? 8 : 0)) << (4 * q);
        }

        Slots = IntrinsicMath.PopCount(used);
        if (n < Tile)
        {
            // An unused slot gets a row that is loaded anyway, and no weight.
            int word = m.Tokens.Cast<int>()[Own];
            if (n >= Slots)
                SetSlot(m, n, word, 0, 0, 0, 0);
            if (pairs > 0)
            {
                int row = merges ? m.Tokens.Cast<int>()[Own + n] : a.Normalizer == (int)NormalizerKind.PerContext ? CbowKernels.Bucket(a.Plan, First + n) : 0;
                int slot = IntrinsicMath.PopCount(used & ((1 << n) - 1));
                float weight = TObjective.SumsNoise ? 1 : pairs * ((float)a.K / a.Plan.NoiseSet);
                SetSlot(m, slot, row, bits, weight, merges ? 0 : 1f / WindowWords.Count(m.Low.Cast<int>()[n], m.High.Cast<int>()[n]), WordLogits.LogZ<TObjective>(a, row));
                m.SlotExtras[slot] = 1;
                if (merges)
                    FlightWeights.Slot<TObjective>(a, m, slot, row);
            }
        }

        Group.Barrier();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetSlot(GroupMemory m, int slot, int row, int positions, float weight, float share, float logZ)
    {
        m.Slot[slot] = row;
        m.SlotPositions.Cast<int>()[slot] = positions;
        m.SlotWeight.Cast<float>()[slot] = weight;
        m.SlotShare.Cast<float>()[slot] = share;
        m.SlotLogZ[slot] = logZ;
        m.SlotSum[slot] = 0;
    }

    // Positions beyond the last one get an empty window.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ReadWindows(TrainArguments a, GroupMemory m, PositionSet set)
    {
        int n = Group.IdxX;
        if (n < Tile)
        {
            int i = set.First + Least(n, set.Count - 1), low = a.Plan.Low[i], high = a.Plan.High[i];
            m.Low.Cast<int>()[n] = low;
            m.High.Cast<int>()[n] = n < set.Count ? high : low;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WindowsOf(GroupMemory m, PositionSet set, int token)
    {
        int i = set.From + token, middle = i - set.First, positions = 0;
        for (int q = 0; q < Tile / 4; q++)
        {
            Int4 low = m.Low[q], high = m.High[q];
            int four = (i >= low.X & i < high.X ? 1 : 0) | (i >= low.Y & i < high.Y ? 2 : 0) | (i >= low.Z & i < high.Z ? 4 : 0) | (i >= low.W & i < high.W ? 8 : 0);
            positions |= four << (4 * q);
        }

        return middle >= 0 & middle < Tile ? positions & ~(1 << middle) : positions;
    }

    // The previous and the next token of the same word; -1 and the number of tokens where there is none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Int4 Links(GroupMemory m, PositionSet set, int token)
    {
        int word = m.Tokens.Cast<int>()[token];
        var links = new Int4 { X = -1, Y = set.Tokens };
        for (int t = 0; t < set.Tokens; t += 4)
        {
            Int4 words = m.Tokens[t >> 2];
            Link(ref links, token, t, words.X == word);
            Link(ref links, token, t + 1, words.Y == word);
            Link(ref links, token, t + 2, words.Z == word);
            Link(ref links, token, t + 3, words.W == word);
        }

        return links;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Link(ref Int4 links, int token, int other, bool same)
    {
        links.X = same & other < token ? other : links.X;
        links.Y = same & other > token & other < links.Y ? other : links.Y;
    }
}
