using System.Runtime.InteropServices;
using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Specifies where the integers of a batch begin in the host's data of a block, and how many there are.</summary>
internal readonly record struct BatchLayout(int Targets, int Buckets, int BucketUses, int Chain, int Uses, int Starts, int Rows, int Count, int Segments)
{
    /// <summary>Gets the waves of shared noise; empty when noise is not shared.</summary>
    public required IReadOnlyList<WaveLayout> Waves { get; init; }

    /// <summary>Gets where the first predictions of the noise sets begin, for bigram noise only.</summary>
    public int SetStarts { get; init; }

    /// <summary>Gets the number of noise sets.</summary>
    public int Sets { get; init; }
}

/// <summary>Specifies the predictions and the noise sets of a wave within its batch.</summary>
internal readonly record struct WaveLayout(int First, int Count, int FirstSet, int Sets);

/// <summary>Lays out the predictions of a block in one array of integers: the stream, then targets, buckets, uses of buckets, links and uses of rows batch by batch.</summary>
/// <param name="spec">The model.</param>
internal sealed class PredictionLayout(LanguageModelSpec spec)
{
    private readonly LanguageModelPlan _plan = new(spec.Shape);
    private readonly BatchUses _uses = new(spec.Shape);
    private readonly List<BatchLayout> _batches = [];
    private readonly int[] _context = new int[spec.Shape.Places];
    private readonly Dictionary<int, int> _last = [];
    private readonly NoiseSets? _sets = spec.Bigrams is null ? null : new NoiseSets(spec.Sharing, spec.Batch);

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
    /// <param name="waveSets">Maximum number of noise sets of a wave.</param>
    /// <param name="to">Receives the integers.</param>
    public void Prepare(TokenBlock block, int wave, int waveSets, Span<int> to)
    {
        _plan.Prepare(block);
        _batches.Clear();
        _plan.Stream.CopyTo(to);
        Length = StreamLength;
        for (int first = 0; first < Targets; first += spec.Batch)
            _batches.Add(Add(_plan.Targets.Slice(first, Math.Min(spec.Batch, Targets - first)), wave, waveSets, to));
    }

    private BatchLayout Add(ReadOnlySpan<int> targets, int wave, int waveSets, Span<int> to)
    {
        if (_sets is not null)
            targets = _sets.Divide(_plan.Stream, targets);
        IReadOnlyList<WaveLayout> waves = wave == 0 ? [] : _sets is null ? Waves(targets.Length, wave) : Waves(_sets.Starts, wave, waveSets);
        int count = targets.Length, most = count * spec.Shape.Places;
        int first = Length, buckets = first + count, bucketUses = buckets + count, chain = bucketUses + count, uses = chain + count, starts = uses + most, rows = starts + most + 1;
        targets.CopyTo(to[first..]);
        FillBuckets(targets, to.Slice(buckets, count), to.Slice(bucketUses, count));
        FillChain(targets, waves, to.Slice(chain, count));
        int segments = _uses.List(_plan.Stream, targets, to.Slice(uses, most), to.Slice(starts, most + 1), to.Slice(rows, most));
        int setStarts = Length = rows + segments;
        if (_sets is not null)
        {
            _sets.Starts.CopyTo(to[setStarts..]);
            Length += _sets.Starts.Length;
        }

        int sets = !spec.Objective.Traits().DrawsNoise ? 0 : _sets?.Count ?? (count + spec.Sharing - 1) / spec.Sharing;
        return new BatchLayout(first, buckets, bucketUses, chain, uses, starts, rows, count, segments) { Waves = waves, SetStarts = setStarts, Sets = sets };
    }

    private List<WaveLayout> Waves(int predictions, int wave)
    {
        var waves = new List<WaveLayout>();
        for (int first = 0; first < predictions; first += wave)
        {
            int count = Math.Min(wave, predictions - first);
            waves.Add(new WaveLayout(first, count, first / spec.Sharing, (count + spec.Sharing - 1) / spec.Sharing));
        }

        return waves;
    }

    // Whole sets, whose lengths differ.
    private static List<WaveLayout> Waves(ReadOnlySpan<int> starts, int wave, int waveSets)
    {
        var waves = new List<WaveLayout>();
        for (int set = 0, end; set < starts.Length - 1; set = end)
        {
            for (end = set + 1; end < starts.Length - 1 && end - set < waveSets && starts[end + 1] - starts[set] <= wave;)
                end++;
            waves.Add(new WaveLayout(starts[set], starts[end] - starts[set], set, end - set));
        }

        return waves;
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
    private void FillChain(ReadOnlySpan<int> targets, IReadOnlyList<WaveLayout> waves, Span<int> chain)
    {
        foreach ((int first, int count, _, _) in waves)
        {
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
