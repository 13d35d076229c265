using System.CommandLine;
using System.Text.RegularExpressions;
using NceFast.Cli;
using Xunit;

namespace NceFast.Tests.Samples;

/// <summary>Tests the commands and the exit codes in src/deploy, which need systems that a test machine lacks.</summary>
public sealed partial class DeployTests
{
    private static readonly string Folder = Path.Combine(Readme.ReadmeTests.FindRoot(), "src", "deploy");

    [Theory]
    [InlineData("container/Containerfile", 2)]
    [InlineData("slurm/train.sbatch", 1)]
    [InlineData("kubernetes/job.yaml", 1)]
    [InlineData("kubernetes/mpijob.yaml", 1)]
    [InlineData("systemd/ncefast@.service", 1)]
    public void Program_accepts_every_command_line(string file, int count)
    {
        string text = File.ReadAllText(Path.Combine(Folder, file)).Replace("\\\n", " ", StringComparison.Ordinal);
        string[][] commands = [.. CommandLine().Matches(text).Select(match => Word().Matches(match.Value).Select(word => word.Value).ToArray())];
        Assert.Equal(count, commands.Length);
        using var session = new Session();
        Assert.All(commands, command =>
        {
            ParseResult parsed = Application.Root(session).Parse(command);
            Assert.Equal("train", parsed.CommandResult.Command.Name);
            Assert.Empty(parsed.Errors.Select(error => error.Message));
            Assert.DoesNotContain(parsed.GetRequiredValue<string[]>("INPUT"), input => input.StartsWith('-')); // an unknown option would be an input
        });
    }

    // A build and a publish name the executable like this, so that the image needs no link.
    [Fact]
    public void The_container_starts_the_program_by_the_name_that_a_build_gives_it()
    {
        string name = ProgramName().Match(File.ReadAllText(Path.Combine(Readme.ReadmeTests.FindRoot(), "src/NceFast.Cli/NceFast.Cli.csproj"))).Groups[1].Value;
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? $"{name}.exe" : name)));
        string container = File.ReadAllText(Path.Combine(Folder, "container/Containerfile"));
        Assert.Contains($"ENTRYPOINT [\"{name}\"]", container, StringComparison.Ordinal);
        Assert.DoesNotContain("ln -s", container, StringComparison.Ordinal);
    }

    // The samples for several processes say so, because their command continues a checkpoint of any number of processes.
    [Theory]
    [InlineData("README.md")]
    [InlineData("slurm/train.sbatch")]
    public void Another_number_of_processes_may_continue(string file)
    {
        string text = File.ReadAllText(Path.Combine(Folder, file));
        Assert.DoesNotContain("the same number of", text, StringComparison.Ordinal);
        Assert.Contains("--shards own", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_is_in_the_table()
    {
        string page = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.All(Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "README.md"), file =>
            Assert.Contains($"({Path.GetRelativePath(Folder, file)})", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Stopped_trainings_are_started_again_and_wrong_ones_are_not()
    {
        Assert.Contains($"\"$code\" -eq {ExitCode.Stopped} ", Read("slurm/train.sbatch"), StringComparison.Ordinal);
        Assert.Contains($"values: [{ExitCode.Stopped}]", Read("kubernetes/job.yaml"), StringComparison.Ordinal);
        Assert.Contains($"values: [{ExitCode.Usage}, {ExitCode.Input}, {ExitCode.EmptyVocabulary}]", Read("kubernetes/job.yaml"), StringComparison.Ordinal);
        Assert.Contains($"RestartPreventExitStatus={ExitCode.Usage} {ExitCode.Input} {ExitCode.EmptyVocabulary}\n", Read("systemd/ncefast@.service"), StringComparison.Ordinal);

        static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));
    }

    [GeneratedRegex("<ProgramName>([^<]+)</ProgramName>")]
    private static partial Regex ProgramName();

    // From the verb to the end of the line, or to the end of the list in JSON notation.
    [GeneratedRegex(@"(?<=\bncefast(:gpu)?(\s|"", "")|args: \["")train\b[^\n\]]*")]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"[^\s"",]+")]
    private static partial Regex Word();
}
