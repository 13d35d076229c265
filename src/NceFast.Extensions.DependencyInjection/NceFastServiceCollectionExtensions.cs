using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NceFast;
using NceFast.Backends;
using NceFast.Exports;
using NceFast.Extensions.DependencyInjection;
using NceFast.Store;
using NceFast.Training;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the services of NceFast.</summary>
public static class NceFastServiceCollectionExtensions
{
    /// <summary>
    /// Registers the trainers and the devices, and the vectors of <see cref="NceFastOptions.VectorPath"/>. A service that is registered
    /// already is kept, so register a <see cref="BackendCatalog"/> of your own before this call.
    /// </summary>
    /// <remarks>
    /// The trainers are transient and read the options when they are requested. The vectors are a singleton, which the container
    /// disposes.
    /// </remarks>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options; null for the defaults or for options that are configured elsewhere.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddNceFast(this IServiceCollection services, Action<NceFastOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<NceFastOptions>();
        if (configure is not null)
            services.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<NceFastOptions>, NceFastOptionsValidator>());
        services.TryAddSingleton(BackendCatalog.Default);
        services.TryAddTransient(provider => new WordVectorTrainer(
            OptionsOf(provider).WordVectors, provider.GetRequiredService<BackendCatalog>(), provider.GetService<ILogger<WordVectorTrainer>>()));
        services.TryAddTransient(provider => new LanguageModelTrainer(
            OptionsOf(provider).LanguageModels, provider.GetRequiredService<BackendCatalog>(), provider.GetService<ILogger<LanguageModelTrainer>>()));
        services.TryAddSingleton(Vectors);
        return services;
    }

    private static NceFastOptions OptionsOf(IServiceProvider provider) => provider.GetRequiredService<IOptionsMonitor<NceFastOptions>>().CurrentValue;

    private static WordVectors Vectors(IServiceProvider provider) => VectorFile.Read(OptionsOf(provider).VectorPath
        ?? throw new NceFastException(ErrorKind.Usage, "NceFastOptions.VectorPath is null; set it to the path of a file of vectors, or do not request WordVectors."));
}
