using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NceFast.Backends;
using NceFast.Corpus;
using NceFast.Exports;
using NceFast.Extensions.DependencyInjection;
using NceFast.Store;
using NceFast.Tests.Exports;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Extensions;

/// <summary>Tests the services that <c>AddNceFast</c> registers.</summary>
public sealed class ServiceCollectionTests
{
    [Fact]
    public void A_trainer_of_the_container_has_its_options()
    {
        using var folder = new TempFolder();
        using (FileStream file = File.Create(folder["text"]))
            new SyntheticCorpus(5, 20, 5000).OpenText().CopyTo(file);
        using ServiceProvider provider = new ServiceCollection()
            .AddNceFast(options =>
            {
                options.WordVectors = new WordVectorOptions { Dim = 9, Epochs = 1, Threads = 1 };
                options.LanguageModels = new LanguageModelOptions { Dim = 11, Epochs = 1, Threads = 1 };
            })
            .BuildServiceProvider();
        using TrainedVectors vectors = provider.GetRequiredService<WordVectorTrainer>().Train(CorpusSource.FromPaths(folder["text"]));
        using TrainedLanguageModel model = provider.GetRequiredService<LanguageModelTrainer>().Train(CorpusSource.FromPaths(folder["text"]));
        Assert.Equal((9, 11), (vectors.GetVectors().Dim, model.Model.Shape.Dim));
        Assert.NotSame(provider.GetRequiredService<WordVectorTrainer>(), provider.GetRequiredService<WordVectorTrainer>());
    }

    [Fact]
    public void Options_come_from_the_configuration()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["NceFast:WordVectors:Dim"] = "33", ["NceFast:WordVectors:Corpus:Vocabulary:MinCount"] = "7", ["NceFast:VectorPath"] = "v.bin" }).Build();
        IServiceCollection services = new ServiceCollection().AddSingleton(configuration).AddNceFast();
        services.AddOptions<NceFastOptions>().BindConfiguration("NceFast");
        using ServiceProvider provider = services.BuildServiceProvider();
        NceFastOptions options = provider.GetRequiredService<IOptions<NceFastOptions>>().Value;
        Assert.Equal((33, 7, "v.bin"), (options.WordVectors.Dim, options.WordVectors.Corpus.Vocabulary.MinCount, options.VectorPath));
    }

    [Fact]
    public void Options_outside_their_range_are_refused()
    {
        using ServiceProvider provider = new ServiceCollection().AddNceFast(options => options.WordVectors = new WordVectorOptions { Dim = -1 }).BuildServiceProvider();
        var error = Assert.Throws<OptionsValidationException>(provider.GetRequiredService<WordVectorTrainer>);
        Assert.Contains("Dim", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_are_read_once_and_disposed_with_the_container()
    {
        using var folder = new TempFolder();
        using (WordVectors written = TestVectors.Random(10, 4, 1))
            VectorFile.Write(folder["v.bin"], written, VectorFormat.Word2VecBinary);
        WordVectors vectors;
        using (ServiceProvider provider = new ServiceCollection().AddNceFast(options => options.VectorPath = folder["v.bin"]).BuildServiceProvider())
        {
            vectors = provider.GetRequiredService<WordVectors>();
            Assert.Same(vectors, provider.GetRequiredService<WordVectors>());
            Assert.Equal(10, vectors.Count);
        }

        Assert.Throws<ObjectDisposedException>(() => vectors["w1"].Length);
    }

    [Fact]
    public void Vectors_without_a_path_are_an_error()
    {
        using ServiceProvider provider = new ServiceCollection().AddNceFast().BuildServiceProvider();
        Assert.Contains("NceFastOptions.VectorPath is null", Assert.Throws<NceFastException>(provider.GetRequiredService<WordVectors>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Services_that_are_registered_already_are_kept()
    {
        var catalog = new BackendCatalog();
        using ServiceProvider provider = new ServiceCollection().AddSingleton(catalog).AddNceFast().AddNceFast().BuildServiceProvider();
        Assert.Same(catalog, provider.GetRequiredService<BackendCatalog>());
        Assert.Single(provider.GetServices<IValidateOptions<NceFastOptions>>());
    }
}
