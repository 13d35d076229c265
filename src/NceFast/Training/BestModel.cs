using System.Text.Json;
using System.Text.Json.Nodes;
using NceFast.Corpus;
using NceFast.Distribution;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Store;

namespace NceFast.Training;

/// <summary>Validates a language model after each epoch, and keeps the parameters that did best.</summary>
/// <param name="model">The model.</param>
/// <param name="text">Validation text; null for none.</param>
/// <param name="form">Where the text is in its file.</param>
/// <param name="rate">Learning rate at the start.</param>
/// <param name="schedule">How the learning rate changes.</param>
/// <param name="ranks">The processes. Rank 0 validates, so that all decide alike.</param>
internal sealed class BestModel(LanguageModel model, string? text, TextOptions form, double rate, RateSchedule schedule, ICommunicator ranks) : IDisposable, ICheckpointPart
{
    private readonly HalvingSchedule _schedule = new(rate);
    private readonly LanguageModelParameters? _copy = text is null ? null : new LanguageModelParameters(model.Shape, model.Parameters.LogZ.Length);
    private int? _epoch;

    /// <summary>Gets the learning rate by the rule of halving.</summary>
    public double Rate => _schedule.Rate;

    /// <summary>Gets whether there are best parameters to go back to.</summary>
    public bool Exists => _epoch is not null;

    /// <inheritdoc/>
    public IReadOnlyList<ParameterTable> Tables => _copy is null ? [] : [.. _copy.Tables.Where(t => !t.IsState)];

    /// <summary>Validates the parameters after an epoch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="cancellation">Stops the validation.</param>
    /// <returns>The validation, which is null without a validation text, and how the training continues.</returns>
    public (PerplexityResult? Result, EpochDecision Decision) Validate(int epoch, CancellationToken cancellation)
    {
        if (text is null)
            return (null, EpochDecision.GoOn);
        PerplexityResult? result = null;
        ranks.Together(() => result = ranks.Rank == 0 ? PerplexityEvaluation.Measure(model, text, 0, cancellation, null, form) : null);
        result = ranks.ShareValue(result!, CheckpointJson.Default.PerplexityResult);
        return (result, Choose(epoch, result.Perplexity));
    }

    /// <summary>Puts the best parameters into the model.</summary>
    /// <returns>Their epoch; null when there was no validation.</returns>
    public int? Restore()
    {
        if (Exists)
            model.Parameters.CopyFrom(_copy!);
        return _epoch;
    }

    /// <inheritdoc/>
    public JsonNode Save() => JsonSerializer.SerializeToNode(new State(_schedule.Rate, _schedule.Best, _schedule.Without, _epoch), CheckpointJson.Default.State)!;

    /// <inheritdoc/>
    public void Restore(JsonNode state)
    {
        State saved = state.Deserialize(CheckpointJson.Default.State)!;
        (_schedule.Rate, _schedule.Best, _schedule.Without, _epoch) = (saved.Rate, saved.Best, saved.Without, saved.Epoch);
    }

    /// <inheritdoc/>
    public void Dispose() => _copy?.Dispose();

    // Only halving ends early: the last epochs of a linear schedule are slow and usually the best.
    private EpochDecision Choose(int epoch, double perplexity)
    {
        bool isBest = _schedule.Next(perplexity), halves = schedule == RateSchedule.Halving;
        if (isBest)
        {
            _copy!.CopyFrom(model.Parameters);
            _epoch = epoch;
        }
        else if (Exists && halves)
        {
            model.Parameters.CopyFrom(_copy!);
        }

        return halves && _schedule.IsOver ? EpochDecision.End : !isBest && Exists && halves ? EpochDecision.Reload : EpochDecision.GoOn;
    }

    /// <summary>Represents the state of the schedule and the best epoch, as a checkpoint holds them.</summary>
    internal sealed record State(double Rate, double Best, int Without, int? Epoch);
}
