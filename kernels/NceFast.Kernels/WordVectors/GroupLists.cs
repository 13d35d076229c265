using System.Runtime.CompilerServices;
using ILGPU;
using NceFast.Objectives;
using static NceFast.Kernels.TileMath;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Builds the lists of words that a group needs before any arithmetic: the distinct words, so that no row is loaded twice, and the
/// weight of each word for each slot. All threads call each function. Loops have equally many rounds in all threads, and a thread
/// beyond the end of a list computes values that it does not store.
/// </summary>
internal static class GroupLists
{
    /// <summary>
    /// The quads of slots that a listed word meets: the lowest bits of its link. Above them are the number of its occurrences as a noise
    /// word, and the number of its first token plus one, or 0.
    /// </summary>
    public const int QuadMask = (1 << RepeatShift) - 1;

    private const int RepeatShift = 4, TokenShift = 16, RepeatMask = (1 << (TokenShift - RepeatShift)) - 1;

    /// <summary>
    /// Lists distinct words in the order of their first occurrence: the tokens that belong to some positions, or the noise words of the
    /// set. Also records which quads of slots meet each word. Ends with a barrier.
    /// </summary>
    /// <param name="a">Arguments of the kernel.</param>
    /// <param name="m">Memory of the group.</param>
    /// <param name="set">The set.</param>
    /// <param name="part">The words to list.</param>
    /// <param name="observed">Whether tokens are listed, otherwise noise words.</param>
    /// <param name="start">Place of the first word in the group's lists, an even number.</param>
    /// <returns>Number of distinct words.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Distinct<TTargets, TObjective>(TrainArguments a, GroupMemory m, PositionSet set, ListedWords part, bool observed, int start)
        where TTargets : struct, ITargets
        where TObjective : struct, IBinaryObjective
    {
        // The memory of the terms is free until the list is complete.
        int quads = m.Words.IntLength / 4, padded = (part.Count + 3) & ~3;
        ArrayView<Int4> words = m.Terms.SubView(0, quads).Cast<Int4>(), firsts = m.Terms.SubView(quads, quads).Cast<Int4>();
        ArrayView<int> repeats = m.Terms.SubView(2 * quads, quads).Cast<int>();
        for (int n = Group.IdxX; n < padded; n += Group.DimX)
            words.Cast<int>()[n] = n >= part.Count ? -1 : observed ? m.Tokens.Cast<int>()[part.From + n] : a.Plan.Noise[part.Noise + n];
        Group.Barrier();
        for (int n = Group.IdxX; n - Group.IdxX < padded; n += Group.DimX)
        {
            int at = Least(n, part.Count - 1), times = 0, earlier = 0;
            if (observed)
                earlier = m.Previous[part.From + at] >= part.From ? 1 : 0;
            else
                times = Repeats(words, padded, at, ref earlier);
            if (n < padded)
            {
                firsts.Cast<int>()[n] = n < part.Count & earlier == 0 ? 1 : 0;
                repeats[n] = times;
            }
        }

        Group.Barrier();
        int outputs = 0;
        for (int n = Group.IdxX; n - Group.IdxX < padded; n += Group.DimX)
        {
            int at = Least(n, part.Count - 1), index = Before(firsts, padded, at, ref outputs), word = words.Cast<int>()[at], token = set.Tokens;
            if (observed)
                token = part.From + at;
            else if (part.DropsTargets)
                token = Find(m, set, word);
            int met = observed ? Met<TTargets>(m, set, token, part.Positions) : (1 << ((set.Slots + 3) / 4)) - 1;
            if (n < part.Count & firsts.Cast<int>()[at] != 0)
            {
                m.Words[start + index] = word;
                m.Links[start + index] = met | (repeats[at] << RepeatShift) | ((token < set.Tokens ? token + 1 : 0) << TokenShift);
                m.Offsets[start + index] = TObjective.HasBiases ? a.Model.Offsets[word] : 0;
                FlightWeights.List<TObjective>(a, m, start + index, word, part.AreInputs);
            }
        }

        // A pass takes two words at a time.
        if (Group.IdxX == 0 & (outputs & 1) != 0)
        {
            m.Words[start + outputs] = words.Cast<int>()[0];
            m.Links[start + outputs] = 0;
            m.Weights[start + outputs] = 0;
        }

        Group.Barrier();
        return outputs;
    }

