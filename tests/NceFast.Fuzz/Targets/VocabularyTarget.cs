using NceFast.Vocab;

namespace NceFast.Fuzz.Targets;

/// <summary>The vocabulary file.</summary>
internal sealed class VocabularyTarget : FileTarget
{
    public override string Name => "vocabulary";

    public override IReadOnlyList<byte[]> Tokens => Texts("\n", "\r\n", " ", "\t", " 1\n", "word 5\n", "</s> 0\n", "\uFEFF", "\0", "\u001F\u008B");

    public override IEnumerable<byte[]> Seeds() => Texts("</s> 0\nthe 10\n", "the 10\nof 5\nand 3\n", "\uFEFFwort\t7\r\nüber\t2\r\n", "one 4611686018427387904", new string('l', 4096) + " 1\nlast 1");

    protected override string ReadFile(string path, byte[] input)
    {
        Vocabulary vocabulary = Vocabulary.Load(path);
        return $"words {About(vocabulary.Count)} total {About(vocabulary.TotalWords)}";
    }
}
