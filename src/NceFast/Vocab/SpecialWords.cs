namespace NceFast.Vocab;

/// <summary>
/// The words that a language model has in addition to those of the text: an end of sentence, which is predicted, and a word that
/// replaces words outside the vocabulary. If the text contains one of them literally, both share one entry.
/// </summary>
public static class SpecialWords
{
    /// <summary>The word that ends each sentence.</summary>
    public const string EndOfSentence = "</s>";

    /// <summary>The word that replaces each word outside a closed vocabulary.</summary>
    public const string Unknown = "<unk>";

    /// <summary>Returns the vocabulary with both words. Missing ones are appended; the words that it has keep their ids.</summary>
    /// <param name="vocabulary">The words of the text.</param>
    /// <param name="sentences">
    /// The number of sentences in the text, which is added to the count of <see cref="EndOfSentence"/>.
    /// </param>
    /// <param name="unknown">
    /// The number of occurrences of words outside the vocabulary, which is added to the count of <see cref="Unknown"/>. Negative for
    /// an open vocabulary, which has no such word.
    /// </param>
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
