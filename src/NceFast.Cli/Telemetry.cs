using System.Runtime.CompilerServices;
using NceFast.Reporting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace NceFast.Cli;

/// <summary>
/// Sends metrics by OTLP where the standard variables name a collector (OTEL_EXPORTER_OTLP_ENDPOINT and its kin, which the
/// exporter reads itself). Without them nothing of OpenTelemetry is loaded.
/// </summary>
internal static class Telemetry
{
    private static readonly string[] Endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"];

    /// <summary>Begins to send; null when nobody is named. Disposing sends what is left.</summary>
    public static IDisposable? Start() => IsWanted ? Create() : null;

    private static bool IsWanted =>
        Endpoints.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
        && !string.Equals(Environment.GetEnvironmentVariable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
        && Environment.GetEnvironmentVariable("OTEL_METRICS_EXPORTER") is (null or "" or "otlp");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IDisposable Create() => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(resource => Describe(resource))
        .AddMeter(RunMeter.Name)
        .AddOtlpExporter()
        .Build();

    /// <summary>Names what sends; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, so that they have the last word.</summary>
    internal static ResourceBuilder Describe(ResourceBuilder resource) => resource.Clear()
        .AddService("ncefast", serviceVersion: typeof(RunMeter).Assembly.GetName().Version?.ToString(3))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
