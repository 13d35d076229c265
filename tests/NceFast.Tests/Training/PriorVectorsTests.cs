using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Exports;
using NceFast.Store;
using NceFast.Tests.Corpus;
using NceFast.Tests.Exports;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>Starts trainings from files of vectors.</summary>
public sealed class PriorVectorsTests : IDisposable
{
    private const float NoStep = 1e-8f; // a rate at which rows do not change
    private static readonly WordVectorOptions Small = new() { Dim = 3, Epochs = 1, Threads = 1, Subsample = 0, LearningRate = NoStep, Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 3 } } };
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    public static TheoryData<VectorFormat> Formats => [.. Enum.GetValues<VectorFormat>()];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Words_of_the_file_begin_with_its_vectors_and_all_else_begins_as_usual(VectorFormat format)
    {
        string path = File("v", format);
        var log = new Messages();
        using TrainedVectors usual = new WordVectorTrainer(Small).Train(Text());
        using TrainedVectors started = new WordVectorTrainer(Small with { From = path }, logger: log).Train(Text());
        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, 3).Select(started.Vocabulary.Words.GetString).Order());
        Assert.Equal(usual.Vocabulary.Counts.ToArray(), started.Vocabulary.Counts.ToArray());
        for (int id = 0; id < 3; id++)
        {
            float[]? given = started.Vocabulary.Words.GetString(id) switch { "a" => [1, 2, 3], "b" => [-1, 0.5f, 0.25f], _ => null };
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(given?[i] ?? usual.Parameters.Input.Row(id)[i], started.Parameters.Input.Row(id)[i], 1e-5);
                Assert.Equal(usual.Parameters.Output.Row(id)[i], started.Parameters.Output.Row(id)[i], 1e-5);
            }

            Assert.Equal(usual.Parameters.Bias(id), started.Parameters.Bias(id), 1e-5);
        }

        Assert.Contains("2 of 3 words start with the vectors of " + path + "; 1 words of the file are not in the vocabulary.", log.Lines);
    }

    [Fact]
    public void A_vocabulary_may_be_given_and_a_forecast_starts_from_the_file_too()
    {
        string path = File("v", VectorFormat.Word2Vec);
        var words = new WordList.Builder();
        words.Add("b");
        words.Add("absent");
        WordVectorOptions options = Small with { From = path, Corpus = new CorpusOptions { VocabularyIn = new Vocabulary(words.Build(), [5, 5]) } };
        using TrainedVectors started = new WordVectorTrainer(options).Train(CorpusSource.FromPaths(_files.Write("pairs", string.Concat(Enumerable.Repeat("b b absent\n", 50)))));
        Assert.Equal(0.5f, started.Parameters.Input.Row(0)[1], 1e-5);
        Assert.Equal(3, new WordVectorTrainer(Small with { From = path }).Forecast(Text()).VocabularyWords);
    }

    [Fact]
    public void A_file_that_does_not_fit_is_reported_before_the_text_is_read()
    {
        Refuses(Small with { From = File("v", VectorFormat.Word2Vec), Dim = 4 }, ErrorKind.Usage, "have 3 floats, but TrainingOptions.Dim is 4; both must be equal");
        Refuses(Small with { From = _files.Write("nan", "a 1 nan inf\n") }, ErrorKind.Input, "holds 2 floats that are NaN or infinite");
        Refuses(Small with { From = _files.Write("text", "not vectors\n") }, ErrorKind.Input, "format was not recognised");
        Refuses(Small with { From = Path.Combine(_files.Folder, "absent") }, ErrorKind.Input, "absent cannot be read");
    }

    [Fact]
    public void A_file_without_a_word_of_the_text_is_an_error()
    {
        string path = _files.Write("v", "A 0.5 0.5 0.5\nB 0.5 0.5 0.5\n");
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(Small with { From = path }).Train(Text()).Dispose());
        Assert.Contains("has none of the 3 words of the vocabulary among its 2 words", error.Message, StringComparison.Ordinal);
    }

    private void Refuses(WordVectorOptions options, ErrorKind kind, string message)
    {
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(options).Train(CorpusSource.FromPaths(_files.Write("damaged.gz", [0x1F, 0x8B, 8, 0]))).Dispose());
        Assert.Equal(kind, error.Kind);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private string File(string name, VectorFormat format)
    {
        string path = Path.Combine(_files.Folder, name);
        using WordVectors vectors = TestVectors.Make(("b", [-1f, 0.5f, 0.25f]), ("other", [9f, 9f, 9f]), ("a", [1f, 2f, 3f]));
        VectorFile.Write(path, vectors, format);
        return path;
    }

    private CorpusSource Text() => CorpusSource.FromPaths(_files.Write("text", string.Concat(Enumerable.Repeat("a b a b a c\n", 100))));

    private sealed class Messages : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
    }
}
