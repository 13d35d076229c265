using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.NGrams;
using NceFast.Tests.Corpus;
using NceFast.Vocab;

namespace NceFast.Tests.NGrams;

/// <summary>A folder with texts and n-gram models.</summary>
internal sealed class NgramTexts : IDisposable
{
    private readonly TextFiles _files = new();

    public string Folder => _files.Folder;

    public string In(string name) => Path.Combine(Folder, name);

    public void Dispose() => _files.Dispose();

    /// <summary>Makes sentences of words a to g, in which each word prefers some followers.</summary>
    public static List<string[]> Sentences(int count, int seed, int words = 7)
    {
        var random = new Random(seed);
        var sentences = new List<string[]>();
        for (int s = 0; s < count; s++)
        {
            var sentence = new string[random.Next(1, 12)];
            int word = random.Next(words);
            for (int i = 0; i < sentence.Length; i++)
            {
                sentence[i] = words <= 26 ? ((char)('a' + word)).ToString() : $"w{word}";
                word = random.Next(3) == 0 ? random.Next(words) : ((word * 3) + random.Next(random.Next(1, 4))) % words;
            }

            sentences.Add(sentence);
        }

        return sentences;
    }

    public string Text(IEnumerable<string[]> sentences, string name = "text") => _files.Write(name, string.Concat(sentences.Select(s => string.Join(' ', s) + "\n")));

    public string Write(string name, string text) => _files.Write(name, text);

    /// <summary>Counts a text.</summary>
    public NgramReport Count(string text, string model, int order, int threads = 1, long memory = 0, long minCount = 1, Vocabulary? vocabulary = null, SpecialWordsMode special = SpecialWordsMode.Closed) =>
        NgramCounter.Write(CorpusSource.FromPaths(text), new NgramOptions
        {
            Order = order,
            MemoryBytes = memory,
            SortFolder = Folder,
            Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = minCount }, VocabularyIn = vocabulary, SpecialWords = special },
        }, In(model), threads);
}
