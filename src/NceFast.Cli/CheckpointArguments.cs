using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using NceFast.Files;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Represents the interval between two checkpoints: a time or a number of words.</summary>
internal readonly record struct CheckpointEvery(TimeSpan? Time, long? Words);

/// <summary>The options of <c>train</c> that become <see cref="CheckpointOptions"/>.</summary>
internal sealed class CheckpointArguments
{
    private const string Group = "Checkpoints";

    private const string Names = "checkpoint-*.ncf";

    private readonly Opt<string?> _folder = Opt.Path("--checkpoint", Group, "DIR", "Save the training in this folder at intervals; 'ncefast resume DIR' continues from there", PathUse.Output)
        .Fills<CheckpointOptions>(nameof(CheckpointOptions.Folder)).Shows($"{nameof(CheckpointOptions)}.{nameof(CheckpointOptions.Resume)}", "'ncefast resume' or --resume-if-present");
    private readonly Opt<CheckpointEvery> _every = new Opt<CheckpointEvery>("--checkpoint-every", Group, "10m")
    {
        Description = "Time with suffix s, m or h, or number of words of text, between two checkpoints",
        HelpName = "10m|N",
        DefaultValueFactory = _ => default,
        CustomParser = ParseEvery,
    }.Fills<CheckpointOptions>(nameof(CheckpointOptions.Interval)).Fills<CheckpointOptions>(nameof(CheckpointOptions.Words));

    private readonly Opt<int> _keep = Opt.Number("--keep", Group, "Number of newest checkpoints to keep", 3)
        .Fills<CheckpointOptions>(nameof(CheckpointOptions.Keep));

    private readonly Opt<bool> _resumeIfPresent = Opt.Flag("--resume-if-present", Group, "Continue from the newest checkpoint in the folder of --checkpoint, or begin if it holds none, so that a scheduler can start the same command again");

    private readonly Opt<string?> _from = Opt.Path("--from", Group, "PATH", "Start from the model of a checkpoint folder, a checkpoint or a language model, and add the words of the text to its words; or from a file of vectors", PathUse.Input)
        .Fills<TrainingOptions>(nameof(TrainingOptions.From));
    private readonly Opt<bool> _dryRun = Opt.Flag("--dry-run", Group, "Print what the training would need and write, measured for some seconds, and exit");

    public IEnumerable<Option> All => [_folder, _every, _keep, _resumeIfPresent, _from, _dryRun];

    /// <summary>Gets the model to start from; null for none.</summary>
    public string? From(ParseResult parsed) => parsed.GetValue(_from);

    /// <summary>Gets whether only a forecast is requested.</summary>
    public bool IsDryRun(ParseResult parsed) => parsed.GetValue(_dryRun);

    /// <summary>Describes the checkpoints in a forecast; null without a folder.</summary>
    public PlannedOutput? Planned(ParseResult parsed, TrainingForecast forecast) => parsed.GetValue(_folder) is { } folder
        ? new PlannedOutput(Path.Combine(folder, "checkpoint-*.ncf"), (parsed.GetValue(_keep) + 1L) * forecast.CheckpointBytes, $"up to {parsed.GetValue(_keep) + 1} at a time")
        : null;

    /// <summary>Gets the folder; null for none.</summary>
    public string? Folder(ParseResult parsed) => parsed.GetValue(_folder);

    /// <summary>Gets whether the command may continue an earlier training, whose run folder it then continues.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="session">The program's run.</param>
    /// <exception cref="NceFastException">No folder is given (<see cref="ErrorKind.Usage"/>).</exception>
    public bool MayContinue(ParseResult parsed, Session session)
    {
        if (parsed.GetValue(_resumeIfPresent) && Folder(parsed) is null)
            throw new NceFastException(ErrorKind.Usage, $"{_resumeIfPresent.Name} needs the folder of the checkpoints; name it with {_folder.Name} DIR.");
        return session.Resume is not null || parsed.GetValue(_resumeIfPresent);
    }

    /// <summary>Adds the files that are read and written.</summary>
    public void AddFiles(FilesInUse files, ParseResult parsed)
    {
        if (From(parsed) is { } from)
        {
            foreach (string file in Directory.Exists(from) ? Directory.GetFiles(from, Names) : [from])
                files.AddVectors(_from.Name, file);
        }

        files.AddOutputs(_folder.Name, Folder(parsed), Names);
        files.AddOutputs(_folder.Name, Folder(parsed), "lock");
    }

    /// <summary>Adds the space that checkpoints need; the newest remains until the next is complete.</summary>
    public void AddSpace(SpacePlan space, ParseResult parsed, ModelOutline model)
    {
        if (Folder(parsed) is not { } folder)
            return;
        bool hasOne = Directory.Exists(folder) && Directory.GetFiles(folder, Names).Any(f => new FileInfo(f).Length > model.CheckpointBytes / 2);
        space.Add(Path.Combine(folder, Names), (hasOne ? 1 : 2) * model.CheckpointBytes);
    }

    /// <summary>Reads the options; null without a folder. The session receives the folder, because signals depend on it.</summary>
    public CheckpointOptions? Read(ParseResult parsed, Session session, CorpusText text)
    {
        if (parsed.GetValue(_folder) is not { } folder)
            return null;
        CheckpointEvery every = parsed.GetValue(_every);
        session.CheckpointFolder = folder;
        if (session.Ranks.Size > 1) // a launcher may kill all processes before one can report it
            session.Screen.Say($"If the training ends early, start {session.Ranks.Size} processes with 'ncefast resume {folder}'.");
        return new CheckpointOptions
        {
            Folder = folder,
            Interval = every.Time,
            Words = every.Words,
            Keep = parsed.GetValue(_keep),
            Resume = MayContinue(parsed, session),
            Insist = session.Resume is { Insist: true },
            Application = RunCommand.Of(parsed).Without([_resumeIfPresent.Name]).WithInputs(text.Paths).ToJson(),
            Requests = session.Requests,
        };
    }

    private static CheckpointEvery ParseEvery(ArgumentResult result)
    {
        string given = result.Tokens[0].Value;
        if (long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out long words))
            return new CheckpointEvery(null, words);
        if (Opt.TimeOf(given) is { } time)
            return new CheckpointEvery(time, null);
        result.AddError($"--checkpoint-every is '{given}'; a time (90s, 10m, 2h) or a number of words (50000000) is needed.");
        return default;
    }
}
