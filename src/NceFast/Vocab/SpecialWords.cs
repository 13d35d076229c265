namespace NceFast.Vocab;

/// <summary>
/// Words a language model has beside those of the text: an end of sentence, which is predicted, and a stand-in for words
/// outside the vocabulary. Where the text itself holds them literally, they are the same entries.
/// </summary>
public static class SpecialWords
{
    /// <summary>Ends each sentence.</summary>
    public const string EndOfSentence = "</s>";

    /// <summary>Stands for each word outside a closed vocabulary.</summary>
    public const string Unknown = "<unk>";

    /// <summary>The vocabulary with both words; those it lacks are appended, what it has keeps its id.</summary>
    /// <param name="vocabulary">Words of the text.</param>
    /// <param name="sentences">Sentences of the text, the count added to <see cref="EndOfSentence"/>.</param>
    /// <param name="unknown">Occurrences of words outside the vocabulary, the count added to <see cref="Unknown"/>; negative for an open vocabulary, which has no stand-in.</param>
    public static Vocabulary AddTo(Vocabulary vocabulary, long sentences, long unknown)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        var words = new WordList.Builder();
        List<long> counts = [.. vocabulary.Counts];
        for (int id = 0; id < vocabulary.Count; id++)
            words.Add(vocabulary.Words[id]);
        Add(EndOfSentence, sentences);
        if (unknown >= 0)
            Add(Unknown, unknown);
        return new Vocabulary(words.Build(), counts.ToArray(), vocabulary.CorpusWords + Math.Max(0, sentences));

        void Add(string word, long count)
        {
            int id = vocabulary.Find(word);
            if (id >= 0)
            {
                counts[id] += count;
                return;
            }

            words.Add(word);
            counts.Add(Math.Max(1, count)); // a word that was never seen must still have a probability
        }
    }
}
