using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>
/// A text whose statistics are known exactly, to hold trained models against: a stationary reversible Markov chain over
/// classes, each class with words of its own. With the symmetric joint distribution J of neighbouring classes, its
/// marginal pi, the transition T = J / pi and a Zipf distribution E over the words of a class,
/// P(next = w | this = c) = T[class(c), class(w)] E(w), and by reversibility P(previous = w | this = c) is the same.
/// </summary>
/// <remarks>
/// Classes stand on a ring: a class follows itself most often, its neighbours less, every other with a small floor.
/// log(P(w | c) / P(w)) is a symmetric matrix of rank at most <see cref="Classes"/>, so vectors of that many floats can
/// hold the truth without error. The text is the same for equal parameters on every machine.
/// </remarks>
public sealed class SyntheticCorpus
{
    /// <summary>Words of a sentence; each begins anew from the stationary distribution.</summary>
    public const int SentenceWords = 1000;

    private readonly double[] _pi;
    private readonly double[] _transitions;
    private readonly double[] _emission;

    /// <summary>Describes a text.</summary>
    /// <param name="classes">Classes, 2 to 1,000.</param>
    /// <param name="wordsPerClass">Words of each class, 1 to 10,000.</param>
    /// <param name="words">Words of text, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <exception cref="NceFastException">A parameter is outside its range (<see cref="ErrorKind.Usage"/>).</exception>
    public SyntheticCorpus(int classes = 20, int wordsPerClass = 50, long words = 2_000_000, ulong seed = 1)
    {
        Throw.UnlessInRange(nameof(SyntheticCorpus.Classes), classes, 2, 1_000);
        Throw.UnlessInRange(nameof(SyntheticCorpus.WordsPerClass), wordsPerClass, 1, 10_000);
        Throw.UnlessInRange(nameof(SyntheticCorpus.Words), words, 1, long.MaxValue);
        (Classes, WordsPerClass, Words, Seed) = (classes, wordsPerClass, words, seed);
        _emission = Normalised([.. Enumerable.Range(1, wordsPerClass).Select(rank => 1.0 / rank)]);
        double[] joint = Normalised([.. Enumerable.Range(0, classes * classes).Select(cell => Joint(cell / classes, cell % classes, classes))]);
        _pi = [.. Enumerable.Range(0, classes).Select(row => joint.AsSpan(row * classes, classes).ToArray().Sum())];
        _transitions = [.. joint.Select((p, cell) => p / _pi[cell / classes])];
    }

    /// <summary>Number of classes.</summary>
    public int Classes { get; }

    /// <summary>Words of each class.</summary>
    public int WordsPerClass { get; }

    /// <summary>Words of text.</summary>
    public long Words { get; }

    /// <summary>Seed of the draws.</summary>
    public ulong Seed { get; }

    /// <summary>Distinct words.</summary>
    public int DistinctWords => Classes * WordsPerClass;

    /// <summary>Conditional entropy of a word given its neighbour, exact, nats.</summary>
    public double ConditionalEntropy => TransitionEntropy() + Entropy(_emission);

    /// <summary>
    /// Mutual information of neighbouring words, exact, nats: by how much a model that knows only the frequencies stays
    /// above <see cref="ConditionalEntropy"/>.
    /// </summary>
    public double MutualInformation => Entropy(_pi) - TransitionEntropy();

    /// <summary>The text of a word: class and rank, "c07w13".</summary>
    /// <param name="word">Word, 0 to <see cref="DistinctWords"/> - 1.</param>
    public string TextOf(int word) => FormattableString.Invariant($"c{ClassOf(word):D2}w{word % WordsPerClass:D2}");

    /// <summary>The class of a word.</summary>
    /// <param name="word">Word, 0 to <see cref="DistinctWords"/> - 1.</param>
    public int ClassOf(int word) => word / WordsPerClass;

    /// <summary>Probability of a word at any place of the text.</summary>
    /// <param name="word">Word, 0 to <see cref="DistinctWords"/> - 1.</param>
    public double Probability(int word) => _pi[ClassOf(word)] * _emission[word % WordsPerClass];

    /// <summary>log P(word | neighbour), nats; the same for the next and the previous word.</summary>
    /// <param name="word">The word predicted.</param>
    /// <param name="neighbour">The word beside it.</param>
    public double LogProbability(int word, int neighbour) =>
        Math.Log(_transitions[(ClassOf(neighbour) * Classes) + ClassOf(word)] * _emission[word % WordsPerClass]);

    /// <summary>Opens the text: UTF-8, words parted by blanks, a sentence a line. Made as it is read, in constant memory.</summary>
    /// <returns>A new stream at the first byte.</returns>
    public Stream OpenText() => new SyntheticTextStream(this, Limits(_pi), [.. Enumerable.Range(0, Classes).Select(Row)], Limits(_emission));

    /// <summary>The text as a corpus, which can be read once.</summary>
    public CorpusSource ToSource() => CorpusSource.FromStream(OpenText(), "the synthetic corpus");

    // How often two classes stand beside each other, up to a factor; symmetric, with more of the first classes than of the last.
    private static double Joint(int a, int b, int classes)
    {
        int distance = Math.Min(Math.Abs(a - b), classes - Math.Abs(a - b));
        double affinity = distance switch { 0 => 12, 1 => 3, 2 => 1, _ => 0.2 };
        return affinity * Weight(a) * Weight(b);
        double Weight(int z) => 1 - (0.5 * z / classes);
    }

    private static double[] Normalised(double[] weights)
    {
        double sum = weights.Sum();
        return Array.ConvertAll(weights, w => w / sum);
    }

    private static double Entropy(ReadOnlySpan<double> p)
    {
        double sum = 0;
        foreach (double x in p)
            sum -= x * Math.Log(x);
        return sum;
    }

    private double TransitionEntropy() =>
        Enumerable.Range(0, Classes).Sum(z => _pi[z] * Entropy(_transitions.AsSpan(z * Classes, Classes)));

    private uint[] Row(int z) => Limits(_transitions.AsSpan(z * Classes, Classes));

    // Outcome i is drawn by the 32-bit words from limit i - 1 up to, not including, limit i; the last takes the rest.
    private static uint[] Limits(ReadOnlySpan<double> p)
    {
        var limits = new uint[p.Length];
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
        {
            sum += p[i];
            limits[i] = (uint)Math.Min(uint.MaxValue, Math.Round(sum * 4294967296.0));
        }

        return limits;
    }
}
