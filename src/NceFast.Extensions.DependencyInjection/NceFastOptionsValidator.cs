using Microsoft.Extensions.Options;
using NceFast.Training;

namespace NceFast.Extensions.DependencyInjection;

/// <summary>Checks the options by the rules of the trainers.</summary>
internal sealed class NceFastOptionsValidator : IValidateOptions<NceFastOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, NceFastOptions options)
    {
        try
        {
            _ = new WordVectorTrainer(options.WordVectors);
            _ = new LanguageModelTrainer(options.LanguageModels);
            return ValidateOptionsResult.Success;
        }
        catch (Exception e) when (e is NceFastException or ArgumentNullException)
        {
            return ValidateOptionsResult.Fail(e.Message);
        }
    }
}
