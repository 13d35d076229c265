using System.Runtime.CompilerServices;
using NceFast.Merging;
using NceFast.Objectives;

namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Computes the weights with which a group adds its changes of rows. The groups in flight compute their changes from about the same rows,
/// and the sum of many would overshoot. The weight of a row is 1 / (1 + pull), where pull is how far the other groups in flight pull the
/// row (<see cref="NceFast.Merging"/> has the theory). All changes of a row in a block have the same weight: if noise and observed words had
/// weights of their own, the optimum would move.
/// </summary>
internal static class FlightWeights
{
    /// <summary>Computes the weights of a listed word and stores them in the group's lists.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void List<TObjective>(TrainArguments a, GroupMemory m, int at, int word, bool inputs)
        where TObjective : struct, IBinaryObjective
    {
        float others = Others(a, word), steps = inputs ? ContextSteps(a, others) : OutputSteps(a, word, others);
        float updates = inputs ? steps * (1 + a.K) : steps, square = a.Model.MeanSquares[inputs ? 1 : 0];
        float weight = Weight((float)Curvature.InFlight * steps / (inputs ? 1 : 1 + a.K));
        m.Weights[at] = weight;
        m.Extras[at] = TObjective.HasBiases ? Weight((float)Curvature.Logistic * updates) : Along(weight, updates, square);
    }

    /// <summary>Computes the weights of a slot of skip-gram.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Slot<TObjective>(TrainArguments a, GroupMemory m, int slot, int word)
        where TObjective : struct, IBinaryObjective
    {
        float predictions = a.Plan.Totals[1], kept = a.Plan.Totals[0], steps = a.FlightRate * Share(a) * Others(a, word) * predictions / kept;
        float weight = Weight((float)Curvature.InFlight * steps);
        m.SlotWeights[slot] = weight;
        m.SlotExtras[slot] = TObjective.HasBiases ? Weight((float)Curvature.Logistic * steps * (1 + a.K)) : Along(weight, steps * (1 + a.K), a.Model.MeanSquares[1]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Weight(float pull) => 1 / (1 + pull);

    // What the weight along the mean exceeds the weight by, at most 0. Both tables move along their means at once.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Along(float weight, float terms, float square)
    {
        float along = Weight((float)(Curvature.Logistic / PullLimits.AlongMeanInFlight) * terms * square);
        return (along < weight ? along : weight) - weight;
    }

    /// <summary>Computes the number of other groups in flight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float OthersInFlight(TrainArguments a) => Sets(a) * Share(a);

    // Part of the block's other sets that are in flight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Share(TrainArguments a)
    {
        float sets = Sets(a);
        return a.OtherGroups < sets ? a.OtherGroups / sets : 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Sets(TrainArguments a) => (a.Plan.Totals[0] + a.Plan.Sharing - 1) / a.Plan.Sharing;

    // Kept tokens of a word in the block, without one of this group.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Others(TrainArguments a, int word) => GroupLists.Most(0, a.Plan.Counts[word] - 1);

    // Learning rate times terms of an output row in the other groups while this group has the row, which is the time of one pair.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float OutputSteps(TrainArguments a, int word, float others)
    {
        float predictions = a.Plan.Totals[1], kept = a.Plan.Totals[0], held = 2f / a.SetOutputs;
        return a.FlightRate * held * Share(a) * predictions * ((a.K * a.Model.Noise[word]) + (others / kept));
    }

    // Learning rate times updates of an input row of CBOW. A word has part 1 / n in each of n means on average.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ContextSteps(TrainArguments a, float others) => a.FlightRate * Share(a) * others * 2 / a.WindowWords;
}
