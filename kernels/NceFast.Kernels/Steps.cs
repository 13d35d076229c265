namespace NceFast.Kernels;

/// <summary>Specifies whether steps depend on earlier gradients.</summary>
internal interface ISteps
{
    /// <summary>Gets whether a row has a learning rate of its own.</summary>
    static abstract bool IsAdaptive { get; }
}

/// <summary>Represents steps that all have the learning rate of their block.</summary>
internal struct PlainSteps : ISteps
{
    public static bool IsAdaptive => false;
}

/// <summary>Represents the steps of AdaGrad, with one sum per row.</summary>
internal struct AdaGradSteps : ISteps
{
    public static bool IsAdaptive => true;
}
