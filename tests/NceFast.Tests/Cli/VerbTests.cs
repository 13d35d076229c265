using System.Text.Json;
using NceFast.Tests.Corpus;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>From text to answers, through every format.</summary>
public sealed class VerbTests : CliTestBase
{
    private static readonly string[] Formats = ["word2vec", "word2vec-binary", "npy", "safetensors", "glove"];

    [Fact]
    public void Every_format_gives_the_same_answers()
    {
        Train(In("v.word2vec"), "word2vec");
        foreach (string format in Formats[1..])
            CliProcess.Run("export", In("v.word2vec"), "--out", In("v." + format), "--format", format, "--quiet").Expect(0);
        string[] answers = [.. Formats.Select(format => CliProcess.Run("neighbours", In("v." + format), "c03w00", "c07w05", "--top", "5", "--json").Expect(0).Out)];
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        using JsonDocument first = JsonDocument.Parse(answers[0]);
        Assert.Equal(5, first.RootElement.GetProperty("words")[0].GetProperty("neighbours").GetArrayLength());

        CliProcess.Run("export", In("v.safetensors"), "--out", In("again"), "--format", "word2vec").Expect(0);
        Assert.Equal(File.ReadAllBytes(In("v.word2vec")), File.ReadAllBytes(In("again")));
    }

    [Fact]
    public void Training_writes_the_requested_format()
    {
        Train(In("v1"), "safetensors");
        Train(In("v2"), "npy");
        CliProcess.Run("export", In("v1"), "--out", In("t1")).Expect(0);
        CliProcess.Run("export", In("v2"), "--out", In("t2")).Expect(0);
        Assert.Equal(File.ReadAllBytes(In("t1")), File.ReadAllBytes(In("t2")));
    }

    [Fact]
    public void One_thread_and_one_seed_give_the_same_bytes()
    {
        Train(In("a"), "word2vec-binary", "--seed", "7");
        Train(In("b"), "word2vec-binary", "--seed", "7");
        Train(In("c"), "word2vec-binary", "--seed", "8");
        Assert.Equal(File.ReadAllBytes(In("a")), File.ReadAllBytes(In("b")));
        Assert.NotEqual(File.ReadAllBytes(In("a")), File.ReadAllBytes(In("c")));
    }

    [Fact]
    public void Options_take_effect_in_the_training()
    {
        CliResult result = Train(In("v"), "word2vec", "--json", "--model", "cbow", "--objective", "neg", "--negatives", "7", "--noise-sharing", "8",
            "--host-kernels", "scalar", "--max-vocab", "50", "--vocab-out", In("vocab.txt"), "--vectors", "mean");
        JsonElement json = result.Json;
        Assert.Equal(("cbow", "neg", 7, 8, 50), (json.GetProperty("model").GetString(), json.GetProperty("objective").GetString(),
            json.GetProperty("k").GetInt32(), json.GetProperty("noiseSharing").GetInt32(), json.GetProperty("vocabulary").GetInt32()));
        Assert.Contains("scalar", json.GetProperty("device").GetString());
        Assert.Equal(50, File.ReadAllLines(In("vocab.txt")).Length);
        foreach (string key in (string[])["loss", "wordsPerSecond", "vocabularySeconds", "trainingSeconds", "writingSeconds", "noiseSetSize", "parameterBytes", "peakMemoryBytes"])
            Assert.True(json.GetProperty(key).GetDouble() > 0, key);
        Assert.Equal(20_000, json.GetProperty("corpus").GetProperty("words").GetInt64());

        CliProcess.Run("train", Corpus(), "--vocab-in", In("vocab.txt"), "--out", In("w"), "--dim", "8", "--epochs", "1", "--quiet").Expect(0);
        Assert.StartsWith("50 8\n", File.ReadAllText(In("w")));
    }

