using NceFast.Reporting;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Progress at intervals, at each epoch's end, and whatever a probe measured.</summary>
internal abstract class IntervalView : IScreenView
{
    private const long Interval = 10_000;
    private long _next = Environment.TickCount64 + Interval;

    public abstract void Line(string level, string message, string line);

    public virtual void Fail(Failure failure, string line) => Line("error", failure.Message, line);

    public void Report(in TrainingProgress progress, string prefix)
    {
        bool happened = progress.Ended is not null || progress.Probe is not null;
        if (!happened && Environment.TickCount64 < _next)
            return;
        Show(progress, prefix);
        _next = Environment.TickCount64 + Interval;
    }

    public void Clear()
    {
    }

    protected abstract void Show(in TrainingProgress progress, string prefix);
}

/// <summary>Writes lines for people, to a file or a pipe.</summary>
internal sealed class LineView : IntervalView
{
    public override void Line(string level, string message, string line) => Console.Error.WriteLine(line);

    protected override void Show(in TrainingProgress progress, string prefix) => Console.Error.WriteLine(prefix + ProgressText.Of(progress));
}

/// <summary>Writes one JSON object per line, as in a run folder.</summary>
internal sealed class JsonView : IntervalView
{
    public override void Line(string level, string message, string line) => Write(Samples.Message(level, message));

    public override void Fail(Failure failure, string line) =>
        Console.Error.WriteLine(failure.AddTo(RunLog.ToLine(Samples.Message("error", failure.Message) with { ExitCode = failure.Code, Kind = ExitCode.NameOf(failure.Code) })));

    protected override void Show(in TrainingProgress progress, string prefix) => Write(Samples.Of(progress));

    private static void Write(RunSample sample) => Console.Error.WriteLine(System.Text.Encoding.UTF8.GetString(RunLog.ToLine(sample)));
}
