using System.Text.Json;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>From text to answers, through every format.</summary>
public sealed class VerbTests : CliTestBase
{
    private static readonly string[] Formats = ["word2vec", "word2vec-binary", "npy", "safetensors"];

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
