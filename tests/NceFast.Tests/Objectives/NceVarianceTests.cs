using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Objectives;

/// <summary>
/// With noise drawn from the data's own distribution the variance of the NCE estimate is (1 + 1 / k) times that of maximum
/// likelihood, which attains the Cramer-Rao bound (Gutmann and Hyvarinen 2012, corollary 7). The model: a free
/// log-probability for each of four words.
/// </summary>
public class NceVarianceTests
{
    private const int Data = 2000, Replicates = 1500;

    private static readonly double[] P = [0.4, 0.3, 0.2, 0.1];

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(20)]
    public void Variance_is_that_of_maximum_likelihood_times_one_plus_one_over_k(int k)
    {
        var random = new Random(k);
        double nce = 0, ml = 0;
        for (int r = 0; r < Replicates; r++)
        {
            int[] data = Sample(random, Data), noise = Sample(random, k * Data);
            for (int w = 0; w < P.Length; w++)
            {
                nce += Square(Estimate(data[w], noise[w], Math.Log(k * P[w])) - Math.Log(P[w]));
                ml += Square(Math.Log(data[w] / (double)Data) - Math.Log(P[w]));
            }
        }

        Assert.Equal(1 + (1.0 / k), nce / ml, 0.08);
    }

    // Newton's method finds the score at which the gradient of the sum of losses vanishes.
    private static double Estimate(int observed, int noise, double logKNoise)
    {
        double score = logKNoise;
        for (int i = 0; i < 30; i++)
        {
            var d = (float)(score - logKNoise);
            double sigmoid = BinaryLogistic.Sigmoid(d), slope = (observed + noise) * sigmoid * (1 - sigmoid);
            score -= ((observed * (double)BinaryLogistic.Gradient(d, 1)) + (noise * (double)BinaryLogistic.Gradient(d, 0))) / slope;
        }

        return score;
    }

    private static int[] Sample(Random random, int draws)
    {
        var counts = new int[P.Length];
        for (int i = 0; i < draws; i++)
        {
            double rest = random.NextDouble();
            int word = 0;
            while (word < P.Length - 1 && (rest -= P[word]) >= 0)
                word++;
            counts[word]++;
        }

        return counts;
    }

    private static double Square(double x) => x * x;
}
