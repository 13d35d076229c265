using HostedTraining;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NceFast.Corpus;
using NceFast.Tests.Exports;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Samples;

/// <summary>Tests the sample that trains in a generic host.</summary>
public sealed class HostedTrainingTests
{
    [Fact]
    public async Task The_service_trains_and_stops_the_host()
    {
        using var folder = new TempFolder();
        using IHost host = Build(WriteText(folder, words: 20_000), folder["v.bin"]);
        await host.RunAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.StartsWith("100 64\n", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(folder["v.bin"])));
    }

    [Fact]
    public async Task A_stop_of_the_host_ends_the_training()
    {
        using var folder = new TempFolder();
        using IHost host = Build(WriteText(folder, words: 4_000_000), folder["v.bin"]);
        await host.StartAsync();
        await host.StopAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.False(File.Exists(folder["v.bin"]));
    }

    private static IHost Build(string corpus, string output)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(new TrainingJob(corpus, output));
        builder.Services.AddNceFast(options => options.WordVectors = new WordVectorOptions { Dim = 64, Epochs = 3 });
        builder.Services.AddHostedService<TrainingService>();
        return builder.Build();
    }

    private static string WriteText(TempFolder folder, long words)
    {
        using (FileStream file = File.Create(folder["text"]))
            new SyntheticCorpus(5, 20, words).OpenText().CopyTo(file);
        return folder["text"];
    }
}
