using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Store;
using NceFast.Tests.Exports;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Evaluation;

/// <summary>Tests tables with and without a header, and options with words that the model does not know.</summary>
public sealed class CompletionTests : IDisposable
{
    private const string Header = "id\tsplit\tanswer\tleft\tright\ta\tb\tc\n";
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("")]
    [InlineData(Header)]
    [InlineData("\n" + Header)]
    [InlineData("questions\n")]
    public void The_first_line_is_a_question_unless_it_names_columns(string head)
    {
        using LanguageModel model = Model(closed: true);
        CompletionResult result = Run(model, $"{head}1\tone\ta\tw1\tw2\tw3\tw4\tw5\n2\ttwo\tb\tw2\tw1\tw3\tw4\tw5\n");
        Assert.Equal((2, 0, 0), (result.Questions, result.UnknownOptions, result.Unanswerable));
        Assert.Equal(["one", "two"], result.Splits.Select(s => s.Split));
    }

    [Theory]
    [InlineData("id,split,answer,left,right,x,y\n1,one,b,\"w1, w2\",w3,w4,\"w5 \"\"w6\"\"\"\n")]
    [InlineData("1;one;b;w1, w2;w3;w4;\"w5 \"\"w6\"\"\"\n")]
    [InlineData("1\tone\tb\tw1, w2\tw3\tw4\tw5 \"w6\"\n")]
    public void Tables_with_commas_semicolons_and_quotes_have_the_same_questions(string table)
    {
        using LanguageModel model = Model(closed: true);
        using var scorer = new SentenceScorer(model);
        bool isSecond = scorer.Score(model.Encode("w1, w2 w5 \"w6\" w3")) > scorer.Score(model.Encode("w1, w2 w4 w3"));
        CompletionResult result = Run(model, table);
        Assert.Equal((1, isSecond ? 1 : 0, 1), (result.Questions, result.Correct, result.UnknownOptions));
    }

    [Fact]
    public void A_first_line_that_is_a_wrong_question_is_reported()
    {
        using LanguageModel model = Model(closed: true);
        var error = Assert.Throws<NceFastException>(() => Run(model, "1\tone\tz\tw1\tw2\tw3\tw4\tw5\n"));
        Assert.Equal(ErrorKind.Input, error.Kind);
        Assert.Contains("line 1", error.Message, StringComparison.Ordinal);
    }

    // If the unknown word were only omitted, its sentence would be one word shorter and would score higher than any other option.
    [Fact]
    public void An_option_with_an_unknown_word_does_not_win_in_an_open_vocabulary()
    {
        using LanguageModel model = Model(closed: false);
        using var scorer = new SentenceScorer(model);
        int best = Enumerable.Range(3, 2).MaxBy(w => scorer.Score(model.Encode($"w1 w{w} w2"))) - 3;
        Assert.True(scorer.Score(model.Encode("w1 zzz w2")) > scorer.Score(model.Encode($"w1 w{best + 3} w2")));

        CompletionResult result = Run(model, $"1\ts\t{(char)('b' + best)}\tw1\tw2\tzzz\tw3\tw4\n2\ts\ta\tw1\tw2\tzzz\tw3\tw4 yyy\n");
        Assert.Equal((2, 1), (result.Questions, result.Correct)); // In the second question only w3 is possible, and it is wrong.
        Assert.Equal((3, 2, 0), (result.UnknownOptions, result.QuestionsWithUnknownOptions, result.Unanswerable));
    }

    [Fact]
    public void Questions_without_a_possible_option_are_not_answerable()
    {
        using LanguageModel model = Model(closed: false);
        const string Lost = "1\ts\ta\tw1\tw2\tzzz\tyyy\txxx\n";
        CompletionResult result = Run(model, $"{Lost}2\ts\ta\tw1\tw2\tw3\tyyy\txxx\n");
        Assert.Equal((1, 1, 1, 2), (result.Questions, result.Correct, result.Unanswerable, result.QuestionsWithUnknownOptions));

        var error = Assert.Throws<NceFastException>(() => Run(model, Lost));
        Assert.Equal(ErrorKind.EmptyVocabulary, error.Kind);
        Assert.Equal(1L, error.Data["unanswerable"]);
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => Run(model, Header)).Kind);
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => Run(model, "")).Kind);
    }

    [Fact]
    public void In_a_closed_vocabulary_an_unknown_word_is_scored_as_unk()
    {
        using LanguageModel model = Model(closed: true);
        using var scorer = new SentenceScorer(model);
        int best = Array.IndexOf([.. ((string[])["zzz", "w3", "w4"]).Select(w => scorer.Score(model.Encode($"w1 {w} w2")))], ((string[])["zzz", "w3", "w4"]).Max(w => scorer.Score(model.Encode($"w1 {w} w2"))));
        Assert.Equal(1, Run(model, $"1\ts\t{(char)('a' + best)}\tw1\tw2\tzzz\tw3\tw4\n").Correct);
    }

    [Fact]
    public void A_sentence_without_a_known_word_is_scored_by_its_end_alone_and_has_no_perplexity()
    {
        using LanguageModel model = Model(closed: false);
        using var scorer = new SentenceScorer(model);
        Assert.Equal(scorer.Score([]), scorer.Score(model.Encode("zzz yyy")));
        Assert.InRange(scorer.LogProbability([]), -100, -1e-3);
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => PerplexityEvaluation.Run(model, _folder.Write("t", "zzz yyy\nxxx\n"))).Kind);
    }

    [Fact]
    public void A_model_whose_scores_are_no_numbers_has_no_perplexity()
    {
        using LanguageModel model = Model(closed: true);
        model.Parameters.Target.Row(3).Fill(float.NaN);
        Assert.Equal(ErrorKind.EmptyVocabulary, Assert.Throws<NceFastException>(() => PerplexityEvaluation.Run(model, _folder.Write("t", "w1 w2 w3\n"))).Kind);
    }

    [Fact]
    public void The_scores_of_several_models_are_added()
    {
        using LanguageModel first = Model(closed: true, seed: 3), second = Model(closed: true, seed: 5);
        using SentenceScorer one = new(first), other = new(second);
        var text = new System.Text.StringBuilder();
        int[] alone = new int[2];
        int together = 0;
        for (int question = 0; question < 40; question++)
        {
            string[] options = [.. Enumerable.Range(0, 4).Select(i => $"w{(question + (5 * i)) % 17}")];
            text.Append($"{question}\ts\ta\tw1\tw{question % 7}\t{string.Join('\t', options)}\n");
            alone[0] += Best(o => one.Score(first.Encode(o))) == 0 ? 1 : 0;
            alone[1] += Best(o => other.Score(second.Encode(o))) == 0 ? 1 : 0;
            together += Best(o => one.Score(first.Encode(o)) + other.Score(second.Encode(o))) == 0 ? 1 : 0;

            int Best(Func<string, double> score) => Enumerable.Range(0, 4).MaxBy(i => score($"w1 {options[i]} w{question % 7}"));
        }

        string table = _folder.Write("table", text.ToString());
        Assert.DoesNotContain(together, alone);
        Assert.Equal(together, CompletionEvaluation.Run(first, table, with: [second]).Correct);
        Assert.Equal(alone[0], CompletionEvaluation.Run(first, table).Correct);
    }

    [Fact]
    public void An_option_that_one_of_several_models_does_not_know_does_not_win()
    {
        using LanguageModel closed = Model(closed: true), open = Model(closed: false); // the open vocabulary has the word w18
        CompletionResult result = CompletionEvaluation.Run(closed, _folder.Write("table", "1\ts\tb\tw1\tw2\tzzz\tw3\n"), with: [open]);
        Assert.Equal((1, 1, 1), (result.Questions, result.Correct, result.UnknownOptions));
    }

    public void Dispose() => _folder.Dispose();

    private CompletionResult Run(LanguageModel model, string table) => CompletionEvaluation.Run(model, _folder.Write("table", table));

    private static LanguageModel Model(bool closed, ulong seed = 3)
    {
        const int Words = 20;
        var list = new WordList.Builder();
        for (int i = 0; i < Words; i++)
            list.Add(i == Words - 1 ? SpecialWords.EndOfSentence : closed && i == Words - 2 ? SpecialWords.Unknown : $"w{i}");
        long[] counts = [.. Enumerable.Range(0, Words).Select(i => 1 + (1000L / (i + 1)))];
        var parameters = new LanguageModelParameters(new LanguageModelShape(Words, 10, 2, 0, PlaceWeightKind.Full, false, Words - 1, closed ? Words - 2 : -1));
        parameters.Initialize(seed, counts, 0.8f);
        return new LanguageModel(new Vocabulary(list.Build(), counts), parameters);
    }
}
