using System.Runtime.InteropServices;
using NceFast.Corpus;
using NceFast.Models;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Specifies where the integers of a batch begin in the host's data of a block, and how many there are.</summary>
internal readonly record struct BatchLayout(int Targets, int Buckets, int BucketUses, int Chain, int Uses, int Starts, int Rows, int Count, int Segments);

/// <summary>Lays out the predictions of a block in one array of integers: the stream, then targets, buckets, uses of buckets, links and uses of rows batch by batch.</summary>
/// <param name="spec">The model.</param>
internal sealed class PredictionLayout(LanguageModelSpec spec)
{
    private readonly LanguageModelPlan _plan = new(spec.Shape);
    private readonly BatchUses _uses = new(spec.Shape);
    private readonly List<BatchLayout> _batches = [];
    private readonly int[] _context = new int[spec.Shape.Places];
    private readonly Dictionary<int, int> _last = [];

    /// <summary>Gets the number of predictions of the block.</summary>
    public int Targets => _plan.Targets.Length;

    /// <summary>Gets the length of the stream, which comes first.</summary>
    public int StreamLength => _plan.Stream.Length;

    /// <summary>Gets the total number of integers.</summary>
    public int Length { get; private set; }

    /// <summary>Gets the batches in order.</summary>
    public IReadOnlyList<BatchLayout> Batches => _batches;

    /// <summary>Lays out a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="wave">Number of predictions of a wave, within which equal targets are linked; 0 for no links.</param>
    /// <param name="to">Receives the integers.</param>
    public void Prepare(TokenBlock block, int wave, Span<int> to)
    {
        _plan.Prepare(block);
        _batches.Clear();
        _plan.Stream.CopyTo(to);
        Length = StreamLength;
        for (int first = 0; first < Targets; first += spec.Batch)
            _batches.Add(Add(_plan.Targets.Slice(first, Math.Min(spec.Batch, Targets - first)), wave, to));
    }

    private BatchLayout Add(ReadOnlySpan<int> targets, int wave, Span<int> to)
    {
        int count = targets.Length, most = count * spec.Shape.Places;
        int first = Length, buckets = first + count, bucketUses = buckets + count, chain = bucketUses + count, uses = chain + count, starts = uses + most, rows = starts + most + 1;
        targets.CopyTo(to[first..]);
        FillBuckets(targets, to.Slice(buckets, count), to.Slice(bucketUses, count));
        FillChain(targets, wave, to.Slice(chain, count));
        int segments = _uses.List(_plan.Stream, targets, to.Slice(uses, most), to.Slice(starts, most + 1), to.Slice(rows, most));
        Length = rows + segments;
        return new BatchLayout(first, buckets, bucketUses, chain, uses, starts, rows, count, segments);
    }

    private void FillBuckets(ReadOnlySpan<int> targets, Span<int> buckets, Span<int> uses)
    {
        buckets.Clear();
        uses.Fill(spec.Batch);
        if (spec.NormalizerRows == 1)
            return;
        for (int b = 0; b < targets.Length; b++)
        {
            for (int place = 0; place < _context.Length; place++)
                _context[place] = _plan.Stream[targets[b] + spec.Shape.Offset(place)];
            buckets[b] = LanguageModelSpec.Bucket(_context, spec.NormalizerRows);
        }

        _last.Clear();
        foreach (int bucket in buckets)
            CollectionsMarshal.GetValueRefOrAddDefault(_last, bucket, out _)++;
        for (int b = 0; b < uses.Length; b++)
            uses[b] = (int)((long)_last[buckets[b]] * spec.Batch / targets.Length);
    }

    // Links equal targets as NoiseMath.Link links noise words, which only the device knows.
    private void FillChain(ReadOnlySpan<int> targets, int wave, Span<int> chain)
    {
        for (int first = 0; wave > 0 && first < targets.Length; first += wave)
        {
            int count = Math.Min(wave, targets.Length - first);
            Span<int> links = chain.Slice(first, count);
            _last.Clear();
            for (int b = 0; b < count; b++)
            {
                int word = _plan.Stream[targets[first + b]];
                bool seen = _last.TryGetValue(word, out int before);
                if (seen)
                    links[before] = links[before] < 0 ? ~b : b;
                links[b] = seen ? ~count : count;
                _last[word] = b;
            }
        }
    }
}
