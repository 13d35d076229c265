using System.Text.Json;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Reporting.Internals;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Reporting;

/// <summary>
/// Represents the folder of a run. Its files are <c>run.json</c> (the options, the results and how the run ended),
/// <c>metrics.jsonl</c> (progress), <c>evaluations.jsonl</c>, <c>words.safetensors</c> (vectors of the most frequent words) and, for
/// a study of estimators, <c>estimation.jsonl</c>. <see cref="RunReport"/> reads the folder.
/// </summary>
/// <remarks>Several threads can use an instance at the same time, if only one of them writes.</remarks>
public sealed class RunFolder
{
    /// <summary>The name of the file with the record of the run.</summary>
    public const string RecordFile = "run.json";

    /// <summary>The name of the file with the progress of the run, one JSON object per line.</summary>
    public const string MetricsFile = "metrics.jsonl";

    /// <summary>The name of the file with evaluations, one JSON object per line.</summary>
    public const string EvaluationsFile = "evaluations.jsonl";

    /// <summary>The name of the file with the errors of estimators by sample size, one <see cref="ErrorPoint"/> per line.</summary>
    public const string EstimationFile = "estimation.jsonl";

    /// <summary>The name of the safetensors file with the vectors of the most frequent words.</summary>
    public const string WordsFile = "words.safetensors";

    /// <summary>The maximum number of vectors that are kept for the report. It covers the word map and the neighbours of its words.</summary>
    public const int MaxWords = 10_000;

    private RunFolder(string path) => Path = path;

    /// <summary>Gets the path of the folder.</summary>
    public string Path { get; }

    /// <summary>Creates the folder of a new run.</summary>
    /// <param name="path">The path of the folder. It is created if it does not exist.</param>
    /// <param name="goesOn">Whether to continue a run that the folder may contain. The log is then extended, and the record is replaced.</param>
    /// <exception cref="NceFastException">The folder already contains a run (<see cref="ErrorKind.Usage"/>) or cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static RunFolder Create(string path, bool goesOn = false)
    {
        var folder = new RunFolder(path);
        try
        {
            if (FileActions.CreateFolder(path).LinkTarget is not null)
                throw new NceFastException(ErrorKind.Output, $"{path} is a symbolic link; specify the folder itself.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NceFastException(ErrorKind.Output, $"The run folder {path} cannot be created: {e.Message}", e);
        }

        if (!goesOn && File.Exists(folder.In(RecordFile)))
            Throw.Usage($"{path} already contains a run; specify another folder, or delete this one.");
        AtomicFile.EnsureWritable(folder.In(RecordFile));
        return folder;
    }

    /// <summary>Opens the folder of a run.</summary>
    /// <param name="path">The path of the folder.</param>
    /// <exception cref="NceFastException">The folder does not contain a run (<see cref="ErrorKind.Input"/>).</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        if (!File.Exists(folder.In(RecordFile)))
            Throw.Input($"{path} is not the folder of a run: it has no {RecordFile}. Name a folder that {Member.Of(nameof(RunFolder.Create))} made.");
        return folder;
    }

    /// <summary>Registers the files of the run as inputs.</summary>
    /// <param name="files">The files in use.</param>
    /// <exception cref="NceFastException">A file of the run is also registered as an output (<see cref="ErrorKind.Usage"/>).</exception>
    public void AddTo(FilesInUse files)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (string name in (string[])[RecordFile, MetricsFile, EvaluationsFile, EstimationFile, WordsFile])
            files.AddInput("the run's file", In(name));
    }

    /// <summary>Gets the path of a file in the folder.</summary>
    public string In(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>Writes <c>run.json</c>. An existing file is replaced atomically.</summary>
    /// <exception cref="NceFastException">The file cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public void Write(RunRecord record)
    {
        AtomicFile.Write(In(RecordFile), 0, stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            JsonSerializer.Serialize(json, record, RunJson.Default.RunRecord);
        });
    }

    /// <summary>Reads <c>run.json</c>.</summary>
    /// <exception cref="NceFastException">The file cannot be read or is damaged (<see cref="ErrorKind.Input"/>).</exception>
    public RunRecord Read()
    {
        try
        {
            return JsonSerializer.Deserialize(RunLines.Bytes(In(RecordFile)), RunJson.Default.RunRecord) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new NceFastException(ErrorKind.Input, $"{In(RecordFile)}, line {(e.LineNumber ?? 0) + 1} is not a valid record of a run; the file is damaged.", e);
        }
    }

    /// <summary>Writes the vectors of the first words, which are the most frequent ones.</summary>
    /// <param name="words">The words, most frequent first.</param>
    /// <param name="matrix">The vectors of the words, <c>[at least words, dim]</c>.</param>
    /// <param name="cancellation">A token that stops the writing.</param>
    /// <exception cref="NceFastException">The vectors cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public void WriteWords(WordList words, AlignedMatrix matrix, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(matrix);
        var first = new WordList.Builder();
        int count = Math.Min(MaxWords, words.Count);
        using var rows = new AlignedMatrix(count, matrix.Columns);
        for (int id = 0; id < count; id++)
        {
            first.Add(words[id]);
            matrix.Row(id).CopyTo(rows.Row(id));
        }

        VectorFile.Write(In(WordsFile), new WordVectors(first.Build(), rows), VectorFormat.Safetensors, cancellation);
    }

    /// <summary>Appends an evaluation.</summary>
    /// <exception cref="NceFastException">The evaluation cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public void Add(RunEvaluation evaluation)
    {
        try
        {
            using var log = new LineLog(In(EvaluationsFile));
            log.Append(JsonSerializer.SerializeToUtf8Bytes(evaluation, RunJson.Default.RunEvaluation));
        }
        catch (Exception e) when (PrivateFile.IsFailure(e))
        {
            throw new NceFastException(ErrorKind.Output, $"The evaluation cannot be added to {Path}: {e.Message}", e);
        }
    }
}
