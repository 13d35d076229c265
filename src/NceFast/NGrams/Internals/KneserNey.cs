using Microsoft.Extensions.Logging;
using NceFast.Corpus;
using NceFast.Vocab;

namespace NceFast.NGrams.Internals;

/// <summary>
/// Estimates an interpolated model with modified Kneser-Ney smoothing from sorted n-grams, order by order:
/// p(w | h) = (a(h w) - D(a(h w))) / a(h) + g(h) p(w | h'), where a are adjusted counts, h' is h without its first word, and
/// g(h) = (D1 N1(h) + D2 N2(h) + D3 N3+(h)) / a(h) (Chen and Goodman 1998, equation 16). The lowest order is interpolated with the uniform
/// distribution over the vocabulary. Everything but the vocabulary is in stores, which sort on disk what exceeds the memory.
/// </summary>
internal sealed class KneserNey(Vocabulary vocabulary, int order, long memory, GramStore.Place place, ILogger logger)
{
    private readonly Discounts[] _discounts = [.. Enumerable.Range(0, order + 1).Select(_ => new Discounts())];
    private readonly uint _start = (uint)vocabulary.Count + 1;
    private GramStore? _counted;
    private double _uniformWeight;

    private long Large => memory / 4;

    private long Small => memory / 16;

    /// <summary>Computes the discounts.</summary>
    /// <param name="counted">The n-grams of the highest order, from the last word on. It must not be disposed before the model is written.</param>
    /// <param name="seen">What was read.</param>
    public NgramReport Report(GramStore counted, CorpusStatistics seen)
    {
        _counted = counted;
        new AdjustedCounts(order, _start).Scan(counted.Open(), 1, order, (n, _, count) => _discounts[n].Note(count));
        if (_discounts[1].Count == 0)
            throw new NceFastException(ErrorKind.EmptyVocabulary, "The text has no sentence with a word of the vocabulary, so that there are no n-grams; give another text or another vocabulary.");
        var discounts = new List<IReadOnlyList<double>>();
        for (int n = 1; n <= order; n++)
        {
            discounts.Add([_discounts[n].Of(1), _discounts[n].Of(2), _discounts[n].Of(3)]);
            if (_discounts[n].IsFallback)
                NgramLog.FallbackDiscounts(logger, n);
        }

        return new NgramReport([.. Counts()], discounts, seen.Words, seen.Sentences, 0);
    }

    /// <summary>Estimates the model and writes it.</summary>
    public void Write(Stream stream, bool compressed)
    {
        using var writer = new ArpaWriter(stream, compressed, vocabulary, [.. Counts()]);
        GramStore? lower = null, pending = null;
        try
        {
            for (int n = 1; n <= order; n++)
            {
                using GramStore weights = Store(Small, sorts: false), shares = Store(Large, sorts: true);
                Share(n, shares, weights);
                if (pending is not null)
                    WriteOrder(writer, n - 1, pending, weights);
                pending?.Dispose();
                pending = null;
                GramStore next = Store(Small, sorts: false), output = Store(2 * Small, sorts: true);
                GramReader? below = lower?.Open();
                try
                {
                    Interpolate(n, shares.Open(), below, next, output);
                }
                finally
                {
                    lower?.Dispose();
                    (lower, pending) = (next, output);
                }
            }

            WriteOrder(writer, order, pending!, null);
            writer.End();
        }
        finally
        {
            lower?.Dispose();
            pending?.Dispose();
        }
    }

    private GramStore Store(long bytes, bool sorts) => new(bytes, sorts, place);

    // All words of the vocabulary and <s> are unigrams.
    private IEnumerable<long> Counts() => [vocabulary.Count + 1L, .. _discounts.Skip(2).Select(d => d.Count)];

    // Computes the first term of p(w | h) and g(h) of all contexts.
    private void Share(int n, GramStore shares, GramStore weights)
    {
        using GramStore counts = Store(Large, sorts: true);
        new AdjustedCounts(order, _start).Scan(_counted!.Open(), n, n, (_, gram, count) => counts.Add(gram.Reversed(n, count)));
        counts.Complete();
        var context = new List<Gram>();
        GramReader reader = counts.Open();
        while (reader.Read(out Gram gram))
        {
            if (context.Count > 0 && gram.FirstDifference(context[0]) < n - 1)
                ShareContext(n, context, shares, weights);
            context.Add(gram);
        }

        ShareContext(n, context, shares, weights);
        shares.Complete();
        weights.Complete();
    }

    private void ShareContext(int n, List<Gram> context, GramStore shares, GramStore weights)
    {
        place.Cancellation.ThrowIfCancellationRequested();
        if (context.Count == 0)
            return; // no sentence is as long as the order
        double total = 0, taken = 0;
        foreach (Gram gram in context)
        {
            total += gram.Value;
            taken += _discounts[n].Of(gram.Value);
        }

        double weight = taken / total;
        foreach (Gram gram in context)
            shares.Add(gram.Reversed(n, Gram.Pack((float)((gram.Value - _discounts[n].Of(gram.Value)) / total), (float)weight)));
        if (n == 1)
            _uniformWeight = weight;
        else
            weights.Add(context[0].Start(n - 1, BitConverter.DoubleToUInt64Bits(weight)));
        context.Clear();
    }

    // Both are sorted from the last word on, so that the lower order comes in the order in which it is needed.
    private void Interpolate(int n, GramReader shares, GramReader? lower, GramStore next, GramStore output)
    {
        if (lower is null)
        {
            InterpolateUnigrams(shares, next, output);
        }
        else
        {
            lower.Read(out Gram below);
            while (shares.Read(out Gram gram))
            {
                while (gram.FirstDifference(below) < n - 1)
                {
                    if (!lower.Read(out below))
                        throw new InvalidOperationException($"An n-gram of order {n} ends with no n-gram of order {n - 1}.");
                }

                (float share, float weight) = gram.Pair;
                Add(n, gram, share + (weight * below.Number), next, output);
            }
        }

        next.Complete();
        output.Complete();
    }

    private void InterpolateUnigrams(GramReader shares, GramStore next, GramStore output)
    {
        bool any = shares.Read(out Gram seen);
        for (uint word = 1; word < _start; word++)
        {
            bool isSeen = any && seen[0] == word;
            Add(1, Gram.Of([word], 0), (isSeen ? seen.Pair.Low : 0) + (_uniformWeight / vocabulary.Count), next, output);
            if (isSeen)
                any = shares.Read(out seen);
        }

        Gram start = Gram.Of([_start], 0);
        start.Number = 1e-99; // the format has no sign for a word that is never predicted
        output.Add(start);
    }

    private void Add(int n, Gram gram, double probability, GramStore next, GramStore output)
    {
        gram.Number = probability;
        if (n < order)
            next.Add(gram);
        output.Add(gram.Reversed(n, gram.Value));
    }

    // Both are sorted from the first word on.
    private static void WriteOrder(ArpaWriter writer, int n, GramStore grams, GramStore? weights)
    {
        writer.Begin(n);
        GramReader reader = grams.Open();
        GramReader? following = weights?.Open();
        Gram context = default;
        bool any = following?.Read(out context) ?? false;
        while (reader.Read(out Gram gram))
        {
            bool isContext = any && context.HasWordsOf(gram);
            writer.Add(gram, n, gram.Number, isContext ? context.Number : double.NaN);
            if (isContext)
                any = following!.Read(out context);
        }

        if (any)
            throw new InvalidOperationException($"A context of {n} words is not an n-gram.");
    }
}
