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
        using var session = new Session();
        try
        {
            return Invoke(Parse(ResumeVerb.IsMeant(args) ? ResumeVerb.Expand(args, session, a => Parse(a, session)) : args, session), session);
        }
        catch (OperationCanceledException e) when (e is StoppedTogetherException or TrainingStoppedException)
        {
            session.Screen.EndLine();
            session.Ranks.Complete();
            return Report(e, session);
        }
        catch (RankFailedException e)
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
        };
        root.Options.OfType<HelpOption>().Single().Action = new HelpPrinter();
        return root;
    }

    private static int Invoke(ParseResult parsed, Session session)
    {
        List<string> errors = [.. UnknownOptions(parsed), .. parsed.Errors.Select(error => error.Message)];
        if (errors.Count > 0 && parsed.Action is not HelpPrinter)
        {
            errors.ForEach(error => session.Screen.Fail(error, ExitCode.Usage));
            session.Screen.Hint($"see '{HelpPrinter.NameOf(parsed.CommandResult.Command, parsed)} --help'.");
            return ExitCode.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    // Arguments with any number of values would accept a misspelt option as one of them.
    private static IEnumerable<string> UnknownOptions(ParseResult parsed)
    {
        HashSet<Token> taken = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens)];
        return parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash)
            .Where(t => taken.Contains(t) && t.Value.Length > 1 && t.Value[0] == '-')
            .Select(t => $"There is no option '{t.Value}'; a file or word that begins with - must follow --.");
    }

    /// <summary>Reports an error to the user.</summary>
    /// <returns>The exit code.</returns>
    internal static int Report(Exception error, Session session)
    {
        Exception e = NceFastException.MostTelling(error);
        (int code, string message) = Describe(e, session);
        if (!session.IsFirst && (code == ExitCode.Stopped || e is RankFailedException { InnerException: null }))
            return code; // one process reports it for all
        session.Screen.Fail(code is ExitCode.Stopped or ExitCode.Usage ? message : $"{message} {session.ResumeHint}".TrimEnd(), code);
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
}
