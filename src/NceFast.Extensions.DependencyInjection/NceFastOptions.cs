using NceFast.Training;

namespace NceFast.Extensions.DependencyInjection;

/// <summary>Represents the settings of the services that <c>AddNceFast</c> registers.</summary>
/// <remarks>Use an instance from one thread at a time while it is changed.</remarks>
public sealed class NceFastOptions
{
    /// <summary>Gets or sets the options of <see cref="WordVectorTrainer"/>.</summary>
    public WordVectorOptions WordVectors { get; set; } = new();

    /// <summary>Gets or sets the options of <see cref="LanguageModelTrainer"/>.</summary>
    public LanguageModelOptions LanguageModels { get; set; } = new();

    /// <summary>Gets or sets the path of the file of the service <see cref="Store.WordVectors"/>, which is read when the service is first requested. Null if there is none.</summary>
    public string? VectorPath { get; set; }
}
