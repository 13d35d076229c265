using System.Runtime.CompilerServices;
using ILGPU;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Builds the lists of words that a group needs before any arithmetic: the distinct words, so that no row is loaded twice, and the
/// weight of each word for each slot. All threads call each function.
/// </summary>
internal static class GroupLists
{
    /// <summary>Lists the distinct words of <paramref name="words"/> in the order of their first occurrence. Ends with a barrier, unlike the functions below.</summary>
    /// <returns>Number of distinct words.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Distinct(GroupMemory m, ArrayView<int> words, int count)
    {
        for (int n = Group.IdxX; n < count; n += Group.DimX)
        {
            int owner = n, word = words[n];
            for (int j = n - 1; j >= 0; j--)
                owner = words[j] == word ? j : owner;
            m.Owner[n] = owner;
        }

        Group.Barrier();
        for (int n = Group.IdxX; n < count; n += Group.DimX)
        {
            int owner = m.Owner[n], index = Owners(m, owner);
            m.Index[n] = index;
            if (owner == n)
            {
                m.Words[index] = words[n];
                m.Repeats[index] = Places(m, n, count);
            }
        }

        int outputs = Owners(m, count);
        Group.Barrier();
        return outputs;
    }

    /// <summary>
    /// Computes the weight of each listed word of a sequence of tokens for each slot: how often the slot's positions have the word among
    /// their targets. For a mean, each occurrence is divided by the position's number of targets. Also records which quads meet the word.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Terms<TTargets>(GroupMemory m, PlanViews plan, int start, int first, int end, int from, int tokens, int outputs, bool mean)
        where TTargets : struct, ITargets
    {
        ArrayView<float> terms = m.Terms.Cast<float>();
        for (int u = Group.IdxX; u < outputs; u += Group.DimX)
        {
            for (int slot = 0; slot < TileMath.Tile; slot++)
                terms[(u * TileMath.Tile) + slot] = 0;
            int quads = 0;
            for (int t = 0; t < tokens; t++)
            {
                if (m.Index[t] != u)
                    continue;
                for (int i = first; i < end; i++)
                {
                    if (!IsTarget<TTargets>(plan, i, from + t))
                        continue;
                    int slot = m.SlotOf[i - start];
                    terms[(u * TileMath.Tile) + slot] += mean ? 1f / (plan.High[i] - plan.Low[i] - 1) : 1f;
                    quads |= 1 << (slot / 4);
                }
            }

            m.Quads[u] = quads;
        }
    }

    /// <summary>
    /// Records that the listed noise words meet every slot. If targets are dropped from the noise, Repeats becomes negative for a word
    /// that is a target of some position. Its weight is then computed position by position.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MarkTargets(GroupMemory m, PlanViews plan, int first, int end, int outputs, int slots, bool dropTargets)
    {
        int from = dropTargets ? First<WindowWords>(plan, first, end) : 0, to = dropTargets ? End<WindowWords>(plan, first, end) : 0;
        for (int u = Group.IdxX; u < outputs; u += Group.DimX)
        {
            m.Quads[u] = (1 << ((slots + 3) / 4)) - 1;
            bool hit = false;
            for (int t = from; t < to; t++)
                hit |= plan.Kept[t] == m.Words[u];
            if (hit)
                m.Repeats[u] = -m.Repeats[u];
        }
    }

    /// <summary>Computes the weights of the listed noise words for each slot: the weight of the slot for each occurrence of the word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void NoiseTerms<TTargets>(GroupMemory m, TrainArguments a, int first, int end, int outputs)
        where TTargets : struct, ITargets
    {
        ArrayView<float> terms = m.Terms.Cast<float>();
        for (int t = Group.IdxX; t < outputs * TileMath.Tile; t += Group.DimX)
        {
            int slot = t % TileMath.Tile, repeats = m.Repeats[t / TileMath.Tile];
            float weight = m.SlotWeight[slot];
            if (repeats < 0)
                weight -= Dropped<TTargets>(m, a, first, end, m.Words[t / TileMath.Tile], slot);
            terms[t] = weight > 0 ? weight * (repeats < 0 ? -repeats : repeats) : 0f;
        }
    }

    // Computes the weight of those predictions of a slot that predict the noise word itself.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dropped<TTargets>(GroupMemory m, TrainArguments a, int first, int end, int word, int slot)
        where TTargets : struct, ITargets
    {
        int dropped = 0;
        for (int i = first; i < end; i++)
        {
            if (m.SlotOf[i - first] != slot)
                continue;
            for (int t = TTargets.First(a.Plan, i); t < TTargets.End(a.Plan, i); t++)
                dropped += TTargets.Has(i, t) && a.Plan.Kept[t] == word ? 1 : 0;
        }

        return dropped * ((float)a.K / a.Plan.NoiseSet);
    }

    /// <summary>Gets the number of words that position <paramref name="i"/> predicts, or from which it is predicted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Targets<TTargets>(PlanViews plan, int i)
        where TTargets : struct, ITargets
    {
        int first = TTargets.First(plan, i), end = TTargets.End(plan, i);
        return end - first - (end > first && !TTargets.Has(i, i) ? 1 : 0);
    }

    /// <summary>Gets the first token that belongs to any of some positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First<TTargets>(PlanViews plan, int first, int end)
        where TTargets : struct, ITargets
    {
        int token = TTargets.First(plan, first);
        for (int i = first + 1; i < end; i++)
            token = TileMath.Least(token, TTargets.First(plan, i));
        return token;
    }

    /// <summary>Gets the token after the last one that belongs to any of some positions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int End<TTargets>(PlanViews plan, int first, int end)
        where TTargets : struct, ITargets
    {
        int token = TTargets.End(plan, first);
        for (int i = first + 1; i < end; i++)
            token = TTargets.End(plan, i) > token ? TTargets.End(plan, i) : token;
        return token;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsTarget<TTargets>(PlanViews plan, int i, int t)
        where TTargets : struct, ITargets => t >= TTargets.First(plan, i) && t < TTargets.End(plan, i) && TTargets.Has(i, t);

    // Counts the words before an index that occur there for the first time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Owners(GroupMemory m, int before)
    {
        int owners = 0;
        for (int j = 0; j < before; j++)
            owners += m.Owner[j] == j ? 1 : 0;
        return owners;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Places(GroupMemory m, int owner, int count)
    {
        int places = 0;
        for (int j = owner; j < count; j++)
            places += m.Owner[j] == owner ? 1 : 0;
        return places;
    }
}
