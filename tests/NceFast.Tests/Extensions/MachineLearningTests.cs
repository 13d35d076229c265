using Microsoft.ML;
using Microsoft.ML.Data;
using NceFast.Exports;
using NceFast.Store;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Extensions;

/// <summary>Tests that ML.NET reads vectors that were exported as text.</summary>
public sealed class MachineLearningTests
{
    [Theory]
    [InlineData(VectorFormat.Word2Vec)]
    [InlineData(VectorFormat.GloVe)]
    public void The_word_embedding_of_a_word_is_its_vector(VectorFormat format)
    {
        using var folder = new TempFolder();
        using WordVectors vectors = TestVectors.Random(200, 25, 1);
        VectorFile.Write(folder["v.txt"], vectors, format);
        var ml = new MLContext(seed: 1);
        IDataView data = ml.Data.LoadFromEnumerable([new Text { Words = ["w7"] }, new Text { Words = ["w0", "w199"] }]);
        IDataView embedded = ml.Transforms.Text.ApplyWordEmbedding("Features", folder["v.txt"], "Words").Fit(data).Transform(data);
        float[][] rows = [.. ml.Data.CreateEnumerable<Embedded>(embedded, reuseRowObject: false).Select(row => row.Features)];

        // ML.NET gives the minimum, the mean and the maximum of the vectors of the words.
        float[] own = vectors["w7"].ToArray();
        Assert.Equal([.. own, .. own, .. own], rows[0]);
        for (int i = 0; i < 25; i++)
        {
            (float a, float b) = (vectors["w0"][i], vectors["w199"][i]);
            Assert.Equal(Math.Min(a, b), rows[1][i]);
            Assert.Equal((a + b) / 2, rows[1][25 + i], 1e-6f);
            Assert.Equal(Math.Max(a, b), rows[1][50 + i]);
        }
    }

    private sealed class Text
    {
        public string[] Words { get; set; } = [];
    }

    private sealed class Embedded
    {
        [VectorType(75)]
        public float[] Features { get; set; } = [];
    }
}
