namespace NceFast.Backends.Host.LanguageModels;

/// <summary>Specifies whether the noise of a prediction depends on its context. The type decides when code is compiled, so that loops do not test it.</summary>
internal interface INoiseSource
{
    /// <summary>Gets a value indicating whether the noise depends on the previous word.</summary>
    static abstract bool IsContextual { get; }
}

/// <summary>Represents noise that is the same for all predictions.</summary>
internal readonly struct PlainNoise : INoiseSource
{
    public static bool IsContextual => false;
}

/// <summary>Represents noise that depends on the previous word.</summary>
internal readonly struct ContextualNoise : INoiseSource
{
    public static bool IsContextual => true;
}
