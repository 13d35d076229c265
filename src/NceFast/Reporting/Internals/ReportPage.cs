namespace NceFast.Reporting.Internals;

/// <summary>Everything the page draws; its script reads it as JSON.</summary>
/// <param name="Run">What the run is.</param>
/// <param name="Name">Name of its folder.</param>
/// <param name="Made">When the page was made.</param>
/// <param name="Progress">Samples of training.</param>
/// <param name="Epochs">Ends of epochs.</param>
/// <param name="Probes">Probes.</param>
/// <param name="Messages">Warnings and information.</param>
/// <param name="Evaluations">Evaluations.</param>
/// <param name="Estimation">Error of estimators against sample size.</param>
/// <param name="Map">The map; null without vectors.</param>
/// <param name="Unreadable">Lines that could not be read.</param>
internal sealed record ReportPage(
    RunRecord Run,
    string Name,
    DateTimeOffset Made,
    IReadOnlyList<RunSample> Progress,
    IReadOnlyList<RunSample> Epochs,
    IReadOnlyList<RunSample> Probes,
    IReadOnlyList<RunSample> Messages,
    IReadOnlyList<RunEvaluation> Evaluations,
    IReadOnlyList<EstimationPoint> Estimation,
    WordMap? Map,
    int Unreadable);

/// <summary>The error of an estimator at a sample size.</summary>
/// <param name="Series">Estimator and setting.</param>
/// <param name="Samples">Sample size.</param>
/// <param name="Error">Error.</param>
internal sealed record EstimationPoint(string Series, double Samples, double Error);
