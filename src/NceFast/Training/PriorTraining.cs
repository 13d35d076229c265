using System.Globalization;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Sampling;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>
/// Represents a trained model to start from: that of a checkpoint, or the file of a language model. Old words keep their rows, and new
/// words begin as in any training. Tables of the model as a whole are copied where their sizes agree, except the hashed normaliser,
/// whose buckets depend on word numbers that change. Rate and schedule begin again.
/// </summary>
internal sealed class PriorTraining : PriorModel
{
    private readonly string _path;
    private readonly SavedTraining? _run;
    private readonly LanguageModel? _model;

    private PriorTraining(string path, SavedTraining? run, LanguageModel? model)
    {
        (_path, _run, _model) = (path, run, model);
        Vocabulary = run?.ReadVocabulary() ?? model!.Vocabulary;
    }

    /// <inheritdoc/>
    public override Vocabulary Vocabulary { get; }

    /// <summary>Opens the file of a language model.</summary>
    public static PriorTraining OfLanguageModel(string path) => new(path, null, LanguageModel.Load(path));

    /// <summary>Opens a folder of checkpoints or a checkpoint.</summary>
    /// <param name="path">The path.</param>
    /// <param name="kind">Kind of model that is to be trained.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <exception cref="NceFastException">It is missing or of another kind.</exception>
    public static PriorTraining OfCheckpoint(string path, string kind, CancellationToken cancellation)
    {
        SavedTraining run = Directory.Exists(path)
            ? SavedTraining.Newest(path, _ => { }, cancellation) ?? throw new NceFastException(ErrorKind.Input, $"{path} holds no checkpoint.")
            : SavedTraining.Open(path, cancellation);
        if (run.Loop is null || run.Header.Kind != kind)
        {
            run.Dispose();
            throw new NceFastException(ErrorKind.Usage, run.Loop is null ? $"The training in {path} had not begun." : $"{path} is a {run.Header.Kind}; a {kind} cannot start from it.");
        }

        return new PriorTraining(path, run, null);
    }

    /// <inheritdoc/>
    public override void CopyTo(IReadOnlyList<ParameterTable> tables, Vocabulary vocabulary, float[]? logKNoise)
    {
        int[] ids = [.. Enumerable.Range(0, Vocabulary.Count).Select(old => vocabulary.Find(Vocabulary.Words[old]))];
        foreach (ParameterTable table in tables.Where(t => t.Rows > 0 && SizeOf(t.Name).Rows > 0))
            Copy(table, ids, vocabulary.Count);
        ParameterTable? offsets = tables.FirstOrDefault(t => t.Name == "offset" && t.Rows > 0 && SizeOf(t.Name).Rows > 0);
        if (offsets is not null && logKNoise is not null)
            ShiftOffsets(offsets, ids, logKNoise);
        Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _run?.Dispose();
        _model?.Dispose();
    }

    private void Copy(ParameterTable table, int[] ids, int words)
    {
        (long rows, int columns) = SizeOf(table.Name);
        if (columns != table.Columns || (table.Kind == TableRows.Model && rows != table.Rows && table.Name != "log-z"))
            Throw.Usage($"'{table.Name}' of {_path} has {rows:N0} rows of {columns:N0} floats, and the options ask for {table.Columns:N0}; give {Member.Of(nameof(TrainingOptions.Dim))} and the other sizes that it was trained with.");
        bool hashed = table.Kind == TableRows.Model && rows >= WordVectorSpec.ContextBuckets;
        if (hashed || (table.Kind == TableRows.Model && rows != table.Rows) || (table.Kind == TableRows.Words && rows < ids.Length))
            return;
        float[] nowhere = new float[columns];
        Read(table.Name, row => Place(table, row, ids, words) is var place and >= 0 ? table.Row(place) : nowhere);
    }

    // Rows after the last word belong to special words, and stay after the last word.
    private static long Place(ParameterTable table, long row, int[] ids, int words)
    {
        long place = table.Kind == TableRows.Model ? row : row < ids.Length ? ids[row] : words + row - ids.Length;
        return place < table.Rows ? place : -1;
    }

    // The offset is b_w - log(k p_n(w)). The noise is different now, and the bias stays.
    private void ShiftOffsets(ParameterTable offsets, int[] ids, float[] now)
    {
        IReadOnlyDictionary<string, string> options = _run!.Header.Options;
        NoiseDistribution noise = NoiseDistribution.Create(Enum.Parse<NoiseKind>(Saved(nameof(TrainingOptions.Noise))), Vocabulary.Counts, double.Parse(Saved(nameof(TrainingOptions.NoisePower)), CultureInfo.InvariantCulture));
        float[] then = noise.LogKTimesProbability(int.Parse(Saved(nameof(TrainingOptions.K)), CultureInfo.InvariantCulture));
        for (int old = 0; old < ids.Length; old++)
        {
            if (ids[old] >= 0)
                offsets.Row(ids[old])[0] += then[old] - now[ids[old]];
        }

        string Saved(string member) => options[OptionTable.NameOf<TrainingOptions>(member)];
    }

    private (long Rows, int Columns) SizeOf(string table)
    {
        if (_run is not null)
            return _run.TableNames.Contains(table) ? _run.TableSize(table) : default;
        return _model!.Parameters.Tables.FirstOrDefault(t => t.Name == table) is { } found ? (found.Rows, found.Columns) : default;
    }

    private void Read(string table, CheckpointFile.PlaceOfRow place)
    {
        if (_run is not null)
        {
            _run.ReadTable(table, place);
            return;
        }

        ParameterTable from = _model!.Parameters.Tables.First(t => t.Name == table);
        for (long row = 0; row < from.Rows; row++)
            from.Row(row).CopyTo(place(row));
    }
}
