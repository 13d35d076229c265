namespace NceFast.Reporting.Internals;

/// <summary>Represents the data of a report page. The script of the page reads it as JSON.</summary>
/// <param name="Runs">The runs, in the order in which they are shown.</param>
/// <param name="Made">The time when the page was written.</param>
internal sealed record ReportPage(IReadOnlyList<ReportRun> Runs, DateTimeOffset Made)
{
    /// <summary>Gets the title of the page.</summary>
    public string Title => Runs is [{ } only] ? only.Run.Title : $"{Runs.Count} runs";
}

/// <summary>Represents the data of one run on a report page.</summary>
/// <param name="Run">The record of the run.</param>
/// <param name="Name">The name of the run folder.</param>
/// <param name="Intervals">The course of the training, with means per interval.</param>
/// <param name="Epochs">The samples at the ends of epochs.</param>
/// <param name="Probes">The samples of probes.</param>
/// <param name="Messages">The errors, warnings and information.</param>
/// <param name="Evaluations">The evaluations of the trained model.</param>
/// <param name="Estimation">The errors of estimators by sample size.</param>
/// <param name="Map">The word map; null without vectors.</param>
/// <param name="Unreadable">The number of lines that could not be read.</param>
/// <param name="Duration">How long the run took, seconds: of a continued run, the sum of its processes; null if it has not ended.</param>
internal sealed record ReportRun(
    RunRecord Run,
    string Name,
    IReadOnlyList<RunInterval> Intervals,
    IReadOnlyList<RunSample> Epochs,
    IReadOnlyList<RunSample> Probes,
    IReadOnlyList<RunSample> Messages,
    IReadOnlyList<RunEvaluation> Evaluations,
    IReadOnlyList<EstimationPoint> Estimation,
    WordMap? Map,
    int Unreadable,
    double? Duration);

/// <summary>Represents the error of an estimator at one sample size.</summary>
/// <param name="Series">The study and the estimator, separated by ": ".</param>
/// <param name="Samples">The sample size.</param>
/// <param name="Error">The squared error.</param>
internal sealed record EstimationPoint(string Series, double Samples, double Error);
