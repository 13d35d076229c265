using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Store;

public class WordVectorsTests
{
    [Fact]
    public void Every_word_is_found_and_no_other()
    {
        using WordVectors vectors = TestVectors.Random(5000, 1, 1);
        for (int i = 0; i < vectors.Count; i++)
            Assert.Equal(i, vectors.IndexOf(vectors.Words[i]));
        Assert.Equal(-1, vectors.IndexOf("w5000"));
        Assert.Equal(-1, vectors.IndexOf(""));
    }

    [Fact]
    public void Of_equal_words_the_first_is_found()
    {
        using WordVectors vectors = TestVectors.Make(("a", [1f]), ("b", [2f]), ("b", [3f]));
        Assert.Equal(1, vectors.IndexOf("b"));
    }
}
