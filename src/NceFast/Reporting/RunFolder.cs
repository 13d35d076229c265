using System.Text.Json;
using NceFast.Exports;
using NceFast.Files;
using NceFast.Numerics;
using NceFast.Reporting.Internals;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Reporting;

/// <summary>
/// The folder of a run: <c>run.json</c> (what it is and how it ended), <c>metrics.jsonl</c> (its course),
/// <c>evaluations.jsonl</c>, <c>words.safetensors</c> (vectors of the most frequent words), and <c>estimation.jsonl</c> of a study of
/// estimators. <see cref="RunReport"/> reads it.
/// </summary>
public sealed class RunFolder
{
    /// <summary>What the run is.</summary>
    public const string RecordFile = "run.json";

    /// <summary>Its course, a JSON object a line.</summary>
    public const string MetricsFile = "metrics.jsonl";

    /// <summary>Evaluations, a JSON object a line.</summary>
    public const string EvaluationsFile = "evaluations.jsonl";

    /// <summary>Error of estimators against sample size, an <see cref="ErrorPoint"/> a line.</summary>
    public const string EstimationFile = "estimation.jsonl";

    /// <summary>Vectors of the most frequent words, safetensors.</summary>
    public const string WordsFile = "words.safetensors";

    /// <summary>Vectors kept for the report: enough for its map and the neighbours of what the map shows.</summary>
    public const int MaxWords = 10_000;

    private RunFolder(string path) => Path = path;

    /// <summary>Path of the folder.</summary>
    public string Path { get; }

    /// <summary>Makes the folder of a new run.</summary>
    /// <param name="path">A folder that holds no run yet; made when absent.</param>
    /// <param name="goesOn">Whether the run goes on with one that the folder may hold: the log is added to, the record replaced.</param>
    /// <exception cref="NceFastException">It holds a run (<see cref="ErrorKind.Usage"/>) or cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public static RunFolder Create(string path, bool goesOn = false)
    {
        var folder = new RunFolder(path);
        try
        {
            if (Directory.CreateDirectory(path).LinkTarget is not null)
                throw new NceFastException(ErrorKind.Output, $"{path} is a symbolic link; name the folder itself.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NceFastException(ErrorKind.Output, $"The run folder {path} cannot be made: {e.Message}", e);
        }

        if (!goesOn && File.Exists(folder.In(RecordFile)))
            Throw.Usage($"{path} holds a run already; name another folder, or delete that one.");
        AtomicFile.EnsureWritable(folder.In(RecordFile));
        return folder;
    }

    /// <summary>Opens the folder of a run.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="NceFastException">It holds no run (<see cref="ErrorKind.Input"/>).</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        if (!File.Exists(folder.In(RecordFile)))
            Throw.Input($"{path} is no folder of a run: it has no {RecordFile}. 'ncefast train ... --run {path}' makes one.");
        return folder;
    }

    /// <summary>Adds the files of the run to those that a piece of work reads.</summary>
    /// <param name="files">The files of the work.</param>
    /// <exception cref="NceFastException">One of them is an output of the work (<see cref="ErrorKind.Usage"/>).</exception>
    public void AddTo(FilesInUse files)
    {
        ArgumentNullException.ThrowIfNull(files);
        foreach (string name in (string[])[RecordFile, MetricsFile, EvaluationsFile, EstimationFile, WordsFile])
            files.AddInput("the run's file", In(name));
    }

    /// <summary>Path of a file in the folder.</summary>
    public string In(string file) => System.IO.Path.Combine(Path, file);

    /// <summary>Writes <c>run.json</c>, replacing an older one as a whole.</summary>
    /// <exception cref="NceFastException">It cannot be written (<see cref="ErrorKind.Output"/>).</exception>
    public void Write(RunRecord record)
    {
        AtomicFile.Write(In(RecordFile), 0, stream =>
        {
            using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            JsonSerializer.Serialize(json, record, RunJson.Default.RunRecord);
        });
    }

    /// <summary>Keeps the vectors of the most frequent words, which stand first.</summary>
    /// <param name="words">The words by falling frequency.</param>
    /// <param name="matrix">Their vectors, <c>[at least words, dim]</c>.</param>
    /// <param name="cancellation">Stops the writing.</param>
    /// <exception cref="NceFastException">They cannot be written (<see cref="ErrorKind.Output"/>).</exception>
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

    /// <summary>Adds an evaluation.</summary>
    /// <exception cref="NceFastException">It cannot be written (<see cref="ErrorKind.Output"/>).</exception>
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
