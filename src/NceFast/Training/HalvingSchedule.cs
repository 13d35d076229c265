namespace NceFast.Training;

/// <summary>
/// Represents the rule of Mnih and Teh 2012: the learning rate is halved whenever an epoch does not lower the validation perplexity
/// by at least <see cref="LeastGain"/>; training ends after <see cref="Patience"/> such epochs in a row.
/// </summary>
/// <param name="rate">Learning rate at the start.</param>
internal sealed class HalvingSchedule(double rate)
{
    /// <summary>The relative fall of the perplexity that keeps the rate.</summary>
    public const double LeastGain = 0.003;

    /// <summary>The number of epochs in a row without that fall that ends the training.</summary>
    public const int Patience = 3;

    /// <summary>Gets the learning rate of the next epoch.</summary>
    public double Rate { get; internal set; } = rate;

    /// <summary>Gets the lowest perplexity so far.</summary>
    public double Best { get; internal set; } = double.PositiveInfinity;

    /// <summary>Gets whether the training should end.</summary>
    public bool IsOver => Without >= Patience;

    /// <summary>Gets the epochs in a row without a gain.</summary>
    internal int Without { get; set; }

    /// <summary>Adds the validation perplexity after an epoch.</summary>
    /// <param name="perplexity">Validation perplexity; NaN counts as no gain.</param>
    /// <returns>True when it is the lowest so far, so that the model is to be kept.</returns>
    public bool Next(double perplexity)
    {
        bool gains = perplexity < Best * (1 - LeastGain) || (double.IsPositiveInfinity(Best) && double.IsFinite(perplexity)), best = perplexity < Best;
        Without = gains ? 0 : Without + 1;
        if (!gains)
            Rate /= 2;
        if (best)
            Best = perplexity;
        return best;
    }
}
