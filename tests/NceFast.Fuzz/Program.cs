using System.CommandLine;
using System.Diagnostics;
using NceFast.Fuzz;

Option<long> inputs = new("--inputs") { Description = "Inputs in all, dealt over the parsers", DefaultValueFactory = _ => 100_000 };
Option<int> seed = new("--seed") { Description = "Seed of the changes", DefaultValueFactory = _ => 1 };
Option<string[]> only = new("--targets") { Description = "Only these parsers", AllowMultipleArgumentsPerToken = true };
Option<string?> save = new("--save") { Description = "Folder for inputs with an answer of their own, and for those that failed" };
var root = new RootCommand("Gives damaged inputs to every parser of NceFast: none may crash, hang, or take memory out of proportion to the input.") { inputs, seed, only, save };
root.SetAction(parsed => Fuzzing.Run(parsed.GetValue(inputs), parsed.GetValue(seed), parsed.GetValue(only) ?? [], parsed.GetValue(save)));
return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });

/// <summary>Runs a campaign for each parser and reports the result.</summary>
internal static class Fuzzing
{
    public static int Run(long inputs, int seed, string[] only, string? save)
    {
        TextWriter report = Console.Out;
        var targets = FuzzTargets.All.Where(t => only.Length == 0 || only.Contains(t.Name)).Select(t => t.Create()).ToList();
        double shares = targets.Sum(t => 1 / t.Cost);
        int failures = 0;
        using var watchdog = new Watchdog((target, input, why) =>
        {
            report.WriteLine($"{target}: an input {why}; it is {Save(save ?? ".", target, "failed", input)}");
            Environment.Exit(3);
        });
        foreach (FuzzTarget target in targets)
        {
            var watch = Stopwatch.StartNew();
            var campaign = new Campaign(target, seed, watchdog, FuzzTargets.Kept(target.Name));
            campaign.Run((long)Math.Ceiling(inputs / target.Cost / shares));
            report.WriteLine(FormattableString.Invariant($"{target.Name,-18} {campaign.Inputs,12:N0} inputs, {campaign.Read,11:N0} read, {campaign.Kept.Count,5:N0} answers, {campaign.Failures.Count} failures, {watch.Elapsed.TotalSeconds,7:F1} s"));
            foreach (Failure failure in campaign.Failures)
                report.WriteLine($"  {Save(save ?? ".", target.Name, "failed", failure.Input)}: {failure.What}");
            failures += campaign.Failures.Count;
            if (save is not null)
                campaign.Kept.ToList().ForEach(input => Save(save, target.Name, "kept", input));
            report.Flush();
        }

        return failures == 0 ? 0 : 1;
    }

    private static string Save(string folder, string target, string kind, byte[] input)
    {
        string name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(input))[..12];
        string path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, target)).FullName, $"{kind}-{name}");
        File.WriteAllBytes(path, input);
        return path;
    }
}
