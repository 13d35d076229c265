using NceFast.Models;
using NceFast.Numerics;
using NceFast.Objectives;

namespace NceFast.Tests.Backends;

/// <summary>
/// A log-bilinear model in plain loops in double precision: one array of parameters, and the loss as a function of it. Shares no
/// arithmetic with the engine.
/// </summary>
internal sealed class LanguageReference(LanguageModelShape shape, int normalizers)
{
    private readonly int _target = (shape.Words + 1) * shape.Dim, _position = ((shape.Words + 1) + (shape.SharedRows ? 0 : shape.Words)) * shape.Dim;

    public int Count => LogZAt(normalizers);

    public static double[] Flatten(LanguageModelParameters p)
    {
        var all = new List<double>();
        AlignedMatrix[] matrices = p.Target == p.Context ? [p.Context, p.PlaceWeights] : [p.Context, p.Target, p.PlaceWeights];
        foreach (AlignedMatrix matrix in matrices)
        {
            for (int row = 0; row < matrix.Rows; row++)
            {
                foreach (float value in matrix.Row(row))
                    all.Add(value);
            }
        }

        foreach (float value in p.Bias.Concat(p.LogZ))
            all.Add(value);
        return [.. all];
    }

    public int BiasAt(int word) => _position + (shape.PlaceRows * shape.Dim) + word;

    public int LogZAt(int bucket) => BiasAt(shape.Words) + bucket;

    public int TargetAt(int word) => (shape.SharedRows ? 0 : _target) + (word * shape.Dim);

    public int ContextAt(int row) => row * shape.Dim;

    public int PositionAt(int row) => _position + (row * shape.Dim);

    public double[] Hidden(double[] p, ReadOnlySpan<int> stream, int at)
    {
        var h = new double[shape.Dim];
        for (int j = 0; j < shape.Places; j++)
        {
            int r = ContextAt(stream[at + shape.Offset(j)]);
            for (int c = 0; c < h.Length; c++)
            {
                switch (shape.PlaceWeights)
                {
                    case PlaceWeightKind.Full:
                        for (int i = 0; i < h.Length; i++)
                            h[c] += p[r + i] * p[PositionAt((j * shape.Dim) + i) + c];
                        break;
                    case PlaceWeightKind.Diagonal:
                        h[c] += p[r + c] * p[PositionAt(j) + c];
                        break;
                    default:
                        h[c] += p[r + c];
                        break;
                }
            }
        }

        return h;
    }

    public double Score(double[] p, double[] h, int word)
    {
        double s = p[BiasAt(word)];
        for (int c = 0; c < h.Length; c++)
            s += h[c] * p[TargetAt(word) + c];
        return s;
    }

    public double ExactLogZ(double[] p, double[] h)
    {
        double sum = 0;
        for (int w = 0; w < shape.Words; w++)
            sum += Math.Exp(Score(p, h, w));
        return Math.Log(sum);
    }

    /// <summary>Loss of one prediction with given noise words, weight decay included.</summary>
    public double Loss(double[] p, LanguageModelSpec spec, ReadOnlySpan<int> stream, int at, ReadOnlySpan<int> noise)
    {
        double[] h = Hidden(p, stream, at);
        int target = stream[at];
        var context = new int[shape.Places];
        for (int j = 0; j < context.Length; j++)
            context[j] = stream[at + shape.Offset(j)];
        double logZ = p[LogZAt(normalizers == 1 ? 0 : LanguageModelSpec.Bucket(context, normalizers))];
        double s = Score(p, h, target), loss, z;
        switch (spec.Objective)
        {
            case ObjectiveKind.MaximumLikelihood:
                z = ExactLogZ(p, h);
                loss = z - s + (spec.SelfNormalization * z * z);
                break;
            case ObjectiveKind.ImportanceSampling:
                z = Math.Exp(s);
                foreach (int w in noise)
                    z += w == target ? 0 : Math.Exp(Score(p, h, w)) / spec.Noise.Probabilities[w] / noise.Length;
                z = Math.Log(z);
                loss = z - s + (spec.SelfNormalization * z * z);
                break;
            case ObjectiveKind.RankingNce:
                z = Math.Exp(s) / spec.Noise.Probabilities[target] / noise.Length;
                foreach (int w in noise)
                    z += Math.Exp(Score(p, h, w)) / spec.Noise.Probabilities[w] / noise.Length;
                z = Math.Log(z);
                loss = z - s + Math.Log(spec.Noise.Probabilities[target] * noise.Length) + (spec.SelfNormalization * z * z);
                break;
            default:
                bool nce = spec.Objective == ObjectiveKind.Nce;
                double Logit(double score, int w) => score - logZ - (nce ? Math.Log(spec.K * spec.Noise.Probabilities[w]) : 0);
                loss = Softplus(-Logit(s, target));
                foreach (int w in noise)
                    loss += spec.K / (double)noise.Length * Softplus(Logit(Score(p, h, w), w));
                break;
        }

        return loss + Decay(p, spec, target, context);
    }

    private double Decay(double[] p, LanguageModelSpec spec, int target, int[] context)
    {
        double squares = Squares(p, TargetAt(target), shape.Dim);
        foreach (int row in context)
            squares += Squares(p, ContextAt(row), shape.Dim);
        squares += Squares(p, PositionAt(0), shape.PlaceRows * shape.Dim);
        return spec.WeightDecay / 2 * squares;
    }

    private static double Squares(double[] p, int at, int count)
    {
        double sum = 0;
        for (int i = at; i < at + count; i++)
            sum += p[i] * p[i];
        return sum;
    }

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
