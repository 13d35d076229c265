using System.CommandLine;
using NceFast.Backends;
using NceFast.Models;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary><c>ncefast devices</c>: what can train on this machine, and why something cannot.</summary>
internal static class DevicesVerb
{
    public static Command Create(Session session)
    {
        Opt<bool> json = Opt.Json();
        Opt<int> words = Opt.Number("--words", "Model", "Forecast the memory of a model with so many words on each device; 0 for no forecast", 0);
        var model = new ModelArguments();
        var command = new Command("devices", "List the devices of this machine, best first") { words };
        foreach (Option option in model.All.Append(json))
            command.Add(option);
        command.SetAction(parsed =>
        {
            Check.Range("--words", parsed.GetValue(words), 0, int.MaxValue);
            TrainingOptions options = model.Read(parsed);
            ModelSpec? spec = parsed.GetValue(words) == 0 ? null : options.SpecFor(parsed.GetValue(words));
            IReadOnlyList<DeviceInfo> devices = DeviceCatalog.Create().Devices(spec);
            if (parsed.GetValue(json))
                WriteJson(devices);
            else
                WriteText(devices);
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteText(IReadOnlyList<DeviceInfo> devices)
    {
        foreach (DeviceInfo d in devices)
        {
            string rank = !d.Usable ? "" : d.Score < 0 ? "taken by name only, " : $"score {d.Score}, ";
            Console.Out.WriteLine($"{d.Id,-10} {d.Name}, {d.Memory / 1073741824.0:F1} GiB, {rank}{d.Details}");
            if (d.Forecast is { } need)
                Console.Out.WriteLine($"{"",-10} the model takes {need / 1073741824.0:F2} GiB");
            if (d.Reason is not null)
                Console.Out.WriteLine($"{"",-10} cannot be used: {d.Reason}");
        }
    }

    private static void WriteJson(IReadOnlyList<DeviceInfo> devices) => JsonReport.Write(json => json.Array("devices", devices, d => json.Object(null, () =>
    {
        json.WriteString("id", d.Id);
        json.WriteString("name", d.Name);
        json.WriteNumber("memoryBytes", d.Memory);
        json.WriteNumber("score", d.Score);
        if (d.Forecast is { } need)
            json.WriteNumber("forecastBytes", need);
        json.WriteBoolean("usable", d.Usable);
        json.WriteString("reason", d.Reason);
        json.WriteString("details", d.Details);
    })));
}
