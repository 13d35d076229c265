using System.Text;
using NceFast.Blocks;
using NceFast.Corpus;
using NceFast.Evaluation;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Tests.Corpus;
using NceFast.Training;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.Training;

/// <summary>Vectors of items in baskets depend on what is in a basket, not on the order in which it is written.</summary>
public sealed class BasketTests : IDisposable
{
    // A basket has one item of each kind. Its two halves agree: items 0 to 4 of the kinds stand for one taste, items 5 to 9 for another.
    private const int Kinds = 10, ItemsPerKind = 10, Baskets = 6000;

    private static readonly WordVectorOptions Options = new()
    {
        Objective = ObjectiveKind.Neg,
        Dim = 16,
        Epochs = 4,
        Threads = 1,
        Subsample = 0,
        Window = 2,
        Corpus = new CorpusOptions { Vocabulary = new VocabularyOptions { MinCount = 1 } },
    };

    private readonly TextFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(ModelKind.SkipGram)]
    [InlineData(ModelKind.Cbow)]
    public void The_written_order_makes_no_difference_beyond_chance(ModelKind model)
    {
        WordVectorOptions options = Options with { Model = model, Baskets = true };
        double[,] sorted = Cosines(options, Text(shuffled: false)), shuffled = Cosines(options, Text(shuffled: true)), otherSeed = Cosines(options with { Seed = 9 }, Text(shuffled: false));
        double chance = Apart(sorted, otherSeed), order = Apart(sorted, shuffled);
        Assert.True(order < 1.3 * chance, $"another order changes cosines by {order:F4}, another seed by {chance:F4}");

        double[,] ordered = Cosines(options with { Baskets = false, WindowDraw = WindowDrawKind.Fixed }, Text(shuffled: false));
        double withOrder = Apart(ordered, shuffled);
        Assert.True(withOrder > 1.6 * chance, $"without baskets, the order changes cosines by only {withOrder:F4}, another seed by {chance:F4}");
    }

    [Fact]
    public void Threads_change_neither_what_is_read_nor_how_much_is_predicted()
    {
        WordVectorOptions options = Options with { Baskets = true, Subsample = 1e-2 };
        using TrainedVectors one = Train(options, Text(shuffled: false)), many = Train(options with { Threads = 3 }, Text(shuffled: false));
        Assert.Equal(one.Report.Epochs.Select(e => (e.Words, e.Tokens, e.Predictions)), many.Report.Epochs.Select(e => (e.Words, e.Tokens, e.Predictions)));
    }

    [Fact]
    public void A_drawn_reach_is_refused()
    {
        var error = Assert.Throws<NceFastException>(() => new WordVectorTrainer(Options with { Baskets = true, WindowDraw = WindowDrawKind.Uniform }));
        Assert.Equal(ErrorKind.Usage, error.Kind);
        Assert.Contains("WindowDrawKind.Fixed", error.Message);
        Assert.Equal((WindowDrawKind.Fixed, WindowDrawKind.Uniform), ((Options with { Baskets = true }).EffectiveWindowDraw, Options.EffectiveWindowDraw));
    }

    [Theory]
    [InlineData(ModelKind.SkipGram)]
    [InlineData(ModelKind.Cbow)]
    public void Held_out_baskets_are_measured_alike_in_any_order(ModelKind model)
    {
        using TrainedVectors trained = Train(Options with { Model = model, Baskets = true, Epochs = 1 }, Text(shuffled: false));
        WordVectorSpec spec = (Options with { Model = model, Baskets = true }).ToSpec(trained.Vocabulary.Counts);
        const string Basket = "k0i0 k1i3 k2i2 k3i4 k4i1 k5i0 k6i3 k7i2";
        string reversed = string.Join(' ', Basket.Split(' ').Reverse());
        double a = Loss(Basket), b = Loss(reversed);
        Assert.Equal(a, b, 1e-6); // the mean of a context is a sum of floats
        Assert.True(double.IsFinite(a));

        double Loss(string text) => HeldOutEvaluation.Read(spec, trained.Vocabulary, _files.Write("held.txt", text + "\n")).Run(trained.Parameters).Loss;
    }

    private static TrainedVectors Train(WordVectorOptions options, string text) =>
        new WordVectorTrainer(options).Train(CorpusSource.FromStream(new MemoryStream(Encoding.UTF8.GetBytes(text))));

    private static string Text(bool shuffled)
    {
        var random = new Random(4);
        var order = new Random(5);
        var text = new StringBuilder();
        for (int b = 0; b < Baskets; b++)
        {
            int taste = random.Next(2) * ItemsPerKind / 2;
            string[] items = [.. Enumerable.Range(0, Kinds).Select(kind => $"k{kind}i{taste + random.Next(ItemsPerKind / 2)}")];
            if (shuffled)
                order.Shuffle(items);
            text.AppendJoin(' ', items).Append('\n');
        }

        return text.ToString();
    }

    private static double[,] Cosines(WordVectorOptions options, string text)
    {
        using TrainedVectors model = Train(options, text);
        var rows = new List<float[]>();
        for (int kind = 0; kind < Kinds; kind++)
        {
            for (int item = 0; item < ItemsPerKind; item++)
                rows.Add(model.Parameters.Input.Row(model.Vocabulary.Find($"k{kind}i{item}"))[..options.Dim].ToArray());
        }

        var cosines = new double[rows.Count, rows.Count];
        for (int a = 0; a < rows.Count; a++)
        {
            for (int b = 0; b < rows.Count; b++)
                cosines[a, b] = rows[a].Zip(rows[b]).Sum(p => (double)p.First * p.Second) / Math.Sqrt(rows[a].Sum(x => (double)x * x) * rows[b].Sum(x => (double)x * x));
        }

        return cosines;
    }

    // The root of the mean square of the differences.
    private static double Apart(double[,] x, double[,] y) => Math.Sqrt(x.Cast<double>().Zip(y.Cast<double>()).Average(p => (p.First - p.Second) * (p.First - p.Second)));
}
