using NceFast.Objectives;
using NceFast.Sampling;

namespace NceFast.Models;

/// <summary>
/// Represents everything that a backend must know to train a model on token blocks: sizes, objective and tables. It is fixed
/// for a training, and backends only read it.
/// </summary>
/// <remarks>Several threads can use an instance at the same time.</remarks>
public abstract class ModelSpec
{
    private protected ModelSpec()
    {
    }

    /// <summary>Gets the objective.</summary>
    public required ObjectiveKind Objective { get; init; }

    /// <summary>Gets the treatment of log Z(c), which only NCE uses.</summary>
    public NormalizerKind Normalizer { get; init; }

    /// <summary>Gets k, the noise words per predicted word.</summary>
    public required int K { get; init; }

    /// <summary>Gets the number of consecutive predictions, or kept positions, that share one set of noise words. With 1, every prediction has its own.</summary>
    public required int Sharing { get; init; }

    /// <summary>Gets the noise distribution.</summary>
    public required NoiseDistribution Noise { get; init; }

    /// <summary>Gets the learning rate at the start, held to what is stable.</summary>
    public float StartRate { get; init; }

    /// <summary>Gets the seed of every random draw.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Gets the number of rows of the normaliser's table.</summary>
    public abstract int NormalizerRows { get; }

    /// <summary>Gets the number of bytes that the parameters take in host memory.</summary>
    public abstract long ParameterBytes { get; }

    /// <summary>Allocates parameters of this size.</summary>
    /// <returns>The parameters before any training; dispose them.</returns>
    /// <exception cref="NceFastException">The memory cannot be allocated (<see cref="ErrorKind.Memory"/>).</exception>
    public abstract ModelParameters CreateParameters();
}
