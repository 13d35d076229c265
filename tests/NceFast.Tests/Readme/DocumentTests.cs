using System.CommandLine;
using NceFast.Cli;
using Xunit;

namespace NceFast.Tests.Readme;

/// <summary>Tests the documents: links lead somewhere, commands are those of the program, and samples are compiled.</summary>
public sealed class DocumentTests
{
    private static readonly string Root = ReadmeTests.FindRoot();

    /// <summary>Programs that the machines of the tests lack, or that need a network or a cluster.</summary>
    private static readonly string[] Absent = ["aws", "curl", "docker", "kubectl", "mpirun", "podman", "sbatch", "srun", "unzip", "wget", "wikiextractor"];

    [Fact]
    public void Links_and_anchors_exist()
    {
        var wrong = new List<string>();
        foreach (Document document in Document.All)
        {
            foreach (string link in document.Links().Where(link => !link.StartsWith("http", StringComparison.Ordinal) && !link.StartsWith("mailto:", StringComparison.Ordinal)))
            {
                string[] parts = link.Split('#');
                string path = parts[0].Length == 0 ? document.Path : Path.GetRelativePath(Root, Path.Combine(Root, Path.GetDirectoryName(document.Path)!, parts[0]));
                if (!Path.Exists(Path.Combine(Root, path)))
                    wrong.Add($"{document}: {link} is not a file or folder");
                else if (parts.Length > 1 && !Document.Read(path).Anchors().Contains(parts[1]))
                    wrong.Add($"{document}: {link}: {path} has no such heading");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void The_program_accepts_every_command_line()
    {
        string[] lines = [.. Document.OfUsers.SelectMany(document => document.Code.Concat(document.Spans().Where(span => span.StartsWith("ncefast ", StringComparison.Ordinal))))];
        string[][] commands = [.. lines.SelectMany(line => ShellLine.Parse(line).Commands).Select(ArgumentsOf).OfType<string[]>()];
        Assert.True(commands.Length > 60, $"Only {commands.Length} commands were found.");
        Assert.DoesNotContain(commands.Select(Error), error => error.Length > 0);
    }

    [Fact]
    public void Commands_that_need_more_than_a_machine_are_marked()
    {
        string[] lines = [.. Document.OfUsers.SelectMany(document => document.Code).Where(line => ShellLine.Parse(line).Commands.Any(command => Absent.Contains(command[0])))];
        Assert.True(lines.Length > 8);
        Assert.All(lines, line => Assert.Contains("not run here", ShellLine.Parse(line).Remark, StringComparison.Ordinal));
    }

    [Fact]
    public void Projects_in_commands_exist()
    {
        string[] projects = [.. Document.All.Where(document => !document.Path.StartsWith("bench/results", StringComparison.Ordinal)).SelectMany(document => document.Code)
            .SelectMany(line => ShellLine.Parse(line).Commands).Where(command => command.Contains("--project")).Select(command => command[Array.IndexOf(command, "--project") + 1])];
        Assert.NotEmpty(projects);
        Assert.All(projects, project => Assert.NotEmpty(Directory.GetFiles(Path.Combine(Root, project), "*.csproj")));
    }

    [Fact]
    public void Options_in_the_text_exist()
    {
        using var session = new Session();
        var known = Verbs(Application.Root(session)).SelectMany(verb => verb.Options).SelectMany(NamesOf).ToHashSet();
        string[] foreign = ["--", "--bind-to", "--global", "--tool-path", "--nodes", "--project", "--source", "--version", "--help"];
        string[] named = [.. Document.OfUsers.SelectMany(document => document.Spans()).Where(span => span.StartsWith("--", StringComparison.Ordinal)).Select(span => span.Split(' ', ',', '=')[0])];
        Assert.True(named.Length > 100);
        Assert.Empty(named.Except(known).Except(foreign));
    }

    [Fact]
    public void Every_sample_is_a_file_that_is_compiled_here()
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(Root, "tests/NceFast.Tests/Readme"), "*Sample.cs").Select(File.ReadAllText)];
        string[] samples = [.. Document.OfUsers.SelectMany(document => document.Fenced).Where(block => block.Language == "csharp").Select(block => block.Text)
            .Where(text => !text.Contains("Microsoft.ML.Tokenizers", StringComparison.Ordinal))]; // this package is not referenced here
        Assert.Equal(files.Select(text => text.ReplaceLineEndings("\n")).Order(StringComparer.Ordinal), samples.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Exit_codes_are_those_of_the_program() => Assert.Equal(
        ExitCode.Meanings.Select(row => row.Code.Trim()),
        Document.Read("src/docs/running.md").Below("## Exit codes").Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(line => line.Split('|')[1].Trim()));

    [Fact]
    public void A_wrong_command_is_found()
    {
        Assert.NotEmpty(Error(["train", "text", "--out", "v", "--dimension", "3"]));
        Assert.NotEmpty(Error(["train", "text"]));
        Assert.NotEmpty(Error(["trian", "text", "--out", "v"]));
        Assert.NotEmpty(Error(["resume", "run", "--dimension", "3"]));
        Assert.Empty(Error(["resume", "run", "--force", "--dim", "3"]));
    }

    [Fact]
    public void Lines_are_divided_as_a_shell_divides_them()
    {
        ShellLine line = ShellLine.Parse("find 'a b' -name \"*.gz\" | ncefast train - --column-separator '|' > x.txt  # not run here; really");
        Assert.Equal(["find", "a b", "-name", "*.gz"], line.Commands[0]);
        Assert.Equal(["ncefast", "train", "-", "--column-separator", "|"], line.Commands[1]);
        Assert.Equal("not run here; really", line.Remark);
    }

    // Gets what follows the name of the program; null if the command starts another one, or names the program alone.
    private static string[]? ArgumentsOf(string[] command)
    {
        int name = command is ["dotnet", "run", ..] && command.Contains("src/NceFast.Cli") ? Array.IndexOf(command, "--")
            : command is ["ncefast", ..] or ["mpirun" or "srun", ..] or ["docker", "run", ..] ? Array.IndexOf(command, "ncefast") : -1;
        return name < 0 || (name == command.Length - 2 && command[^1] is not "devices" && !command[^1].StartsWith('-')) ? null : command[(name + 1)..];
    }

    private static string Error(string[] command)
    {
        // The options after the folder of a resume are those of a training.
        if (command is ["resume", _, _, ..])
            command = ["train", "text", .. command.Skip(2).Where(word => word != "--force"), .. command.Contains("--out") ? Array.Empty<string>() : ["--out", "v"]];
        using var session = new Session();
        ParseResult parsed = Application.Root(session).Parse(command, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        string[] errors = [.. UsageErrors.Of(parsed).Select(failure => failure.Message)];
        return errors.Length == 0 ? "" : $"ncefast {string.Join(' ', command)}: {string.Join("; ", errors)}";
    }

    private static IEnumerable<string> NamesOf(Option option) => [option.Name, .. option.Aliases, .. (option as IHelped)?.ForeignNames ?? []];

    private static IEnumerable<Command> Verbs(Command command) => command.Subcommands.SelectMany(Verbs).Prepend(command);
}
