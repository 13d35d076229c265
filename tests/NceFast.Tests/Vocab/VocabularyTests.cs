using System.Text;
using Microsoft.Extensions.Logging;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Tests.Corpus;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Vocab;

public sealed class VocabularyTests : IDisposable
{
    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Words_are_ordered_by_count_then_by_bytes()
    {
        byte[] invalid = [(byte)'z', 0xFF];
        byte[] text = [.. "b a ab é zz zz sixteen_letters_ sixteen_letters_b sixteen_letters_a A zz "u8, .. invalid, .. " a"u8];
        Vocabulary vocabulary = Build(text, new VocabularyOptions { MinCount = 1 });
        string[] words = [.. Enumerable.Range(0, vocabulary.Count).Select(id => Encoding.Latin1.GetString(vocabulary.Words[id]))];
        string[] tied = ["A", "ab", "b", "sixteen_letters_", "sixteen_letters_a", "sixteen_letters_b", "z\u00FF", "\u00C3\u00A9"];
        Assert.Equal(["zz", "a", .. tied], words);
        Assert.Equal([3, 2, 1, 1, 1, 1, 1, 1, 1, 1], vocabulary.Counts.ToArray());
        Assert.Equal(13, vocabulary.TotalWords);
        for (int id = 0; id < vocabulary.Count; id++)
            Assert.Equal(id, vocabulary.Find(vocabulary.Words[id]));
        Assert.Equal(9, vocabulary.Find("é"));
    }

    [Fact]
    public void Limits_keep_the_most_frequent_words()
    {
        byte[] text = "c c c b b b a a d"u8.ToArray();
        Vocabulary vocabulary = Build(text, new VocabularyOptions { MinCount = 2, MaxVocab = 2 });
        Assert.Equal(["b", "c"], Enumerable.Range(0, vocabulary.Count).Select(vocabulary.Words.GetString));
        Assert.Equal((6, 9), (vocabulary.TotalWords, vocabulary.CorpusWords));
        Assert.Equal(-1, vocabulary.Find("a"));
    }

    [Fact]
    public void Bytes_that_are_no_word_are_not_found()
    {
        Vocabulary vocabulary = Build("ab abcdefghijklmnop"u8.ToArray(), new VocabularyOptions { MinCount = 1 });
        foreach (string word in new[] { "", "a", "ab\0", "ab ", "\0", "\u0001b", "abcdefghijklmnop\0", new string('x', 5000) })
            Assert.Equal(-1, vocabulary.Find(word));
        Assert.True(vocabulary.Find("ab") >= 0);
        Assert.True(vocabulary.Find("abcdefghijklmnop") >= 0);
    }

    [Fact]
    public void Counts_are_those_of_a_dictionary_for_any_number_of_threads()
    {
        var random = new Random(11);
        string[] words = [.. Enumerable.Range(0, 150_000).Select(_ => $"{(random.Next(9) == 0 ? "a_rather_long_word_of_more_than_32_bytes_" : "w")}{(int)Math.Sqrt(random.Next(4_000_000))}")];
        byte[] text = Encoding.UTF8.GetBytes(string.Join(" ", words));
        var expected = words.CountBy(w => w).Where(e => e.Value >= 5).OrderByDescending(e => e.Value).ThenBy(e => e.Key, StringComparer.Ordinal).ToList();
        foreach (int threads in new[] { 1, 2, 5 })
        {
            Vocabulary vocabulary = Build(text, new VocabularyOptions(), threads);
            Assert.Equal(expected.Select(e => (e.Key, (long)e.Value)), Enumerable.Range(0, vocabulary.Count).Select(id => (vocabulary.Words.GetString(id), vocabulary.Counts[id])));
            Assert.Equal(words.Length, vocabulary.CorpusWords);
        }
    }

    [Fact]
    public void The_error_for_an_empty_vocabulary_says_what_to_change()
    {
        NceFastException none = Assert.Throws<NceFastException>(() => Build(" \n\0 "u8.ToArray(), new VocabularyOptions()));
        Assert.Equal(ErrorKind.EmptyVocabulary, none.Kind);
        NceFastException rare = Assert.Throws<NceFastException>(() => Build("a b b c c c"u8.ToArray(), new VocabularyOptions { MinCount = 4 }));
        Assert.Equal(ErrorKind.EmptyVocabulary, rare.Kind);
        Assert.Contains("3 distinct", rare.Message);
        Assert.Contains("seen 3 times", rare.Message);
        Assert.Contains("lower VocabularyOptions.MinCount to 3", rare.Message);
    }

