using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace NceFast.Bench.Ladder;

/// <summary>
/// Times the versions of the training kernel on one block: the host, the plain kernel with separate noise for each pair, the
/// plain kernel with shared noise, and the register kernel. Prints a table and writes a result file.
/// </summary>
internal static class LadderCommand
{
    public static Command Create()
    {
        var device = new Option<string>("--device") { Description = "cuda[:i], opencl[:i] or ilgpu-cpu.", DefaultValueFactory = _ => "opencl" };
        var dim = new Option<int>("--dim") { Description = "Floats per vector.", DefaultValueFactory = _ => 128 };
        var tokens = new Option<int>("--tokens") { Description = "Words in the block, at most 32,768.", DefaultValueFactory = _ => 20_000 };
        var output = new Option<string>("--out") { Description = "Result file.", DefaultValueFactory = _ => "ladder.json" };
        var command = new Command("ladder", "Times the kernels of one device, rung by rung, beside the host engine, and writes a result file.") { device, dim, tokens, output };
        command.SetAction(parsed => Run(parsed.GetValue(device)!, parsed.GetValue(dim), parsed.GetValue(tokens), parsed.GetValue(output)!));
        return command;
    }

    private static void Run(string device, int dim, int tokens, string output)
    {
        var rows = new List<Dictionary<string, object>>();
        foreach (LadderRung rung in LadderRung.Of(device, dim))
        {
            (double rate, string description) = rung.Measure(tokens, seconds: 3, least: 3);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rung.Spec.Model,-9} {rung.Name,-20} {rate,12:N0} words/s  {description}"));
            rows.Add(new Dictionary<string, object> { ["model"] = rung.Spec.Model.ToString(), ["rung"] = rung.Name, ["device"] = description, ["wordsPerSecond"] = rate });
        }

        File.WriteAllText(output, JsonSerializer.Serialize(new { machine = Environment.MachineName, processors = Environment.ProcessorCount, dim, tokens, rows }));
    }
}
