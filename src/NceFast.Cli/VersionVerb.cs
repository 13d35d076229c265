using System.CommandLine;
using System.Reflection;

namespace NceFast.Cli;

/// <summary><c>ncefast version</c>: the same as <c>ncefast --version</c>.</summary>
internal static class VersionVerb
{
    public static Command Create()
    {
        var command = new Command("version", "Print the version, as --version does");
        command.SetAction(_ =>
        {
            Console.Out.WriteLine(typeof(VersionVerb).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
            return ExitCode.Done;
        });
        return command;
    }
}
