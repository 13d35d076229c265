namespace NceFast.Bench.Gpu;

/// <summary>Runs the conformance classes of a kind of device, which compare every result with the host's.</summary>
internal static class ConformanceStep
{
    private const string Namespace = "NceFast.Tests.Backends.Kernels.";

    /// <summary>Finds the program of the tests beside the sources that this program was built from, and builds it if it is missing.</summary>
    /// <returns>The path of its assembly, or the reason why there is none.</returns>
    public static (string? Dll, string? Reason) Find()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "NceFast.sln")))
            root = Path.GetDirectoryName(root);
        if (root is null)
            return (null, "the sources of the tests were not found above the folder of this program; name the built NceFast.Tests.dll with --tests");
        string project = Path.Combine(root, "tests", "NceFast.Tests"), dll = Path.Combine(project, "bin", "Release", "net10.0", "NceFast.Tests.dll");
        if (!File.Exists(dll))
        {
            Console.WriteLine("Building the tests, once. The time for it is not part of the budget.");
            LimitedProcess build = LimitedProcess.Run(1800, new Dictionary<string, string>(), "dotnet", "build", "-c", "Release", project);
            if (!File.Exists(dll))
                return (null, $"the tests could not be built: {build.Lines.FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? "dotnet build failed"}");
        }

        return (dll, null);
    }

    /// <summary>Runs the classes and reports the counts. Tests that do not end in time are counted as not run.</summary>
    /// <returns>Whether no test failed.</returns>
    public static bool Run(ResultFile result, string dll, string device, double seconds)
    {
        (string[] classes, Dictionary<string, string> environment) = Choose(device);
        result.Table("class", "passed", "failed", "skipped", "time, s");
        var failures = new List<string>();
        double end = Environment.TickCount64 + (1000 * seconds);
        foreach (string name in classes)
        {
            double left = (end - Environment.TickCount64) / 1000;
            if (left < 2)
            {
                result.Line($"| {name} | | | | not run: the time for the tests was used up |");
                continue;
            }

            LimitedProcess run = LimitedProcess.Run(left, environment, "dotnet", dll, "-noColor", "-noLogo", "-reporter", "verbose", "-class", Namespace + name);
            int Count(string mark) => run.Lines.Count(line => line.StartsWith("    ", StringComparison.Ordinal) && line.Contains(mark, StringComparison.Ordinal));
            int finished = Count("[FINISHED] Time:"), failed = Count("[FAIL]"), skipped = Count("[SKIP]");
            string note = run.ExitCode is null ? ", ended by the time budget" : finished == 0 ? ", no test ran" : "";
            result.Line($"| {name} | {finished - failed - skipped} | {failed} | {skipped} | {run.Seconds:F0}{note} |");
            failures.AddRange(Describe(run, "[FAIL]"));
            if (run.ExitCode is > 0 && failed == 0)
                failures.Add($"{name} ended with exit code {run.ExitCode}: {run.Lines.LastOrDefault(line => line.Trim().Length > 0)}");
            foreach (string skip in Describe(run, "[SKIP]").Take(1))
                result.Line($"| ↳ skipped, for example | | | | {skip} |");
        }

        foreach (string failure in failures.Take(20))
            result.Line($"\n- {failure}");
        return failures.Count == 0;
    }

    private static IEnumerable<string> Describe(LimitedProcess run, string mark)
    {
        for (int i = 0; i < run.Lines.Count; i++)
        {
            string line = run.Lines[i];
            if (line.StartsWith("    ", StringComparison.Ordinal) && line.Contains(mark, StringComparison.Ordinal))
                yield return $"{line.Replace(mark, "", StringComparison.Ordinal).Trim().Replace(Namespace, "", StringComparison.Ordinal)}: {(i + 1 < run.Lines.Count ? run.Lines[i + 1].Trim() : "")}";
        }
    }

    // The classes use the first device of their kind. Another CUDA device becomes the first by an environment variable.
    private static (string[] Classes, Dictionary<string, string> Environment) Choose(string device)
    {
        string[] parts = device.Split(':');
        string prefix = parts[0] switch { "cuda" => "Cuda", "opencl" => "OpenCL", _ => "Simulator" };
        var environment = new Dictionary<string, string>();
        if (parts is ["cuda", not "0"] && Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is null)
            environment["CUDA_VISIBLE_DEVICES"] = parts[1];
        return ([$"{prefix}WordVectorTests", $"{prefix}PlainWordVectorTests", $"{prefix}LanguageModelTests"], environment);
    }
}
