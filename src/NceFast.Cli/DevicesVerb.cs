using System.CommandLine;
using NceFast.Backends;

namespace NceFast.Cli;

/// <summary><c>ncefast devices</c>: what can train on this machine, and why something cannot.</summary>
internal static class DevicesVerb
{
    public static Command Create(Session session)
    {
        Opt<bool> json = Opt.Json();
        var command = new Command("devices", "List the devices of this machine, best first") { json };
        command.SetAction(parsed =>
        {
            IReadOnlyList<DeviceInfo> devices = DeviceCatalog.Create().Devices();
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
            Console.Out.WriteLine($"{d.Id,-10} {d.Name}, {d.Memory / 1073741824.0:F1} GiB, {d.Details}");
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
        json.WriteBoolean("usable", d.Usable);
        json.WriteString("reason", d.Reason);
        json.WriteString("details", d.Details);
    })));
}
