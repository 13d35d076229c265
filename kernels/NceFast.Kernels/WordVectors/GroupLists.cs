using System.Runtime.CompilerServices;
using ILGPU;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// The lists a group makes of its words before any arithmetic: distinct words, so that no row is loaded twice, and the
/// weight of each for each slot. All threads call each function.
/// </summary>
internal static class GroupLists
{
    /// <summary>Lists the distinct words of <paramref name="words"/> in the order of their first places. Ends with a barrier; those below do not.</summary>
    /// <returns>How many there are.</returns>
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
    /// Weights of the listed words of a run of tokens, for each position's slot: how often the position has the word
    /// among its targets, or, for a mean, that divided by the number of its targets. Also notes which quads meet it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Terms<TTargets>(GroupMemory m, PlanViews plan, int group, int first, int end, int from, int tokens, int outputs, bool mean)
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
                    int slot = m.SlotOf[i - group];
                    terms[(u * TileMath.Tile) + slot] += mean ? 1f / (plan.High[i] - plan.Low[i] - 1) : 1f;
                    quads |= 1 << (slot / 4);
                }
            }

            m.Quads[u] = quads;
        }
    }

    /// <summary>
    /// The listed noise words meet every slot; where targets are left out of the noise, Repeats becomes negative for a
    /// word that is some position's target, so that its weight is found position by position.
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

    /// <summary>Weights of the listed noise words for each slot: that of the slot for each of the word's places.</summary>
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

    // The weight of a slot's predictions of the noise word itself.
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

    /// <summary>Words that position <paramref name="i"/> predicts, or is predicted from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Targets<TTargets>(PlanViews plan, int i)
        where TTargets : struct, ITargets
    {
        int first = TTargets.First(plan, i), end = TTargets.End(plan, i);
        return end - first - (end > first && !TTargets.Has(i, i) ? 1 : 0);
    }

    /// <summary>The first word that any of some positions has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int First<TTargets>(PlanViews plan, int first, int end)
        where TTargets : struct, ITargets
    {
        int token = TTargets.First(plan, first);
        for (int i = first + 1; i < end; i++)
            token = TileMath.Least(token, TTargets.First(plan, i));
        return token;
    }

    /// <summary>The word after the last one that any of some positions has.</summary>
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

    // Words before a place that occur for the first time.
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
