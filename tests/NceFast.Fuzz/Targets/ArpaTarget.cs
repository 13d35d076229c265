using NceFast.NGrams;

namespace NceFast.Fuzz.Targets;

/// <summary>The ARPA file of an n-gram model.</summary>
internal sealed class ArpaTarget : FileTarget
{
    public override string Name => "arpa";

    public override double Cost => 2;

    public override IReadOnlyList<byte[]> Tokens => Texts("\n", "\r\n", " ", "\t", "\\data\\\n", "ngram 1=", "ngram 2=1\n", "=2147483647", "\\1-grams:\n", "\\2-grams:\n", "\\3-grams:\n", "\\end\\\n", "-0.5\t", "-inf", "<s>", "</s>", "<unk>", "a", "\uFEFF", "\0", "\u001F\u008B");

    public override IEnumerable<byte[]> Seeds() => Texts(
        "\\data\\\nngram 1=4\nngram 2=2\nngram 3=1\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.5\n-0.7\ta\t-0.25\n-0.3\t</s>\n\n\\2-grams:\n-0.1\t<s> a\t-0.3\n-0.2\ta </s>\n\n\\3-grams:\n-0.05\t<s> a </s>\n\n\\end\\\n",
        "by hand\r\n\\data\\\r\nngram 1= 2\r\n\\1-grams:\r\n-inf a\r\n-1e-1 b 0\r\n\\end\\");

    protected override string ReadFile(string path, byte[] input)
    {
        NgramModel model = NgramModel.Load(path);
        for (int word = 0; word < Math.Min(4, model.Words.Count); word++)
            model.LogProbability([0, word, 0], word);
        return $"order {model.Order} counts {string.Join(' ', model.CountsByOrder.Select(About))} {model.Start >= 0} {model.End >= 0} {model.Unknown >= 0}";
    }
}
