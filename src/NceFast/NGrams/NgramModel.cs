using NceFast.NGrams.Internals;
using NceFast.Vocab;

namespace NceFast.NGrams;

/// <summary>
/// Represents an n-gram model with backoff, as an ARPA file describes it: log p(w | h) is that of the longest n-gram that ends with w, plus the
/// weights of the longer contexts that were seen. It is immutable, and threads may use it at the same time.
/// </summary>
public sealed class NgramModel
{
    /// <summary>The highest order that can be read.</summary>
    public const int MaxOrder = 10;

    private static readonly double Ln10 = Math.Log(10);
    private readonly float[] _unigrams, _unigramBackoffs;
    private readonly NgramTable[] _tables;

    internal NgramModel(Vocabulary vocabulary, float[] unigrams, float[] unigramBackoffs, NgramTable[] tables)
    {
        (Vocabulary, _unigrams, _unigramBackoffs, _tables) = (vocabulary, unigrams, unigramBackoffs, tables);
        Start = vocabulary.Find(ArpaWriter.StartOfSentence);
        End = vocabulary.Find(SpecialWords.EndOfSentence);
        int unknown = vocabulary.Find(SpecialWords.Unknown);
        Unknown = unknown >= 0 ? unknown : vocabulary.Find("<UNK>");
        CountsByOrder = [vocabulary.Count, .. tables.Select(table => table.Count)];
    }

    /// <summary>Gets the number of words of the longest n-grams.</summary>
    public int Order => _tables.Length + 1;

    /// <summary>Gets the words, indexed by id, with &lt;s&gt;, &lt;/s&gt; and &lt;unk&gt; if the model has them.</summary>
    public WordList Words => Vocabulary.Words;

    /// <summary>Gets the id of &lt;s&gt;, which begins each sentence; -1 if the model does not have it.</summary>
    public int Start { get; }

    /// <summary>Gets the id of &lt;/s&gt;, which ends each sentence; -1 if the model does not have it.</summary>
    public int End { get; }

    /// <summary>Gets the id of &lt;unk&gt;, which stands for all other words; -1 if the model does not have it.</summary>
    public int Unknown { get; }

    /// <summary>Gets the number of n-grams of each order, from 1.</summary>
    public IReadOnlyList<long> CountsByOrder { get; }

    internal Vocabulary Vocabulary { get; }

    /// <summary>Reads an ARPA file, plain or compressed, of this program, KenLM, SRILM or IRSTLM.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="NceFastException">The file cannot be read, or a line of it is invalid (<see cref="ErrorKind.Input"/>).</exception>
    public static NgramModel Load(string path, CancellationToken cancellation = default) => ArpaReader.Load(path, cancellation);

    /// <summary>Returns the id of a word, or -1.</summary>
    public int Find(string word) => Vocabulary.Find(word);

    /// <summary>Computes log p(word | context), nats.</summary>
    /// <param name="context">The ids of the words before, of any number. A sentence begins with <see cref="Start"/>.</param>
    /// <param name="word">The id of the word.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no word with this id.</exception>
    public double LogProbability(ReadOnlySpan<int> context, int word)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)word, (uint)Words.Count);
        Span<int> state = stackalloc int[MaxOrder];
        state[0] = 0;
        foreach (int before in context[Math.Max(0, context.Length - Order + 1)..])
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)before, (uint)Words.Count);
            Next(state, before);
        }

        return Next(state, word);
    }

    /// <summary>Computes log p(word | context), nats, and appends the word to the context.</summary>
    /// <param name="state">
    /// The context: <c>[Order]</c>. The first element is the number of words that count. Element n is the slot of the last n words, or -1 if
    /// the model does not have this n-gram; element 1 is the last word.
    /// </param>
    /// <param name="word">The id of the word.</param>
    internal double Next(Span<int> state, int word)
    {
        double log = 0;
        bool isFound = false;
        int known = state[0];
        for (int n = known; n >= 1; n--)
        {
            int context = state[n], slot = context < 0 ? -1 : _tables[n - 1].Find(context, word);
            if (!isFound && slot >= 0)
                (log, isFound) = (log + _tables[n - 1].LogProbability(slot), true);
            else if (!isFound && context >= 0)
                log += n == 1 ? _unigramBackoffs[context] : _tables[n - 2].LogBackoff(context);
            if (n + 1 < Order)
                state[n + 1] = slot;
        }

        if (!isFound)
            log += _unigrams[word];
        if (Order > 1)
            (state[0], state[1]) = (Math.Min(Order - 1, known + 1), word);
        return log * Ln10;
    }
}