    [Fact]
    public void Windows_and_baskets_take_effect_and_are_reported()
    {
        JsonElement drawn = Train(In("u"), "word2vec", "--json").Json, whole = Train(In("f"), "word2vec", "--json", "--window-draw", "fixed").Json;
        JsonElement baskets = Train(In("b"), "word2vec", "--json", "--baskets", "--window", "3", "--run", In("run")).Json;
        Assert.Equal(("uniform", false), (drawn.GetProperty("windowDraw").GetString(), drawn.GetProperty("baskets").GetBoolean()));
        Assert.Equal(("fixed", false), (whole.GetProperty("windowDraw").GetString(), whole.GetProperty("baskets").GetBoolean()));
        Assert.Equal(("fixed", true, 3), (baskets.GetProperty("windowDraw").GetString(), baskets.GetProperty("baskets").GetBoolean(), baskets.GetProperty("window").GetInt32()));
        Assert.True(Predictions(whole) > 1.4 * Predictions(drawn));
        Assert.Contains("fixed", File.ReadAllText(Path.Combine(In("run"), "run.json")));

        static long Predictions(JsonElement json) => json.GetProperty("epochs")[0].GetProperty("predictions").GetInt64();
    }

    [Fact]
    public void Input_and_output_vectors_differ_and_mean_is_their_mean()
    {
        float[][] rows = [.. new[] { "input", "output", "mean" }.Select(kind =>
        {
            Train(In(kind), "word2vec", "--vectors", kind);
            return File.ReadAllLines(In(kind))[1].Split(' ')[1..].Select(float.Parse).ToArray();
        })];
        Assert.NotEqual(rows[0], rows[1]);
        for (int i = 0; i < rows[2].Length; i++)
            Assert.Equal((rows[0][i] + rows[1][i]) / 2, rows[2][i], 1e-6f);
    }

    [Fact]
    public void Evaluations_report_what_the_vectors_hold()
    {
        string vectors = Write("v", "4 2\na 1 0\nb 0.9 0.1\nc 0 1\nd 0.1 0.9\n");
        JsonElement similarity = CliProcess.Run("eval", "similarity", vectors, Write("pairs", "a b 9\na d 2\na c 1\na z 5\n"), "--json").Expect(0).Json;
        Assert.Equal(1, similarity.GetProperty("spearman").GetDouble(), 1e-9);
        Assert.Equal((3, 1), (similarity.GetProperty("pairs").GetInt32(), similarity.GetProperty("skipped").GetInt32()));
        JsonElement analogy = CliProcess.Run("eval", "analogy", vectors, Write("questions", ": one\na b c d\na b z d\n"), "--json").Expect(0).Json.GetProperty("all");
        Assert.Equal((1, 1, 1), (analogy.GetProperty("correct").GetInt32(), analogy.GetProperty("questions").GetInt32(), analogy.GetProperty("skipped").GetInt32()));
        Assert.Equal(2, CliProcess.Run("eval", "analogy", vectors, In("questions"), "--restrict", "3", "--json").Expect(4).Json.GetProperty("skipped").GetInt32()); // "all" is null
        CliProcess.Run("neighbours", vectors, "zebra").Expect(2, "zebra");
        Assert.StartsWith("-x\n", CliProcess.Run("neighbours", Write("odd", "2 1\n-x 1\n@y 2\n"), "--", "-x", "@y").Expect(0).Out);
    }

