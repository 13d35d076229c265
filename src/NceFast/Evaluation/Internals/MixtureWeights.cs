using System.Runtime.InteropServices;
using NceFast.Objectives;

namespace NceFast.Evaluation.Internals;

/// <summary>
/// Fits the weights of a mixture by expectation maximisation (Dempster, Laird and Rubin 1977): each step sets a weight to the mean share
/// of its part in the probability of the predictions. The likelihood never falls.
/// </summary>
/// <param name="parts">The number of parts.</param>
internal sealed class MixtureWeights(int parts) : IPredictionSink
{
    /// <summary>The largest number of predictions that are used.</summary>
    public const int MaxPredictions = 4_000_000;

    private const int MostSteps = 2000;
    private const double LeastGain = 1e-10;
    private readonly List<float> _logs = [];

    /// <summary>Gets the mean log-probability of the predictions with the weights of each step, nats.</summary>
    public List<double> Likelihoods { get; } = [];

    /// <inheritdoc/>
    public void Add(in ChunkPredictions chunk)
    {
        int room = (MaxPredictions * parts) - _logs.Count;
        foreach (double log in chunk.LogParts[..Math.Min(room, chunk.LogParts.Length)])
            _logs.Add((float)log);
    }

    /// <summary>Fits the weights to the predictions.</summary>
    public double[] Fit()
    {
        var weights = new double[parts];
        Array.Fill(weights, 1.0 / parts);
        for (int step = 0; step < MostSteps; step++)
        {
            double likelihood = Step(weights);
            Likelihoods.Add(likelihood);
            if (step > 0 && likelihood - Likelihoods[step - 1] < LeastGain)
                break;
        }

        return weights;
    }

    private double Step(double[] weights)
    {
        ReadOnlySpan<float> logs = CollectionsMarshal.AsSpan(_logs);
        Span<double> shares = stackalloc double[parts], sums = stackalloc double[parts];
        double likelihood = 0;
        for (int i = 0; i < logs.Length; i += parts)
        {
            ReadOnlySpan<float> own = logs.Slice(i, parts);
            float largest = float.NegativeInfinity;
            double total = 0;
            foreach (float log in own)
                largest = Math.Max(largest, log);
            for (int p = 0; p < parts; p++)
                total += shares[p] = weights[p] * Softmax.Part((double)own[p], largest);
            for (int p = 0; p < parts; p++)
                sums[p] += shares[p] / total;
            likelihood += Softmax.LogZ((double)largest, total);
        }

        int predictions = logs.Length / parts;
        for (int p = 0; p < parts; p++)
            weights[p] = sums[p] / predictions;
        return likelihood / predictions;
    }
}
