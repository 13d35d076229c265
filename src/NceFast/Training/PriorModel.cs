using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Distribution;
using NceFast.Files;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Training;

/// <summary>Represents a model to start from with a new text.</summary>
internal abstract class PriorModel : IDisposable
{
    /// <summary>Gets its words, with their counts, which are added to those of the text; null if the words are those of the text alone.</summary>
    public virtual Vocabulary? Vocabulary => null;

    /// <summary>Gets the bytes that it keeps in memory until <see cref="CopyTo"/>.</summary>
    public virtual long Bytes => 0;

    /// <summary>Opens a folder of checkpoints, a checkpoint, a language model, or vectors; a model of vectors starts from vectors only.</summary>
    /// <param name="options">The options of the training.</param>
    /// <param name="kind">Kind of model that is to be trained.</param>
    /// <param name="vocabularyGiven">Whether a vocabulary was given, which only vectors allow.</param>
    /// <param name="ranks">The processes.</param>
    /// <param name="logger">Receives what was found in vectors.</param>
    /// <param name="cancellation">Stops the checking.</param>
    /// <returns>The model, or null for none.</returns>
    /// <exception cref="NceFastException">It is missing or of another kind.</exception>
    public static PriorModel? Open(TrainingOptions options, string kind, bool vocabularyGiven, ICommunicator ranks, ILogger logger, CancellationToken cancellation)
    {
        if (options.From is not { } path)
            return null;
        bool isModel = !Directory.Exists(path) && !IsCheckpoint(path);
        if (isModel && kind == CheckpointHeader.Vectors)
            return new PriorVectors(path, options.Dim, ranks, logger, cancellation);
        if (vocabularyGiven)
            Throw.Usage($"{Member.Of(nameof(CorpusOptions.VocabularyIn))} and {Member.Of(nameof(TrainingOptions.From))} are both given; with {Member.Of(nameof(TrainingOptions.From))} the words are those of the model and of the text.");
        return isModel ? PriorTraining.OfLanguageModel(path) : PriorTraining.OfCheckpoint(path, kind, cancellation);
    }

    /// <summary>Replaces the rows of old words by its own, and disposes it, because it would stay in memory during the whole training.</summary>
    /// <param name="tables">Tables of the new model.</param>
    /// <param name="vocabulary">Its words.</param>
    /// <param name="logKNoise">log(k p_n(w)) of the new model, which its offsets hold; null when it has no offsets.</param>
    public abstract void CopyTo(IReadOnlyList<ParameterTable> tables, Vocabulary vocabulary, float[]? logKNoise);

    /// <inheritdoc/>
    public abstract void Dispose();

    private static bool IsCheckpoint(string path)
    {
        try
        {
            byte[] head = new byte[CheckpointWriter.Magic.Length];
            using FileStream file = FileActions.OpenRead(path);
            return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.AsSpan().SequenceEqual(CheckpointWriter.Magic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NceFastException(ErrorKind.Input, $"{path} cannot be read: {e.Message}", e);
        }
    }
}
