using ILGPU.Runtime;
using NceFast.Corpus;
using NceFast.Kernels.WordVectors;
using NceFast.Models;
using NceFast.Objectives;

namespace NceFast.Kernels.LanguageModels;

/// <summary>Represents the device memory of one worker on a language model: the data of a block from the host, the matrices of a batch, and working memory.</summary>
internal sealed class BatchBuffers : IDisposable
{
    private readonly List<IGuardedBuffer> _all = [];
    private readonly LanguageModelSpec _spec;
    private readonly WorkSize _work;
    private readonly WaveSize _wave;
    private readonly GuardedBuffer<int> _noise, _ints, _noiseChain;
    private readonly GuardedBuffer<Float4> _inputs, _hidden, _gradient, _carried, _parts, _workRows, _scores, _rowGradients;
    private readonly GuardedBuffer<float> _logNoise, _logZ, _workFloats, _perWord, _perPrediction;

    public BatchBuffers(Accelerator accelerator, LanguageModelSpec spec, WorkSize work, WaveSize wave)
    {
        (_spec, _work, _wave) = (spec, work, wave);
        var size = new Sizes(spec, wave);
        Source = Allocate<int>(SourceLength(spec));
        Totals = Allocate<int>(4);
        Losses = Allocate<float>(size.Losses);
        _noise = Allocate<int>(size.Noise);
        _logNoise = Allocate<float>(size.LogNoise);
        _inputs = Allocate<Float4>(size.Inputs);
        _hidden = Allocate<Float4>(size.Hidden);
        _gradient = Allocate<Float4>(size.Hidden);
        _carried = Allocate<Float4>(size.Carried);
        _parts = Allocate<Float4>(size.Parts);
        _logZ = Allocate<float>(spec.Batch);
        _workRows = Allocate<Float4>(work.Groups * work.Rows);
        _workFloats = Allocate<float>(work.Groups * work.Floats);
        _ints = Allocate<int>(work.Groups * work.Ints);
        _scores = Allocate<Float4>(size.Scores);
        _rowGradients = Allocate<Float4>(size.RowGradients);
        _perWord = Allocate<float>(Math.Max(1, 2L * wave.Words));
        _perPrediction = Allocate<float>(3L * wave.Predictions);
        _noiseChain = Allocate<int>(wave.Words);

        GuardedBuffer<T> Allocate<T>(long length)
            where T : unmanaged
        {
            var buffer = new GuardedBuffer<T>(accelerator, Math.Max(1, length));
            _all.Add(buffer);
            return buffer;
        }
    }

    /// <summary>Gets the maximum number of predictions in a block: each word, and the end of each sentence.</summary>
    public static int MostTargets => 2 * TokenBlock.Capacity;

    /// <summary>Gets the plan of the block, as the host lays it out.</summary>
    public GuardedBuffer<int> Source { get; }

    /// <summary>Gets the number of losses, two unused elements and the bits of the losses' sum; see <see cref="SumKernel"/>.</summary>
    public GuardedBuffer<int> Totals { get; }

    public GuardedBuffer<float> Losses { get; }

    /// <summary>Gets the noise words of the last batch.</summary>
    public GuardedBuffer<int> Noise => _noise;

    public WorkViews Work => new()
    {
        Rows = _workRows.View,
        Floats = _workFloats.View,
        Ints = _ints.View,
        RowsSize = _work.Rows,
        FloatsSize = _work.Floats,
        IntsSize = _work.Ints,
    };

    /// <summary>Gets the matrices of a full wave, without the host's data. A shorter wave uses the first elements.</summary>
    public WaveViews Wave => new()
    {
        Scores = _scores.View,
        RowGradients = _rowGradients.View,
        Offsets = _perWord.View.SubView(0, Math.Max(1, _wave.Words)),
        Biases = _perWord.View.SubView(_wave.Words, Math.Max(1, _wave.Words)),
        Observed = _perPrediction.View.SubView(0, Math.Max(1, _wave.Predictions)),
        Squares = _perPrediction.View.SubView(_wave.Predictions, Math.Max(1, _wave.Predictions)),
        Rates = _perPrediction.View.SubView(2L * _wave.Predictions, Math.Max(1, _wave.Predictions)),
        NoiseChain = _noiseChain.View,
    };

