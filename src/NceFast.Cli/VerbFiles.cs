using NceFast.Corpus;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Reporting;

namespace NceFast.Cli;

/// <summary>Adds what verbs read and write to the files of the program, so that no output replaces an input.</summary>
internal static class VerbFiles
{
    private const string StandardInput = "-";

    /// <summary>Adds the files of a corpus, its list, and the file that standard input comes from.</summary>
    public static void AddText(this FilesInUse files, CorpusText text)
    {
        foreach (string name in text.Source.Names)
            files.AddInput("the text", name);
        files.AddText(CorpusInput.ListName, text.List);
        if (text.Paths.Contains(StandardInput))
            files.AddStandardInput();
    }

    /// <summary>Checks the text and the option <c>--out</c> of a verb that writes one file, and holds both.</summary>
    public static void HoldTextAndOutput(Session session, CorpusText text, string output)
    {
        session.Files.AddText(text);
        session.Files.AddOutput("--out", output);
        WarnIfRead(session, text.Selecting, "--out", output);
        VectorFile.EnsureWritable(output);
        session.Files.Hold();
    }

    /// <summary>Adds a text that may be standard input.</summary>
    public static void AddText(this FilesInUse files, string what, string? path)
    {
        if (path == StandardInput)
            files.AddStandardInput();
        else
            files.AddInput(what, path);
    }

    /// <summary>Adds a file of vectors that is read, and the words beside it.</summary>
    public static void AddVectors(this FilesInUse files, string what, string? path)
    {
        files.AddInput(what, path);
        if (path is null)
            return;
        files.AddInput("the words of the vectors,", path + VectorFile.NpyWordsSuffix);
        string plain = Path.ChangeExtension(path, null); // of a compressed array
        if (plain.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            files.AddInput("the words of the vectors,", plain + VectorFile.NpyWordsSuffix);
            files.AddInput("the words of the vectors,", plain + VectorFile.NpyWordsSuffix + Path.GetExtension(path));
        }
    }

    /// <summary>Adds a file of vectors that is written, and the words beside it.</summary>
    public static void AddVectors(this FilesInUse files, string option, string path, VectorFormat format)
    {
        files.AddOutput(option, path);
        if (format == VectorFormat.Npy)
            files.AddOutput($"the words of {option},", path + VectorFile.NpyWordsSuffix);
    }

    /// <summary>Adds the files that a training writes in its run folder.</summary>
    public static void AddRun(this FilesInUse files, string option, string? folder)
    {
        if (string.IsNullOrWhiteSpace(folder))
            return;
        foreach (string name in (string[])[RunFolder.RecordFile, RunFolder.MetricsFile, RunFolder.WordsFile])
            files.AddOutput(option, Path.Combine(folder, name), isHeld: false);
    }

    /// <summary>Adds the file that an evaluation is added to.</summary>
    public static void AddEvaluations(this FilesInUse files, string? folder)
    {
        if (!string.IsNullOrWhiteSpace(folder))
            files.AddOutput("--run", Path.Combine(folder, RunFolder.EvaluationsFile), isHeld: false);
    }

    /// <summary>Warns of an output that a later run with the same inputs would read as text.</summary>
    public static void WarnIfRead(Session session, IReadOnlyList<string> inputs, string option, string? output)
    {
        if (output is not null && CorpusSource.WouldRead(inputs, output))
            session.Screen.Warn($"{option} {output} lies where the text is read from; a later run with the same inputs reads it as text, or refuses to replace it.");
    }

    /// <summary>Refuses a folder whose files the same training would read as text when it continues.</summary>
    public static void RefuseIfRead(IReadOnlyList<string> inputs, string option, string? folder, string file)
    {
        if (!string.IsNullOrWhiteSpace(folder) && CorpusSource.WouldRead(inputs, Path.Combine(folder, file)))
            throw new NceFastException(ErrorKind.Usage, $"{option} {folder} lies where the text is read from, so that 'ncefast resume' would read its files as text; name a folder elsewhere.");
    }

    private static void AddStandardInput(this FilesInUse files)
    {
        if (!OperatingSystem.IsWindows())
            files.AddInput("standard input", "/dev/stdin");
    }
}
