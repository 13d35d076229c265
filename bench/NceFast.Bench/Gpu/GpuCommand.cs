using System.CommandLine;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;
using NceFast.Backends;
using NceFast.Bench.Ladder;
using NceFast.Kernels;
using NceFast.Objectives;

namespace NceFast.Bench.Gpu;

/// <summary>Measures everything about one device within a few minutes: conformance, training beside the host, and the kernel ladder.</summary>
internal static class GpuCommand
{
    private const int NoDevice = 7, BadUsage = 2, Failed = 1;

    // The seconds after the time budget that the step at work has to end.
    private const int Grace = 20;

    // When the steps must end, as shares of the whole time. What a step leaves is used by the steps after it.
    private const double TestsEnd = 0.45, TrainingsEnd = 0.8, LadderEnd = 0.97;

    public static Command Create()
    {
        var device = new Option<string>("--device") { Description = "auto, cuda[:i], opencl[:i], or cpu for the simulator of a device.", DefaultValueFactory = _ => "auto" };
        var corpus = new Option<string?>("--corpus") { Description = "Plain text to train on; default: a generated text." };
        var valid = new Option<string?>("--valid") { Description = "Held-out text; default: the end of the text." };
        var pairs = new Option<string?>("--pairs") { Description = "Word-similarity file, to measure the vectors." };
        var questions = new Option<string?>("--questions") { Description = "Analogy file, to measure the vectors." };
        var dim = new Option<int>("--dim") { Description = "Floats per vector of the trainings.", DefaultValueFactory = _ => 128 };
        var epochs = new Option<int>("--epochs") { Description = "Epochs of the trainings, fewer where the time is short.", DefaultValueFactory = _ => 3 };
        var dims = new Option<int[]>("--dims") { Description = "Floats per vector in the ladder.", DefaultValueFactory = _ => [100, 128, 300], AllowMultipleArgumentsPerToken = true };
        var budget = new Option<int>("--budget") { Description = "Seconds for everything, without the building of the tests.", DefaultValueFactory = _ => 450 };
        var tests = new Option<string?>("--tests") { Description = "Path of the built NceFast.Tests.dll, or 'none' to run no tests; default: the one of these sources, which is built if it is missing." };
        var fullW2V = new Option<string?>("--full-w2v") { Description = "Path of a built FULL-W2V, which trains on the same text." };
        var fullW2VArguments = new Option<string?>("--full-w2v-arguments") { Description = "Further arguments for FULL-W2V, separated by spaces." };
        var work = new Option<string>("--work") { Description = "Folder for texts and vectors.", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "ncefast-gpu") };
        var output = new Option<string>("--out") { Description = "Result file, in Markdown.", DefaultValueFactory = _ => "gpu.md" };
        var command = new Command("gpu", "Runs the conformance tests on a device, trains on it and on the host, times its kernels, and writes one result file.")
        {
            device, corpus, valid, pairs, questions, dim, epochs, dims, budget, tests, fullW2V, fullW2VArguments, work, output,
        };
        command.SetAction(parsed => Run(new Settings(
            parsed.GetValue(device)!,
            parsed.GetValue(corpus),
            parsed.GetValue(valid),
            parsed.GetValue(pairs),
            parsed.GetValue(questions),
            parsed.GetValue(dim),
            parsed.GetValue(epochs),
            parsed.GetValue(dims)!,
            parsed.GetValue(budget),
            parsed.GetValue(tests),
            parsed.GetValue(fullW2V),
            (parsed.GetValue(fullW2VArguments) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
            parsed.GetValue(work)!,
            parsed.GetValue(output)!)));
        return command;
    }

