using System.Text.Json;
using System.Text.Json.Nodes;
using NceFast.Distribution;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Store;

namespace NceFast.Training;

/// <summary>Validates a language model after each epoch, reports it, and keeps the parameters that did best.</summary>
/// <param name="model">The model.</param>
/// <param name="text">Validation text; null for none.</param>
/// <param name="rate">Learning rate at the start.</param>
/// <param name="schedule">How it changes.</param>
/// <param name="ranks">The processes; rank 0 validates, so that all decide alike.</param>
internal sealed class BestModel(LanguageModel model, string? text, double rate, RateSchedule schedule, ICommunicator ranks) : IDisposable, ICheckpointPart
{
    private readonly HalvingSchedule _schedule = new(rate);
    private readonly LanguageModelParameters? _copy = text is null ? null : new LanguageModelParameters(model.Shape, model.Parameters.LogZ.Length);
    private List<LanguageEpochReport> _reports = [];
    private int? _epoch;

    /// <summary>Learning rate by the rule of halving.</summary>
    public double Rate => _schedule.Rate;

    /// <summary>Time spent on validation.</summary>
    public double Seconds { get; private set; }

    /// <summary>Whether there are best parameters to go back to.</summary>
    public bool Exists => _epoch is not null;

    /// <summary>The epochs so far.</summary>
    public IReadOnlyList<LanguageEpochReport> Reports => _reports;

    /// <summary>Whether training should end. A linear fall has its end fixed: its last, slow epochs are the best ones.</summary>
    public bool IsOver => schedule == RateSchedule.Halving && _schedule.IsOver;

    /// <summary>Whether the last validation put the best parameters back into the model.</summary>
    public bool WentBack { get; private set; }

    /// <summary>The model.</summary>
    public LanguageModel Model => model;

    /// <inheritdoc/>
    public IReadOnlyList<ParameterTable> Tables => _copy is null ? [] : [.. _copy.Tables.Where(t => !t.IsState)];

    /// <summary>Takes the parameters after an epoch.</summary>
    /// <returns>Their perplexity; null without a validation text.</returns>
    public PerplexityResult? Validate(EpochReport epoch, float learningRate, CancellationToken cancellation)
    {
        WentBack = false;
        PerplexityResult? result = null;
        if (text is not null)
        {
            ranks.Together(() => result = ranks.Rank == 0 ? PerplexityEvaluation.Measure(model, text, 0, cancellation) : null);
            result = ranks.ShareValue(result!);
            Choose(epoch.Epoch, result);
        }

        _reports.Add(new LanguageEpochReport(epoch.Epoch, epoch.Words, epoch.Predictions, epoch.Loss, learningRate, epoch.Seconds, result));
        return result;
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
    public JsonNode Save() => JsonSerializer.SerializeToNode(new State(_schedule.Rate, _schedule.Best, _schedule.Without, _epoch, Seconds, _reports), CheckpointContent.Json)!;

    /// <inheritdoc/>
    public void Restore(JsonNode state)
    {
        State saved = state.Deserialize<State>(CheckpointContent.Json)!;
        (_schedule.Rate, _schedule.Best, _schedule.Without) = (saved.Rate, saved.Best, saved.Without);
        (_epoch, Seconds, _reports) = (saved.Epoch, saved.Seconds, [.. saved.Reports]);
    }

    /// <inheritdoc/>
    public void Dispose() => _copy?.Dispose();

    private void Choose(int epoch, PerplexityResult result)
    {
        Seconds += result.Seconds;
        if (_schedule.Next(result.Perplexity))
        {
            _copy!.CopyFrom(model.Parameters);
            _epoch = epoch;
        }
        else if (Exists && schedule == RateSchedule.Halving)
        {
            model.Parameters.CopyFrom(_copy!);
            WentBack = true;
        }
    }

    private sealed record State(double Rate, double Best, int Without, int? Epoch, double Seconds, IReadOnlyList<LanguageEpochReport> Reports);
}
