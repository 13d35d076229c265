using System.CommandLine;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>What <c>ncefast resume</c> asks of the training it goes on with.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Insist">Whether to go on although something differs.</param>
internal sealed record ResumeRequest(string Folder, bool Insist);

/// <summary>
/// <c>ncefast resume DIR [options of train]</c>: the command that is kept in the newest checkpoint is given again, with the
/// options that are given now in place of those then.
/// </summary>
internal static class ResumeVerb
{
    private const string Name = "resume", Force = "--force", Folder = "--checkpoint";

    public static Command Create() => new(Name, "Go on with a training from its newest checkpoint, and write its outputs")
    {
        new Argument<string>("DIR") { Description = "Folder that --checkpoint was given; options of 'train' after it replace those of the run" },
        Opt.Flag(Force, "Checkpoints", "Continue although the text or an option is another than it was").Fills<CheckpointOptions>(nameof(CheckpointOptions.Insist)),
    };

    public static bool IsMeant(string[] args) => args.Length > 1 && args[0] == Name && !args[1].StartsWith('-');

    /// <summary>The <c>train</c> command to run instead.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="session">Takes the wish to resume.</param>
    /// <param name="parse">Parses a command line.</param>
    public static string[] Expand(string[] args, Session session, Func<string[], ParseResult> parse)
    {
        string folder = Path.GetFullPath(args[1]);
        string[] given = [.. args.Skip(2).Where(a => a != Force)];
        session.Connect(SyncArguments.Timeout(parse(["train", .. given])));
        CheckpointInfo info = CheckpointInfo.Newest(folder, session.Cancellation, session.Ranks);
        var command = RunCommand.FromJson(info.Application, info.Path);
        ParseResult parsed = parse(["train", .. given]);
        RunCommand changes = RunCommand.Of(parsed).Without([Folder]);
        if ((info.Folder != folder ? $"was made in {info.Folder}" : info.Doubt) is { } doubt)
            command = WithoutOutputs(command, changes, parsed, $"The run in {folder} {doubt}");
        session.Resume = new ResumeRequest(folder, args.Contains(Force));
        return command.With(changes).With(new RunCommand([], new Dictionary<string, string?> { [Folder] = folder })).ToArgs();
    }

    // A folder from elsewhere, or one that others may have changed, must not say where this user's files are written.
    private static RunCommand WithoutOutputs(RunCommand command, RunCommand changes, ParseResult parsed, string doubt)
    {
        if (!changes.Options.ContainsKey("--out"))
            throw new NceFastException(ErrorKind.Usage, $"{doubt}; outputs that such a folder names are not written. Name them anew with --out.");
        return command.Without(parsed.CommandResult.Command.Options.Where(o => RunCommand.UseOf(o) == PathUse.Output).Select(o => o.Name));
    }
}