    private static int Run(Settings settings)
    {
        BackendCatalog.Default.AddAccelerators();
        if (!TryFind(settings.Device, out DeviceInfo? device, out string reason))
        {
            Console.Error.WriteLine(reason);
            return NoDevice;
        }

        if (settings.Corpus is { } path && GpuText.Reject(path) is { } fault)
        {
            Console.Error.WriteLine(fault);
            return BadUsage;
        }

        (string? dll, string? missing) = settings.Tests switch
        {
            null => ConformanceStep.Find(),
            "none" => (null, "--tests none"),
            string named => (named, null),
        };
        Directory.CreateDirectory(settings.Work);
        var budget = new TimeBudget(settings.Budget);
        var result = new ResultFile(settings.Output);
        using var limit = new Timer(_ => End(result, budget), null, TimeSpan.FromSeconds(settings.Budget + Grace), Timeout.InfiniteTimeSpan);
        Describe(result, device, settings);

        result.Heading("Conformance");
        bool conforms = true;
        if (dll is null)
            result.Line($"Not run: {missing}.");
        else
            conforms = ConformanceStep.Run(result, dll, device.Id, budget.Until(TestsEnd));

        (bool trained, double rate, double bandwidth) = Train(result, settings, device, budget);

        result.Heading("Kernel ladder");
        result.Line("One worker trains on one block of words with Zipf's frequencies, all of which are kept; the best of several repetitions. The host is one thread.");
        result.Line();
        LadderStep.Run(result, device.Id, settings.Dims, rate, bandwidth, budget.Until(LadderEnd));
        result.Line();
        result.Line($"The whole measurement took {budget.Elapsed:F0} s of {budget.Seconds:F0} s.");
        Console.WriteLine($"The result is in {settings.Output}.");
        return conforms && trained ? 0 : Failed;
    }

    // A kernel or a driver that hangs cannot be cancelled, and may also block an orderly exit.
    private static void End(ResultFile result, TimeBudget budget)
    {
        result.Line();
        result.Line($"The measurement was ended after {budget.Elapsed:F0} s of {budget.Seconds:F0} s, because the step at work did not end.");
        Process.GetCurrentProcess().Kill();
    }

    private static bool TryFind(string name, [NotNullWhen(true)] out DeviceInfo? device, out string reason)
    {
        device = null;
        reason = "";
        try
        {
            if (name == "auto")
            {
                device = BackendCatalog.Default.Devices().Where(d => d.Usable && d.Score > 0 && d.Id != "host").MaxBy(d => d.Score);
                if (device is null)
                    reason = "No accelerator can be used: " + string.Join("; ", BackendCatalog.Default.Devices().Where(d => !d.Usable).Select(d => $"{d.Id}: {d.Reason}")) + ". --device cpu measures the simulator.";
                return device is not null;
            }

            device = BackendCatalog.Default.Resolve(name == "cpu" ? "ilgpu-cpu" : name);
            if (device.Id == "host")
                reason = "The host is measured beside a device; choose a device.";
            return device.Id != "host";
        }
        catch (NceFastException e)
        {
            reason = e.Message;
            return false;
        }
    }

    private static void Describe(ResultFile result, DeviceInfo device, Settings settings)
    {
        string version = typeof(BackendCatalog).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        result.Line($"# {device.Name}");
        result.Line();
        result.Table("", "");
        result.Line($"| date | {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC |");
        result.Line($"| device | {device.Id}: {device.Name}, {device.Memory / 1073741824.0:F1} GiB; {device.Details} |");
        result.Line($"| driver | {Driver(device.Id)} |");
        result.Line($"| machine | {Environment.ProcessorCount} cores, {Processor()}, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1073741824.0:F0} GiB |");
        result.Line($"| system | {RuntimeInformation.OSDescription.Trim()}, {RuntimeInformation.ProcessArchitecture}, {RuntimeInformation.FrameworkDescription} |");
        result.Line($"| version | {version} |");
        result.Line($"| command | `gpu {string.Join(' ', Environment.GetCommandLineArgs().Skip(2))}` |");
        result.Line($"| time budget | {settings.Budget} s |");
    }

