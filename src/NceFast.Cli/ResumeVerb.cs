using System.CommandLine;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Represents the request of <c>ncefast resume</c> to continue a training.</summary>
/// <param name="Folder">The folder of the checkpoints.</param>
/// <param name="Insist">Whether to continue although something differs.</param>
internal sealed record ResumeRequest(string Folder, bool Insist);

/// <summary>
/// <c>ncefast resume DIR [options of train]</c>: runs the command in the newest checkpoint again. Options that are given now replace
/// those in the checkpoint.
/// </summary>
internal static class ResumeVerb
{
    private const string Name = "resume", Force = "--force", Folder = "--checkpoint";

    public static Command Create() => new(Name, "Continue a training from its newest checkpoint, and write its outputs")
    {
        new Argument<string>("DIR") { Description = "Folder of the checkpoints; options of 'train' after it replace those of the training" },
        Opt.Flag(Force, "Checkpoints", "Continue although the text or an option differs").Shows($"{nameof(CheckpointOptions)}.{nameof(CheckpointOptions.Insist)}", "--force of 'ncefast resume'"),
    };

    public static bool IsMeant(string[] args) => args.Length > 1 && args[0] == Name && !args[1].StartsWith('-');

    /// <summary>Creates the <c>train</c> command to run instead.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="session">Receives the request.</param>
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
            command = WithoutOutputs(command, changes, parsed, $"The folder {folder} {doubt}");
        session.Resume = new ResumeRequest(folder, args.Contains(Force));
        return command.With(changes).With(new RunCommand([], new Dictionary<string, string?> { [Folder] = folder })).ToArgs();
    }

    // A folder from elsewhere, or one that others may have changed, must not decide where this user's files are written.
    private static RunCommand WithoutOutputs(RunCommand command, RunCommand changes, ParseResult parsed, string doubt)
    {
        if (!changes.Options.ContainsKey("--out"))
            throw new NceFastException(ErrorKind.Usage, $"{doubt}; outputs that it names are not written. Name them again with --out.");
        return command.Without(parsed.CommandResult.Command.Options.Where(o => RunCommand.UseOf(o) == PathUse.Output).Select(o => o.Name));
    }
}
