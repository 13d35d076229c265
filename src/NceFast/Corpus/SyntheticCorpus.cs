using NceFast.Numerics;

namespace NceFast.Corpus;

/// <summary>
/// Represents a text whose statistics are known exactly, so that trained models can be compared with the truth.
/// </summary>
/// <remarks>
/// The text is a stationary reversible Markov chain over classes, and each class has words of its own. J is the symmetric joint
/// distribution of neighbouring classes, pi is its marginal, T = J / pi is the transition matrix, and E is a Zipf distribution
/// over the words of a class. Then P(next = w | this = c) = T[class(c), class(w)] E(w). Because the chain is reversible,
/// P(previous = w | this = c) is the same.
/// The classes form a ring. The most frequent successor of a class is the class itself, then its neighbours; every other class has
/// a small probability. log(P(w | c) / P(w)) is a symmetric matrix of rank at most <see cref="Classes"/>, so that vectors of that
/// dimension can represent it without error. The same parameters give the same text on every machine.
/// Several threads can use an instance at the same time. A stream of its text belongs to one thread at a time.
/// </remarks>
public sealed class SyntheticCorpus
{
    /// <summary>The number of words in a sentence. The first word of each sentence is drawn from the stationary distribution.</summary>
    public const int SentenceWords = 1000;

    private readonly double[] _pi;
    private readonly double[] _transitions;
    private readonly double[] _emission;

    /// <summary>Creates the description of a text.</summary>
    /// <param name="classes">The number of classes, 2 to 1,000.</param>
    /// <param name="wordsPerClass">The number of distinct words per class, 1 to 10,000.</param>
    /// <param name="words">The number of words of text, at least 1.</param>
    /// <param name="seed">The seed of the random numbers.</param>
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

    /// <summary>Gets the number of classes.</summary>
    public int Classes { get; }

    /// <summary>Gets the number of distinct words per class.</summary>
    public int WordsPerClass { get; }

    /// <summary>Gets the number of words of text.</summary>
    public long Words { get; }

    /// <summary>Gets the seed of the random numbers.</summary>
    public ulong Seed { get; }

    /// <summary>Gets the number of distinct words.</summary>
    public int DistinctWords => Classes * WordsPerClass;

    /// <summary>Gets the exact conditional entropy of a word given its neighbour, in nats.</summary>
    public double ConditionalEntropy => TransitionEntropy() + Entropy(_emission);

    /// <summary>
    /// Gets the exact mutual information of neighbouring words, in nats. The entropy of a model that knows only the word frequencies
    /// exceeds <see cref="ConditionalEntropy"/> by this amount.
    /// </summary>
    public double MutualInformation => Entropy(_pi) - TransitionEntropy();

    /// <summary>Returns the text of a word: its class and its rank in the class, for example "c07w13".</summary>
    /// <param name="word">The word, 0 to <see cref="DistinctWords"/> - 1.</param>
    public string TextOf(int word) => FormattableString.Invariant($"c{ClassOf(word):D2}w{word % WordsPerClass:D2}");

    /// <summary>Returns the class of a word.</summary>
    /// <param name="word">The word, 0 to <see cref="DistinctWords"/> - 1.</param>
    public int ClassOf(int word) => word / WordsPerClass;

    /// <summary>Returns the probability of a word at any position of the text.</summary>
    /// <param name="word">The word, 0 to <see cref="DistinctWords"/> - 1.</param>
    public double Probability(int word) => _pi[ClassOf(word)] * _emission[word % WordsPerClass];

    /// <summary>Returns log P(word | neighbour) in nats. It is the same for the next and the previous word.</summary>
    /// <param name="word">The predicted word.</param>
    /// <param name="neighbour">The neighbouring word.</param>
    public double LogProbability(int word, int neighbour) =>
        Math.Log(_transitions[(ClassOf(neighbour) * Classes) + ClassOf(word)] * _emission[word % WordsPerClass]);

    /// <summary>
    /// Opens the text as UTF-8 with blanks between words and one sentence per line. It is generated while it is read, in constant
    /// memory.
    /// </summary>
    /// <returns>A new stream, positioned at the first byte.</returns>
    public Stream OpenText() => new SyntheticTextStream(this, Limits(_pi), [.. Enumerable.Range(0, Classes).Select(Row)], Limits(_emission));

    /// <summary>Returns the text as a corpus that can be read once.</summary>
    public CorpusSource ToSource() => CorpusSource.FromStream(OpenText(), "the synthetic corpus");

    // The frequency of two neighbouring classes up to a constant factor. It is symmetric, and lower classes are more frequent.
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

    // Outcome i is chosen by the 32-bit numbers from limit i - 1 (inclusive) to limit i (exclusive). The last outcome takes the rest.
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