    private static (bool Trained, double Rate, double Bandwidth) Train(ResultFile result, Settings settings, DeviceInfo device, TimeBudget budget)
    {
        result.Heading("Training");
        double bandwidth = 0, rate = 1, host = 1;
        try
        {
            bandwidth = DeviceBandwidth.Measure(device.Id, device.Memory);
            LadderRung pilot = LadderRung.Of(device.Id, settings.Dim).First(r => r.Name == "register");
            rate = Pilot(pilot);
            host = Pilot(LadderRung.Host(pilot.Spec)) * Environment.ProcessorCount;
        }
        catch (Exception e) when (e is NceFastException or ILGPU.Runtime.AcceleratorException)
        {
            result.Line($"The device failed: {e.Message}");
            return (false, rate, bandwidth);
        }

        ObjectiveKind[] objectives = [ObjectiveKind.Nce, ObjectiveKind.Neg];
        int trainings = (2 * objectives.Length) + (settings.FullW2V is null ? 0 : 1);
        double each = budget.Until(TrainingsEnd) / trainings;
        int epochs = settings.Epochs;
        long words = (long)(each / 2 * Math.Min(rate, host) / epochs);
        if (words < 500_000 && epochs > 1)
            (epochs, words) = (1, words * epochs);
        GpuText text = settings.Corpus is null ? GpuText.Generate(settings.Work, words) : GpuText.Cut(settings.Work, settings.Corpus, settings.Valid, words);
        result.Line($"Text: {text.Description}. Skip-gram, dim {settings.Dim}, {epochs} epoch{(epochs == 1 ? "" : "s")}, window 5, k = 5, subsample 1e-4, min-count 5; the size of the text and the epochs follow from the time budget.");
        result.Line($"Memory bandwidth of the device, measured by copies within it (bytes read and written): {bandwidth:F1} GB/s. The share counts {RowTraffic.RowsPerWord(ObjectiveKind.Nce)} (nce) or {RowTraffic.RowsPerWord(ObjectiveKind.Neg)} (neg) rows of 4 x dim bytes per kept word.");
        result.Line();
        var quality = new VectorQuality(text, settings.Pairs, settings.Questions);
        var step = new TrainingStep(result, text, quality, device.Id, settings.Dim, epochs, bandwidth);
        step.Begin();
        bool trained = true;
        foreach (ObjectiveKind objective in objectives)
        {
            foreach (string where in new[] { device.Id, "host" })
            {
                if (budget.Until(TrainingsEnd) is > 2 and double left)
                    trained &= step.Run(where, objective, Math.Min(left, 1.5 * each)) > 0 || where == "host";
                else
                    result.Line($"| {where}, {TrainingStep.NameOf(objective)} | not run: the time for the trainings was used up |");
            }
        }

        if (settings.FullW2V is { } program)
            FullW2VStep.Run(result, program, settings.FullW2VArguments, text, settings.Work, quality, settings.Dim, epochs, Math.Max(2, Math.Min(budget.Until(LadderEnd), 1.5 * each)));
        return (trained, rate, bandwidth);
    }

    // Short blocks first, because a slow device must not use up the time; longer ones while they take less than a tenth of a second.
    private static double Pilot(LadderRung rung)
    {
        double rate = 0;
        foreach (int tokens in new[] { 160, 2_000, LadderRung.MaxTokens })
        {
            rate = rung.Measure(tokens, seconds: 0.2, least: 1).WordsPerSecond;
            if (rate < 10 * tokens)
                break;
        }

        return rate;
    }

    private static string Driver(string device)
    {
        const string Loaded = "/proc/driver/nvidia/version";
        if (!device.StartsWith("cuda", StringComparison.Ordinal))
            return "see device";
        return File.Exists(Loaded) ? File.ReadLines(Loaded).First() : $"see device; {Loaded} does not exist";
    }

    private static string Processor()
    {
        const string Info = "/proc/cpuinfo";
        string? line = File.Exists(Info) ? File.ReadLines(Info).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? "processor unknown";
    }

    private sealed record Settings(
        string Device, string? Corpus, string? Valid, string? Pairs, string? Questions, int Dim, int Epochs, int[] Dims, int Budget, string? Tests,
        string? FullW2V, string[] FullW2VArguments, string Work, string Output);
}