    [Fact]
    public void Options_outside_their_range_are_errors()
    {
        foreach (VocabularyOptions options in new VocabularyOptions[] { new() { MinCount = 0 }, new() { MaxVocab = -1 }, new() { MemoryLimitBytes = 1000 } })
            Assert.Equal(ErrorKind.Usage, Assert.Throws<NceFastException>(() => Build("a"u8.ToArray(), options)).Kind);
    }

    [Fact]
    public void Pruning_is_logged_and_reported()
    {
        var text = new StringBuilder();
        for (int i = 0; i < 100_000; i++)
            text.Append("often r").Append(i).Append(' ');
        var log = new ListLogger();
        using PreparedCorpus corpus = PreparedCorpus.Prepare(
            CorpusSource.FromPaths(_files.Write("t.txt", text.ToString())),
            new CorpusOptions { Vocabulary = new() { MinCount = 1, MemoryLimitBytes = 1 << 20 } }, 1, 1, null, log);
        Assert.Equal(100_000, corpus.Vocabulary.Counts[corpus.Vocabulary.Find("often")]);
        Assert.True(corpus.Statistics.PrunedWords > 0);
        Assert.Equal(200_000, corpus.Statistics.PrunedWords + corpus.Vocabulary.TotalWords);
        Assert.Contains(log.Lines, line => line.Level == LogLevel.Warning && line.Text.Contains("memory for counting"));
    }

    [Fact]
    public void Invalid_words_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Vocabulary(List("a", "a"), [1, 1]));
        Assert.Throws<ArgumentException>(() => new Vocabulary(List("a b"), [1]));
        Assert.Throws<ArgumentException>(() => new Vocabulary(List("a"), [0]));
        Assert.Throws<ArgumentException>(() => new Vocabulary(List("a"), [1, 2]));
    }

    [Fact]
    public void Counts_whose_sum_is_too_large_are_input_errors()
    {
        const long Most = Vocabulary.MaxTotalWords;
        Assert.Equal(Most, new Vocabulary(List("a", "b"), [Most - 1, 1]).TotalWords);
        NceFastException[] errors =
        [
            Assert.Throws<NceFastException>(() => new Vocabulary(List("a", "b"), [Most, 1])),
            Assert.Throws<NceFastException>(() => new Vocabulary(List("a"), [long.MaxValue])),
            Assert.Throws<NceFastException>(() => new Vocabulary(List("a"), [1], long.MaxValue)),
            Assert.Throws<NceFastException>(() => SpecialWords.AddTo(new Vocabulary(List("a"), [Most]), 1, -1)),
            Assert.Throws<NceFastException>(() => SpecialWords.AddTo(new Vocabulary(List("a", "</s>"), [1, Most - 1]), 5, 5)),
            Assert.Throws<NceFastException>(() => From(new Vocabulary(List("a", "b"), [1, Most - 1]))),
            Assert.Throws<NceFastException>(() => From(new Vocabulary(List("a", "b"), [1, 1], Most))),
        ];
        foreach (NceFastException error in errors)
        {
            Assert.Equal(ErrorKind.Input, error.Kind);
            Assert.Contains("4,611,686,018,427,387,904", error.Message);
        }

        void From(Vocabulary old) => PreparedCorpus.Prepare(CorpusSource.FromPaths(_files.Write("t", "b b b a")), new CorpusOptions { VocabularyBase = old, Cache = CacheMode.Never }, 1).Dispose();
    }

    private static WordList List(params string[] words)
    {
        var builder = new WordList.Builder();
        foreach (string word in words)
            builder.Add(word);
        return builder.Build();
    }

    private Vocabulary Build(byte[] text, VocabularyOptions options, int threads = 1)
    {
        CorpusSource source = CorpusSource.FromPaths(_files.Write("text", text));
        source.ShardBytes = 50_000;
        using PreparedCorpus corpus = PreparedCorpus.Prepare(source, new CorpusOptions { Vocabulary = options, Cache = CacheMode.Never }, threads);
        return corpus.Vocabulary;
    }
}

/// <summary>A logger that stores its lines.</summary>
internal sealed class ListLogger : ILogger
{
    public List<(LogLevel Level, string Text)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (Lines)
            Lines.Add((logLevel, formatter(state, exception)));
    }
}
