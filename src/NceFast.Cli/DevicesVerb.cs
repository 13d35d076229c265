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
            BackendCatalog catalog = DeviceCatalog.Create();
            IReadOnlyList<DeviceInfo> devices = catalog.Devices(spec);
            (DeviceInfo? chosen, string reason) = Choose(catalog);
            if (parsed.GetValue(json))
                WriteJson(devices, chosen, reason);
            else
                WriteText(devices, chosen, reason);
            return ExitCode.Done;
        });
        return command;
    }

    // The environment variable may name a device that cannot be used, and the error then explains the choice.
    private static (DeviceInfo? Device, string Reason) Choose(BackendCatalog catalog)
    {
        try
        {
            DeviceChoice choice = catalog.Choose();
            return (choice.Device, choice.Reason);
        }
        catch (NceFastException e) when (e.Kind == ErrorKind.Device)
        {
            return (null, e.Message);
        }
    }

    private static void WriteText(IReadOnlyList<DeviceInfo> devices, DeviceInfo? chosen, string reason)
    {
        foreach (DeviceInfo d in devices)
        {
            string memory = d.Memory > 0 ? Units.Size(d.Memory) : "", rank = !d.Usable ? "" : d.Score < 0 ? "taken by name only" : $"score {d.Score}";
            Console.Out.WriteLine($"{d.Id,-10} {string.Join(", ", new[] { d.Name, memory, rank, d.Details }.Where(part => part.Length > 0))}");
            if (d.Forecast is { } need)
                Console.Out.WriteLine($"{"",-10} the model takes {Units.Size(need)}");
            if (d.Reason is not null)
                Console.Out.WriteLine($"{"",-10} cannot be used: {d.Reason}");
        }

        Console.Out.WriteLine(chosen is null ? $"{"auto",-10} cannot choose: {reason}" : $"{"auto",-10} chooses {chosen.Id}: {reason}");
    }

    private static void WriteJson(IReadOnlyList<DeviceInfo> devices, DeviceInfo? chosen, string reason) => JsonReport.Write(json =>
    {
        json.Array("devices", devices, d => json.Object(null, () =>
        {
            json.WriteString("id", d.Id);
            json.WriteString("name", d.Name);
            json.WriteNumber("memoryBytes", d.Memory);
            json.WriteNumber("score", d.Score);
            if (d.Forecast is { } need)
                json.WriteNumber("forecastBytes", need);
            json.WriteBoolean("usable", d.Usable);
            json.WriteString("reason", d.Reason);
            json.WriteBoolean("driverFailed", d.DriverFailed);
            json.WriteString("details", d.Details);
        }));
        json.Object("auto", () =>
        {
            json.WriteString("device", chosen?.Id);
            json.WriteString("reason", reason);
        });
    });
}
