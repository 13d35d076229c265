using System.Runtime.CompilerServices;
using NceFast.Reporting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NceFast.Cli;

/// <summary>
/// Sends metrics and traces by OTLP where the standard variables name a collector (OTEL_EXPORTER_OTLP_ENDPOINT and its kin, which
/// the exporter reads itself). Without them nothing of OpenTelemetry is loaded.
/// </summary>
internal sealed class Telemetry : IDisposable
{
    private readonly IDisposable? _metrics, _traces;

    private Telemetry(IDisposable? metrics, IDisposable? traces) => (_metrics, _traces) = (metrics, traces);

    /// <summary>Begins to send; null when nobody is named. Disposing sends what is left.</summary>
    /// <param name="rank">The rank of this process.</param>
    /// <param name="ranks">The number of processes that train together.</param>
    public static IDisposable? Start(int rank, int ranks)
    {
        bool metrics = IsWanted("METRICS"), traces = IsWanted("TRACES");
        return metrics || traces ? new Telemetry(metrics ? Metrics(rank, ranks) : null, traces ? Traces(rank, ranks) : null) : null;
    }

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
    }

    /// <summary>Gets whether the variables name a collector for a signal.</summary>
    /// <param name="signal">METRICS or TRACES.</param>
    internal static bool IsWanted(string signal) =>
        new[] { "OTEL_EXPORTER_OTLP_ENDPOINT", $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT" }.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
        && !string.Equals(Environment.GetEnvironmentVariable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
        && Environment.GetEnvironmentVariable($"OTEL_{signal}_EXPORTER") is (null or "" or "otlp");

    /// <summary>Names what sends; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, so that they have the last word.</summary>
    internal static ResourceBuilder Describe(ResourceBuilder resource, int rank = 0, int ranks = 1) => resource.Clear()
        .AddService("ncefast", serviceVersion: typeof(RunMeter).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk()
        .AddAttributes([new("ncefast.rank", (long)rank), new("ncefast.ranks", (long)ranks)])
        .AddEnvironmentVariableDetector();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IDisposable Metrics(int rank, int ranks) => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(resource => Describe(resource, rank, ranks))
        .AddMeter(RunMeter.Name)
        .AddOtlpExporter()
        .Build();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IDisposable Traces(int rank, int ranks) => Sdk.CreateTracerProviderBuilder()
        .ConfigureResource(resource => Describe(resource, rank, ranks))
        .AddSource(TrainingTrace.SourceName)
        .AddOtlpExporter()
        .Build();
}
