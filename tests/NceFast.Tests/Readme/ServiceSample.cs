using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using NceFast.Extensions.AI;
using NceFast.Store;
using NceFast.Training;

public static class ServiceSample
{
    public static IServiceCollection AddWords(this IServiceCollection services, string vectorPath)
    {
        services.AddNceFast(options =>
        {
            options.WordVectors = new WordVectorOptions { Dim = 64, Epochs = 3 };
            options.VectorPath = vectorPath;
        });
        return services.AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(provider =>
            new WordVectorEmbeddingGenerator(provider.GetRequiredService<WordVectors>(), new() { Smoothing = 1e-3 }));
    }
}
