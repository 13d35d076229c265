using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using NceFast.Corpus;
using NceFast.Exports;
using NceFast.Store;
using NceFast.Tests.Exports;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Readme;

/// <summary>Tests src/docs/library.md: its samples run. DocumentTests compares them with the files here.</summary>
public sealed class GuideTests
{
    [Fact]
    public async Task Samples_run()
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Make(("king", [2f, 1f]), ("queen", [1f, 2f]), ("man", [2f, 0f]), ("woman", [0f, 2f]));
        VectorFile.Write(folder["v.bin"], vectors, VectorFormat.Word2VecBinary);
        QuerySample.Run(folder["v.bin"]);
        var words = new WordList.Builder();
        words.Add("king");
        using var archive = new MemoryStream();
        StreamSample.Pack(vectors, new Vocabulary(words.Build(), [3]), archive);
        using (WordVectors read = StreamSample.Unpack(archive))
            TestVectors.AssertSame(vectors, read);
        using ServiceProvider services = new ServiceCollection().AddWords(folder["v.bin"]).BuildServiceProvider();
        var generator = services.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
        Assert.Equal(2, (await generator.GenerateAsync("a king and a queen")).Vector.Length);
        using (FileStream file = File.Create(folder["text"]))
            new SyntheticCorpus(5, 20, 20_000).OpenText().CopyTo(file);
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AsyncSample.RunAsync(folder["text"], folder["saved"], stop.Token)); // before there is anything to save
        using TrainedVectors trained = (await AsyncSample.RunAsync(folder["text"], folder["saved"], CancellationToken.None))!;
        Assert.Equal(100, trained.Vocabulary.Count);
    }
}