    /// <summary>
    /// Computes the weight of each listed word for each slot. The weight of a token is how often the slot's positions have the word among
    /// their targets; for a mean, each occurrence is divided by the position's number of targets. The weight of a noise word is the slot's
    /// for each occurrence, without that of predictions of the word itself if targets are dropped. A list of odd length is padded with a word of no weight.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Terms<TTargets>(TrainArguments a, GroupMemory m, PositionSet set, ListedWords part, int start, int outputs, bool observed, bool mean)
        where TTargets : struct, ITargets
    {
        int padded = 4 * ((outputs + 1) & ~1);
        for (int k = Group.IdxX; k - Group.IdxX < padded; k += Group.DimX)
        {
            int u = Least(k >> 2, outputs - 1), quad = k & 3, link = m.Links[start + u];
            Float4 terms = Occurrences<TTargets>(m, set, (link >> TokenShift) - 1, quad, part.Positions);
            if (mean)
                terms = terms.Times(m.SlotShare[quad]);
            if (!observed)
                terms = m.SlotWeight[quad].Plus(-((float)a.K / a.Plan.NoiseSet), terms).Positive().Times((link >> RepeatShift) & RepeatMask);
            if (k < padded)
                m.Terms[(4 * start) + k] = terms.Times(k < 4 * outputs ? 1f : 0f);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Most(int a, int b) => a > b ? a : b;

    // Counts how often a word is listed, and how often before its own place.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Repeats(ArrayView<Int4> words, int count, int place, ref int earlier)
    {
        int word = words.Cast<int>()[place], repeats = 0;
        for (int n = 0; n < count; n += 4)
        {
            Int4 w = words[n >> 2];
            int x = w.X == word ? 1 : 0, y = w.Y == word ? 1 : 0, z = w.Z == word ? 1 : 0, last = w.W == word ? 1 : 0;
            repeats += x + y + (z + last);
            earlier += (n < place ? x : 0) + (n + 1 < place ? y : 0) + ((n + 2 < place ? z : 0) + (n + 3 < place ? last : 0));
        }

        return repeats;
    }

    // Computes the sum of the flags before a place, and that of all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Before(ArrayView<Int4> flags, int count, int place, ref int total)
    {
        int before = 0, all = 0;
        for (int n = 0; n < count; n += 4)
        {
            Int4 f = flags[n >> 2];
            all += f.Sum();
            before += (n < place ? f.X : 0) + (n + 1 < place ? f.Y : 0) + ((n + 2 < place ? f.Z : 0) + (n + 3 < place ? f.W : 0));
        }

        total = all;
        return before;
    }

    // Gets the first token of a word; the number of tokens if it is none of them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Find(GroupMemory m, PositionSet set, int word)
    {
        int token = set.Tokens;
        for (int t = 0; t < set.Tokens; t += 4)
        {
            Int4 w = m.Tokens[t >> 2];
            int here = w.X == word ? t : w.Y == word ? t + 1 : w.Z == word ? t + 2 : w.W == word ? t + 3 : token;
            token = Least(token, here);
        }

        return token;
    }

    // Gets the quads of slots whose positions have the word of a token among their targets.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Met<TTargets>(GroupMemory m, PositionSet set, int token, int allowed)
        where TTargets : struct, ITargets
    {
        int positions = 0, met = 0;
        for (int t = token; t < set.Tokens; t = m.Next[t])
            positions |= TTargets.Positions(m, set, t);
        for (int q = 0; q < Tile / 4; q++)
            met |= (m.SlotPositions[q].Union() & positions & allowed) != 0 ? 1 << q : 0;
        return met;
    }

    // Counts, for each slot of a quad, how often its positions have the word of a token among their targets.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Occurrences<TTargets>(GroupMemory m, PositionSet set, int token, int quad, int allowed)
        where TTargets : struct, ITargets
    {
        Int4 slots = m.SlotPositions[quad], sum = default;
        for (int t = token < 0 ? set.Tokens : token; t < set.Tokens; t = m.Next[t])
        {
            int positions = TTargets.Positions(m, set, t) & allowed;
            sum.X += IntrinsicMath.PopCount(positions & slots.X);
            sum.Y += IntrinsicMath.PopCount(positions & slots.Y);
            sum.Z += IntrinsicMath.PopCount(positions & slots.Z);
            sum.W += IntrinsicMath.PopCount(positions & slots.W);
        }

        return new Float4(sum.X, sum.Y, sum.Z, sum.W);
    }
}
