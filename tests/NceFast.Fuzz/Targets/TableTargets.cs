using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Numerics;
using NceFast.Store;
using NceFast.Vocab;

namespace NceFast.Fuzz.Targets;

/// <summary>Pairs of words with a score.</summary>
internal sealed class SimilarityTarget : FuzzTarget
{
    private readonly WordVectors _vectors = Small.Vectors();

    public override string Name => "similarity-table";

    public override double Cost => 2;

    public override IReadOnlyList<byte[]> Tokens => Texts("\n", "\t", ",", ";", "\"", "\"\"", " ", "#", "word1", "word2", "SimLex999", "score", "7,5", "apple", "Pear", "7.5", "ß", "İ", "\uFEFF", "\0");

    public override IEnumerable<byte[]> Seeds() => Texts("apple\tpear\t7.5\nfig\tplum\t3\nfig\tpear\t1\n", "# a comment\none,two,score\napple,pear,1\nfig,plum,2\napple,fig,3\n", "apple pear 1 more\nfig plum x\nfig pear 2\napple plum 5\n", "plum fig 2\r\nfig pear 1e1\r\napple fig 3\r\n",
        "word1\tword2\tPOS\tSimLex999\tSD\nplum\tfig\tN\t2\t1\nfig\tpear\tN\t5\t1\napple\tfig\tA\t3\t2\n", "id;word1;word2;score\n1;plum;fig;2,5\n2;fig;pear;1\n3;apple;fig;3\n", "\"score\",\"word 2\",\"word 1\"\n1,\"fig\",\"a, \"\"b\"\"\"\n2,plum,fig\n4,pear,apple\n3,fig,pear\n");

    public override string Read(byte[] input)
    {
        SimilarityResult r = SimilarityEvaluation.Run(_vectors, new MemoryStream(input));
        return $"pairs {About(r.Pairs)} skipped {About(r.Skipped)} invalid {About(r.InvalidLines)} {double.IsFinite(r.Spearman)}";
    }
}

/// <summary>Analogy questions in sections.</summary>
internal sealed class AnalogyTarget : FuzzTarget
{
    private readonly WordVectors _vectors = Small.Vectors();

    public override string Name => "analogy-table";

    public override double Cost => 2;

    public override IReadOnlyList<byte[]> Tokens => Texts("\n", ": ", ":", "gram1", " ", "\t", "/", "\tplum/fig\n", "apple", "Pear", "ß", "\uFEFF", "\0");

    public override IEnumerable<byte[]> Seeds() => Texts(": fruit\napple pear fig plum\n: gram1-x\nfig apple plum pear\n", ": a\r\napple pear plum unknown\r\napple pear fig plum\r\n", ":\nAPPLE PEAR FIG PLUM\nthree words only\n", "apple pear fig plum\n: pairs\napple\tpear/none\nfig\tplum/apple\nnone\tplum\n", "apple\tpear\nfig\tplum\n");

    public override string Read(byte[] input)
    {
        AnalogyResult r = AnalogyEvaluation.Run(_vectors, new MemoryStream(input));
        return $"sections {About(r.Sections.Count)} asked {About(r.All.Questions)} skipped {About(r.All.Skipped)} invalid {About(r.InvalidLines)} right {About(r.All.Correct)}";
    }
}

/// <summary>Sentences with a blank and options for it.</summary>
internal sealed class CompletionTarget : FileTarget
{
    private readonly LanguageModel _model = Small.Model();

    public override string Name => "completion-table";

    public override double Cost => 12;

    public override IReadOnlyList<byte[]> Tokens => Texts("\n", "\t", " ", "a", "Z", "apple", "</s>", "<unk>", "\uFEFF", "\0");

    public override IEnumerable<byte[]> Seeds() => Texts("id\tsplit\tanswer\tleft\tright\ta\tb\n1\tdev\ta\tapple\tpear\tfig\tplum\n2\ttest\tB\t\t\tfig\tunknown\tplum\n", "h\n1\ts\tb\ta b\tc d\tx y\tz\r\n\n", "1,s,b,\"a, b\",c,\"x \"\"y\"\"\",z\n2;s;a;a;c;\"x\";z\n");

    protected override string ReadFile(string path, byte[] input)
    {
        CompletionResult r = CompletionEvaluation.Run(_model, path);
        return $"questions {About(r.Questions)} right {About(r.Correct)} unknown {About(r.UnknownOptions)} splits {About(r.Splits.Count)}";
    }
}

/// <summary>Models that are so small that reading the table takes most of the time.</summary>
internal static class Small
{
    private static readonly string[] Words = ["apple", "pear", "fig", "plum", "straße", "Apple"];

    public static WordVectors Vectors()
    {
        var words = new WordList.Builder();
        var matrix = new AlignedMatrix(Words.Length, 4);
        for (int i = 0; i < Words.Length; i++)
        {
            words.Add(Words[i]);
            for (int c = 0; c < 4; c++)
                matrix.Row(i)[c] = ((i * 7) + (c * 3)) % 5 - 2;
        }

        return new WordVectors(words.Build(), matrix);
    }

    public static LanguageModel Model()
    {
        var words = new WordList.Builder();
        string[] all = [.. Words, SpecialWords.EndOfSentence, SpecialWords.Unknown];
        foreach (string word in all)
            words.Add(word);
        var shape = new LanguageModelShape(all.Length, 4, 2, 0, PlaceWeightKind.Full, false, all.Length - 2, all.Length - 1);
        var parameters = new LanguageModelParameters(shape);
        long[] counts = [.. all.Select((_, i) => (long)(all.Length - i))];
        parameters.Initialize(1, counts);
        return new LanguageModel(new Vocabulary(words.Build(), counts), parameters);
    }
}
