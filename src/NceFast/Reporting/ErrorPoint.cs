using System.Text.Json;
using System.Text.Json.Serialization;
using NceFast.Reporting.Internals;

namespace NceFast.Reporting;

/// <summary>The error of an estimator at one size of sample, over repetitions: a line of a run's <c>estimation.jsonl</c>.</summary>
/// <param name="Study">What is estimated.</param>
/// <param name="Method">The estimator: <c>nce</c>, <c>ml</c> (maximum likelihood), <c>is</c> (importance sampling).</param>
/// <param name="Rows">Data rows of a repetition.</param>
/// <param name="Repetitions">Repetitions.</param>
/// <param name="SquaredError">Mean over the repetitions of the squared error, summed over the parameters.</param>
/// <param name="ErrorOfMean">Standard error of <paramref name="SquaredError"/>.</param>
/// <param name="MedianError">Median of the squared error.</param>
/// <param name="NormalizerBias">Mean of c less its true value, nats.</param>
/// <param name="NormalizerError">Root of the mean square of that difference, nats.</param>
/// <param name="Seconds">Median time of a fit.</param>
/// <param name="Nu">Noise rows a data row; null without noise.</param>
/// <param name="Predicted">Mean of what the asymptotic covariance says the squared error is; null without one.</param>
public sealed record ErrorPoint(
    string Study,
    string Method,
    int Rows,
    int Repetitions,
    double SquaredError,
    double ErrorOfMean,
    double MedianError,
    double NormalizerBias,
    double NormalizerError,
    double Seconds,
    double? Nu = null,
    double? Predicted = null)
{
    /// <summary>The estimator and its nu, for legends.</summary>
    [JsonIgnore]
    public string Label => Nu is { } nu ? FormattableString.Invariant($"{Method}, nu = {nu}") : Method;

    /// <summary>The point as a line of JSON, without its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunJson.Default.ErrorPoint);
}