    [Fact]
    public void Sums_of_words_are_given_as_one_argument_or_several()
    {
        string vectors = Write("v", "man 1 0 0.5\nwoman 1 1 0.25\nking 0 0.1 1\nqueen 0 1 1.5\n- 1 2 3\n+ 0 0 1\nNew York 1 1 0\n");
        string sum = CliProcess.Run("neighbours", vectors, "king", "-", "man", "+", "woman", "--top", "1").Expect(0).Out;
        Assert.StartsWith("king - man + woman\n   0.9538  queen\n", sum);
        Assert.Equal(sum, CliProcess.Run("neighbours", vectors, "king - man + woman", "--top", "1").Expect(0).Out);
        JsonElement json = CliProcess.Run("neighbours", vectors, "New York", "king - New York", "woman", "--top", "1", "--json").Expect(0).Json.GetProperty("words");
        Assert.Equal(["New York", "king - New York", "woman"], json.EnumerateArray().Select(w => w.GetProperty("word").GetString()));
        Assert.Equal("man - woman", CliProcess.Run("neighbours", vectors, "king", "man", "-", "woman", "--top", "1").Expect(0).Out.Split('\n')[2]);
        Assert.Equal(["-", "+"], CliProcess.Run("neighbours", vectors, "-", "+", "--top", "1").Expect(0).Out.Split('\n').Where(line => line.Length == 1));
        Assert.Equal("king", CliProcess.Run("neighbours", vectors, "king", "--top", "1").Expect(0).Out.Split('\n')[0]);
        CliProcess.Run("neighbours", vectors, "king", "-", "zebra").Expect(2, "'zebra' is not among the 7 words");
        CliProcess.Run("neighbours", vectors, "king", "-", "king").Expect(2, "sum of king - king is zero");
    }

    [Fact]
    public void Vectors_of_words_are_printed()
    {
        string vectors = Write("v", "3 2\na 1 -0.25\nNew York 1e-30 0.1\nb NaN 3\n");
        Assert.Equal("a 1 -0.25\nNew York 1E-30 0.1\n", CliProcess.Run("vector", vectors, "a", "New York").Expect(0).Out);
        JsonElement json = CliProcess.Run("vector", vectors, "b", "a", "--json").Expect(0).Json;
        Assert.Equal((2, "b"), (json.GetProperty("dim").GetInt32(), json.GetProperty("words")[0].GetProperty("word").GetString()));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("words")[0].GetProperty("vector")[0].ValueKind);
        Assert.Equal([1f, -0.25f], json.GetProperty("words")[1].GetProperty("vector").EnumerateArray().Select(f => f.GetSingle()));
        CliProcess.Run("vector", vectors, "a", "zebra").Expect(2, "'zebra' is not among the 3 words");
        CliProcess.Run("vector", vectors).Expect(2);
    }

    [Fact]
    public void A_training_starts_from_compressed_vectors()
    {
        string from = Write("v.gz", TextFiles.Gzip([.. "c03w00 1 2 3 4 5 6 7 8\nnone 1 2 3 4 5 6 7 8\n"u8]));
        CliResult started = Train(In("out"), "word2vec", "--from", from, "--lr", "1e-8");
        Assert.Contains("1 of 200 words start with the vectors of", started.Err);
        Assert.Contains("c03w00 1 2 3 4 5 6 7 8", CliProcess.Run("vector", In("out"), "c03w00").Expect(0).Out);
        CliProcess.Run("train", Corpus(), "--from", from, "--out", In("w"), "--dim", "9").Expect(2, "have 8 floats, but --dim is 9");
        CliProcess.Run("train", Corpus(), "--from", from, "--out", from, "--dim", "8").Expect(2, "--from");
    }

    [Fact]
    public void Demo_recovers_the_known_truth()
    {
        JsonElement json = CliProcess.Run("demo", "--words", "300000", "--json", "--quiet").Expect(0).Json;
        double[] gaps = [.. json.GetProperty("trainings").EnumerateArray().Select(t => t.GetProperty("gap").GetDouble())];
        Assert.Equal(3, gaps.Length);
        Assert.True(gaps[2] < gaps[0] && gaps[2] < json.GetProperty("mutualInformation").GetDouble() / 10, string.Join(", ", gaps));
        Assert.True(json.GetProperty("sameClassNeighbours").GetDouble() > 0.8);
    }

    private CliResult Train(string output, string format, params string[] more) =>
        CliProcess.Run(["train", Corpus(), "--out", output, "--format", format, "--threads", "1", "--dim", "8", "--epochs", "2", .. more]).Expect(0);
}
