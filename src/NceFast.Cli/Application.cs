using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using NceFast.Distribution;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Creates the verbs, runs one, and converts errors to exit codes.</summary>
internal static class Application
{
    public static int Run(string[] args)
    {
        StandardStreams.Guard();
        JsonReport.IsWritten = false;
        using var session = new Session();
        return Run(args, session);
    }

    /// <summary>Runs a verb without changing the console.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="session">The run of the program.</param>
    /// <returns>The exit code.</returns>
    internal static int Run(string[] args, Session session)
    {
        try
        {
            return Invoke(Parse(ResumeVerb.IsMeant(args) ? ResumeVerb.Expand(args, session, a => Parse(a, session)) : args, session), session);
        }
        catch (Exception e) when (e is StoppedTogetherException or TrainingStoppedException or RankFailedException)
        {
            session.Screen.EndLine();
            int code = Report(e, session); // before the end, because a launcher may kill the others when one has ended
            session.Complete(code);
            return code;
        }
        catch (ReaderGoneException)
        {
            return ExitCode.Done; // the reader of the result has left
        }
        catch (Exception e)
        {
            session.Screen.EndLine();
            int code = Report(e, session);
            session.Abort(code);
            return code;
        }
    }

    private static ParseResult Parse(string[] args, Session session)
    {
        RootCommand root = Root(session);

        // A word or file may begin with @, and -abc does not combine options here.
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        session.Screen.Flags = new MemberFlags(root);
        session.Screen.Json = session.Ranks.Rank == 0 && args.TakeWhile(a => a != "--").Contains("--json");
        session.Screen.Form = WatchArguments.FormOf(parsed); // before anything can fail
        return parsed;
    }

    /// <summary>Makes all verbs.</summary>
    /// <param name="session">The run of the program.</param>
    internal static RootCommand Root(Session session)
    {
        var root = new RootCommand("Trains word vectors and language models by noise-contrastive estimation, and works with the results.")
        {
            TrainVerb.Create(session),
            ResumeVerb.Create(),
            VocabVerb.Create(session),
            NgramVerb.Create(session),
            EvalVerb.Create(session),
            ScoreVerb.Create(session),
            GenerateVerb.Create(session),
            NeighboursVerb.Create(session),
            VectorVerb.Create(session),
            ExportVerb.Create(session),
            ReportVerb.Create(session),
            DevicesVerb.Create(session),
            DemoVerb.Create(session),
            ShellVerb.Create(),
            VersionVerb.Create(),
        };
        root.Add(HelpVerb.Create(root));
        root.Options.OfType<HelpOption>().Single().Action = new HelpPrinter();
        return root;
    }

    private static int Invoke(ParseResult parsed, Session session)
    {
        bool isQuestion = parsed.Action is HelpPrinter || parsed.Tokens is [{ Type: TokenType.Directive }, ..];
        if (!isQuestion && UsageErrors.Of(parsed) is { Count: > 0 } errors)
        {
            session.Screen.Fail(errors);
            session.Screen.Hint($"see '{HelpPrinter.NameOf(parsed.CommandResult.Command)} --help'.");
            return ExitCode.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    /// <summary>Reports an error to the user.</summary>
    /// <returns>The exit code.</returns>
    internal static int Report(Exception error, Session session)
    {
        Exception e = NceFastException.MostTelling(error);
        (int code, string message) = Describe(e, session);
        if (!session.IsFirst && (code == ExitCode.Stopped || e is RankFailedException { InnerException: null }))
            return code; // one process reports it for all
        session.Screen.Fail(new Failure(code is ExitCode.Stopped or ExitCode.Usage ? message : $"{message} {session.ResumeHint}".TrimEnd(), code) { Options = OptionsOf(e, session) });
        return code;
    }

    private static (int Code, string Message) Describe(Exception e, Session session) => e switch
    {
        NceFastException { Kind: ErrorKind.Memory, Members.Count: 0 } known => (ExitCode.Memory, $"{known.Message} Lower --dim, --max-vocab or --vocab-memory."),
        NceFastException known => (ExitCode.Of(known.Kind), known.Message),
        RankFailedException failed => (failed.InnerException is { } own ? Describe(own, session).Code : failed.Kind is { } kind ? ExitCode.Of(kind) : ExitCode.Ranks, failed.Message),
        StoppedTogetherException => (ExitCode.Stopped, "all processes stopped together; incomplete results are not written, and an older output is unchanged."),
        TrainingStoppedException => (ExitCode.Stopped, $"stopped, and saved in {session.CheckpointFolder}; continue with 'ncefast resume {session.CheckpointFolder}'{(session.Ranks.Size > 1 ? $" in {session.Ranks.Size} processes" : "")}."),
        OperationCanceledException when session.CheckpointFolder is not null => (ExitCode.Stopped, $"stopped; continue with 'ncefast resume {session.CheckpointFolder}'. An older output is unchanged."),
        OperationCanceledException => (ExitCode.Interrupted, "interrupted; incomplete results are not written, and an older output is unchanged."),
        OutOfMemoryException => (ExitCode.Memory, $"out of memory ({e.Message.TrimEnd('.')}); lower --dim, --max-vocab or --vocab-memory."),
        IOException => (ExitCode.Output, e.Message),
        _ => (ExitCode.Internal, $"internal error, {e.GetType().FullName}: {e.Message} This is a bug; please report it with the command that was run."),
    };

    // The options that the message names.
    private static List<string> OptionsOf(Exception error, Session session) =>
        error is NceFastException known && session.Screen.Flags is { } flags ? [.. known.Members.Select(flags.Of).OfType<string>().Distinct()] : [];
}
