using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NceFast.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace NceFast.Cli;

/// <summary>Shows a few lines on a terminal and updates them in place: bar, speed, time left, loss with its course, devices, probes.</summary>
internal sealed class LiveView : IScreenView
{
    private const int BarWidth = 36, CourseWidth = 40;
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new TerminalOutput() });
    private readonly List<double> _losses = [];
    private readonly ManualResetEventSlim _stop = new();
    private Thread? _thread;
    private TrainingProgress _progress;
    private string _prefix = "", _probe = "";
    private double _nextLoss;
    private bool _hidesCursor;

    // A separate method, so that the library of the view is loaded only when it is used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static IScreenView Create() => new LiveView();

    public void Line(string level, string message, string line)
    {
        lock (_losses)
            _console.Write(new Text(PrintableText.Escape(line) + "\n", level == "warning" ? new Style(Color.Yellow) : Style.Plain));
    }

    public void Fail(Failure failure, string line) => Line("error", failure.Message, line);

    public void Report(in TrainingProgress progress, string prefix)
    {
        lock (_losses)
        {
            (_progress, _prefix) = (progress, prefix);
            if (progress.Probe is not null)
                _probe = ProgressText.Probe(progress.Probe);
            if (double.IsFinite(progress.Loss) && progress.Fraction >= _nextLoss)
            {
                _losses.Add(progress.Loss);
                _nextLoss = progress.Fraction + (1.0 / CourseWidth);
            }
        }

        if (_thread is null)
            Start();
    }

    public void Clear()
    {
        if (_thread is null)
            return;
        _stop.Set();
        _thread.Join();
        _thread = null;
        _losses.Clear();
        (_nextLoss, _probe) = (0, "");
    }

    private void Start()
    {
        if (!_hidesCursor)
            AppDomain.CurrentDomain.ProcessExit += (_, _) => _console.Cursor.Show(); // also when a second signal ends the process at once
        _hidesCursor = true;
        _stop.Reset();
        _thread = new Thread(() => _console.Live(Draw()).AutoClear(true).Start(live =>
        {
            while (!_stop.Wait(Refresh))
                live.UpdateTarget(Draw());
        }))
        { IsBackground = true, Name = "ncefast live view" };
        _thread.Start();
    }

    private Rows Draw()
    {
        lock (_losses)
        {
            TrainingProgress p = _progress;
            var lines = new List<IRenderable> { new Markup($"[bold]{Markup.Escape(PrintableText.Escape(_prefix + ProgressText.Phase(p)))}[/]  {Bar(p.Fraction)}  {Part(p)}{(ProgressText.Left(p) is { } left ? $"  [bold]{left}[/] left" : "")}") };
            string speed = string.Create(CultureInfo.InvariantCulture, $"{p.Words / 1e6:N1} million words, {ProgressText.Speed(p)}");
            lines.Add(Row("words", ProgressText.File(p) is { } file ? $"{speed}, {file}" : speed));
            if (p.Phase == TrainingPhase.Training)
                lines.Add(Row("loss", string.Create(CultureInfo.InvariantCulture, $"{ProgressText.Figure(p.Loss, "F4")} nats  {Course()}  learning rate {p.LearningRate:G3}")));
            if (p.Device is not null)
                lines.Add(Row("device", p.Device));
            if (_probe.Length > 0)
                lines.Add(Row("probe", _probe));
            return new Rows(lines);
        }
    }

    private static Markup Row(string name, string text) => new($"[grey]{name,-8}[/]{Markup.Escape(PrintableText.Escape(text))}");

    private static string Part(in TrainingProgress p) => double.IsFinite(p.Fraction) ? string.Create(CultureInfo.InvariantCulture, $"{p.Fraction,4:P0}") : "";

    private string Bar(double fraction)
    {
        (char full, char rest) = _console.Profile.Capabilities.Unicode ? ('━', '━') : ('#', '-');
        int done = double.IsFinite(fraction) ? (int)(Math.Clamp(fraction, 0, 1) * BarWidth) : 0;
        return $"[green]{new string(full, done)}[/][grey30]{new string(rest, BarWidth - done)}[/]";
    }

    // The loss since the beginning; its highest value is the tallest bar.
    private string Course()
    {
        if (_losses.Count < 2 || !_console.Profile.Capabilities.Unicode)
            return "";
        double low = _losses.Min(), high = _losses.Max();
        return string.Concat(_losses.TakeLast(CourseWidth).Select(l => "▁▂▃▄▅▆▇█"[high > low ? (int)((l - low) / (high - low) * 7) : 0]));
    }
}

/// <summary>Describes standard error to the library of the view.</summary>
internal sealed unsafe partial class TerminalOutput : IAnsiConsoleOutput
{
    private const int Handle = 2, WindowSize = 0x5413, UsualWidth = 80, UsualHeight = 24;

    public TextWriter Writer { get; } = StandardStreams.RawError();

    public bool IsTerminal => true;

    public int Width => Size().Columns;

    public int Height => Size().Rows;

    public void SetEncoding(System.Text.Encoding encoding)
    {
    }

    private static (int Columns, int Rows) Size()
    {
        if (!OperatingSystem.IsLinux())
            return (Console.WindowWidth, Console.WindowHeight);
        ushort* size = stackalloc ushort[4]; // rows, columns and the same in pixels
        return Control(Handle, WindowSize, size) == 0 && size[0] > 0 && size[1] > 0 ? (size[1], size[0]) : (UsualWidth, UsualHeight);
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(int file, nuint request, ushort* size);
}
