namespace NceFast.Training;

/// <summary>Specifies how the learning rate of a training changes.</summary>
public enum RateSchedule
{
    /// <summary>It is halved when the validation perplexity stops falling, see <see cref="HalvingSchedule"/>; not for word vectors.</summary>
    Halving,

    /// <summary>It falls linearly over the epochs to 1e-4 of the start.</summary>
    Linear,

    /// <summary>It falls linearly, and the rate of each row is divided by the root of its summed mean squared gradients.</summary>
    AdaGrad,
}