    /// <summary>Gets the matrices of a batch, without the host's data.</summary>
    public BatchViews Batch(int count, int sets) => new()
    {
        Noise = _noise.View.SubView(0, sets == 0 ? 1 : (long)sets * _spec.NoiseSetSize),
        LogNoise = _logNoise.View.SubView(0, Math.Max(1, _spec.Bigrams is null ? 1 : (long)sets * _spec.NoiseSetSize)),
        LogNoiseOfObserved = _logNoise.View.SubView(_spec.Bigrams is null ? 0 : (long)_spec.MostSets * _spec.NoiseSetSize, _spec.Bigrams is null ? 1 : count),
        Inputs = _inputs.View,
        Hidden = _hidden.View,
        Gradient = _gradient.View,
        Carried = _carried.View,
        Parts = _parts.View,
        LogZ = _logZ.View,
        Count = count,
        Capacity = _spec.Batch,
        Chunk = Sizes.Chunk(_spec),
    };

    /// <summary>Computes the maximum number of integers that describe a block: stream, targets, buckets and their uses, links of targets, uses with their starts and rows, and starts of noise sets.</summary>
    public static long SourceLength(LanguageModelSpec spec)
    {
        LanguageModelShape shape = spec.Shape;
        long sets = spec.Bigrams is null ? 0 : MostTargets + ((MostTargets + spec.Batch - 1L) / spec.Batch);
        return (TokenBlock.Capacity * (1L + shape.Before + Math.Max(1, shape.After))) + (MostTargets * (5L + (3L * shape.Places))) + sets;
    }

    /// <summary>Computes the bytes that one worker takes.</summary>
    public static long Bytes(LanguageModelSpec spec, WorkSize work, WaveSize wave)
    {
        var size = new Sizes(spec, wave);
        return (16 * (size.Inputs + (2 * size.Hidden) + size.Carried + size.Parts + size.Scores + size.RowGradients))
            + (4 * (SourceLength(spec) + size.Losses + size.Noise + size.LogNoise + spec.Batch + (3L * wave.Words) + (3L * wave.Predictions))) + work.Bytes;
    }

    /// <summary>Determines whether nothing was written around the buffers.</summary>
    public bool AreIntact() => _all.TrueForAll(b => b.IsIntact());

    public void Dispose()
    {
        foreach (IGuardedBuffer buffer in _all)
            buffer.Dispose();
    }

    /// <summary>Represents the lengths of a batch's matrices.</summary>
    private readonly struct Sizes(LanguageModelSpec spec, WaveSize wave)
    {
        private const int LeastChunk = 128, MostChunks = 16;

        private readonly long _columns = LanguageModelBuffers.Columns(spec.Shape);

        public long Noise => !spec.Objective.Traits().DrawsNoise ? 0 : (long)spec.MostSets * spec.NoiseSetSize;

        // Those of the noise words, then those of the observed words.
        public long LogNoise => spec.Bigrams is null ? 0 : Noise + spec.Batch;

        public long Hidden => spec.Batch * _columns;

        public long Inputs => spec.Shape.PlaceWeights == PlaceWeightKind.None ? 0 : spec.Shape.Places * Hidden;

        public long Carried => spec.Shape.PlaceWeights == PlaceWeightKind.Full ? spec.Shape.Places * Hidden : 0;

        public long Parts => (spec.Batch + Chunk(spec) - 1) / Chunk(spec) * spec.Shape.PlaceRows * _columns;

        public long Scores => (long)wave.Predictions * SharedNoiseKernels.Units(spec.NoiseSetSize);

        public long RowGradients => wave.Words * _columns;

        // There is room for an observed and a noise loss per prediction, and for one noise loss per tile of scores.
        public long Losses
        {
            get
            {
                long batches = (MostTargets + spec.Batch - 1) / spec.Batch, sets = wave.Sets == 0 ? 0 : batches * spec.MostSets;
                return (2L * MostTargets) + (sets * wave.Tiles);
            }
        }

        // There are enough chunks that many groups share a small matrix, but few enough that their sum is cheap.
        public static int Chunk(LanguageModelSpec spec) => Math.Max(LeastChunk, (spec.Batch + MostChunks - 1) / MostChunks);
    }
}
