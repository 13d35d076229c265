using NceFast.Cli;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Runs the program in the process of the tests, without its console.</summary>
internal static class InProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Runs a command line; a run that does not end fails the test.</summary>
    /// <returns>The exit code, and all messages.</returns>
    public static (int Code, string Messages) Run(params string[] args)
    {
        var view = new CollectingView();
        Task<int> run = Task.Factory.StartNew(
            () =>
            {
                using var session = new Session { Screen = new Screen(view) };
                return Application.Run(args, session);
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Assert.True(run.Wait(Limit, TestContext.Current.CancellationToken), $"'{string.Join(' ', args)}' does not end. Its messages: {view}");
        return (run.Result, view.ToString());
    }

    private sealed class CollectingView : IScreenView
    {
        private readonly List<string> _lines = [];

        public void Line(string level, string message, string line) => Add(line);

        public void Fail(Failure failure, string line) => Add(line);

        public void Report(in TrainingProgress progress, string prefix)
        {
        }

        public void Clear()
        {
        }

        public override string ToString()
        {
            lock (_lines)
                return string.Join('\n', _lines);
        }

        private void Add(string line)
        {
            lock (_lines)
                _lines.Add(line);
        }
    }
}
