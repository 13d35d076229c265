using System.Runtime.InteropServices;
using NceFast.Reporting;

namespace NceFast.Bench.Estimation;

/// <summary>Stores a study in a run folder and creates its report.</summary>
internal sealed class StudyRun : IDisposable
{
    private readonly RunFolder _folder;
    private readonly StreamWriter _points;
    private RunRecord _record;

    public StudyRun(string path, string study, int repetitions)
    {
        _folder = RunFolder.Create(path);
        _record = new RunRecord
        {
            Version = typeof(RunFolder).Assembly.GetName().Version!.ToString(3),
            Title = $"estimation, {study}",
            Started = DateTimeOffset.UtcNow,
            Options = [new RunOption("--repetitions", FormattableString.Invariant($"{repetitions}"), true)],
            Machine = [new RunFigure("Runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}")],
        };
        _folder.Write(_record);
        _points = File.CreateText(_folder.In(RunFolder.EstimationFile));
    }

    public void Add(ErrorPoint point)
    {
        _points.WriteLine(point.ToJson());
        _points.Flush();
    }

    /// <summary>Marks the run as completed and writes <c>report.html</c>.</summary>
    public void End()
    {
        _record = _record with { State = RunState.Done, Ended = DateTimeOffset.UtcNow };
        _folder.Write(_record);
        RunReport.Write(_folder, _folder.In("report.html"));
    }

    public void Dispose() => _points.Dispose();
}
