using NceFast.Distribution;
using NceFast.Merging;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Tests.Backends;
using Xunit;

namespace NceFast.Tests.Distribution;

/// <summary>A merge that exchanges only changed rows is compared with sums over all rows.</summary>
public sealed class ChangedRowsTests
{
    private const int Words = 70, Dim = 9;
    private static readonly float[] NoUpdates = new float[Words];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(70_000)]
    public void Rows_are_listed_with_their_counts_whatever_the_number_of_replicas(int replicas)
    {
        var rows = new ChangedRows(replicas);
        rows.Begin([new MergeStrip(0, 0, 0, 1, 3), new MergeStrip(1, 0, 0, 131, 5), new MergeStrip(1, 1, 131, 64, 5)]);
        rows.Mark(0, 0, replicas);
        rows.Mark(1, 130, 1);
        rows.Mark(2, 0, replicas);
        rows.Mark(2, 63, replicas);
        using var alone = new SoloCommunicator();
        rows.ListAll(alone);
        (int Strip, long Row, int Own, int All)[] listed = [.. rows.Pieces(5).SelectMany(p => Enumerable.Range(p.From, p.To - p.From).Select(n => (p.Index, rows[p, n].Row, rows[p, n].Own, rows[p, n].All)))];
        Assert.Equal([(0, 0, replicas, replicas), (1, 130, 1, 1), (2, 0, replicas, replicas), (2, 63, replicas, replicas)], listed);
        Assert.Equal(3 + 15, rows.Floats);
    }

    // Each of three ranks has several replicas. A row is changed by none, one, some or all, also to NaN and by the sign of a zero.
    [Theory]
    [InlineData(MergeRule.Sum, 1, false)]
    [InlineData(MergeRule.Sum, 2, true)]
    [InlineData(MergeRule.Mean, 2, false)]
    [InlineData(MergeRule.Touching, 1, true)]
    [InlineData(MergeRule.Touching, 3, false)]
    public void A_merge_of_changed_rows_gives_the_bits_of_one_of_all_rows(MergeRule rule, int replicas, bool adaGrad)
    {
        const int Ranks = 3;
        WordVectorParameters[][] all = [.. Enumerable.Range(0, Ranks).Select(_ => Enumerable.Range(0, replicas).Select(_ => Create(adaGrad)).ToArray())];
        var random = new Random(replicas);
        (Exception? Error, long Sent)[] results = Run(all, rule, (round, _) => round.Now(2), () => Train(all, random), false, out int[][][][] expected);
        foreach ((Exception? error, long sent) in results)
        {
            Assert.Null(error);
            Assert.InRange(sent, 1, all[0][0].Tables.Sum(t => t.Rows * t.Columns) * 9 / 10);
        }

        Assert.All(Enumerable.Range(0, Ranks), rank => Assert.All(Enumerable.Range(0, replicas), r => Assert.Equal(expected[rank][r], Bits(all[rank][r]))));
        Array.ForEach(all, rank => Array.ForEach(rank, p => p.Dispose()));
    }

    // Whole numbers, because a row that was trained on since is added to, instead of replaced.
    [Fact]
    public void Ranks_that_merge_beside_the_training_and_at_once_get_the_same_rows()
    {
        WordVectorParameters[][] all = [.. Enumerable.Range(0, 3).Select(_ => new[] { Create(false) })];
        void Train()
        {
            all[0][0].Input.Row(5).Fill(2);
            all[1][0].Input.Row(5).Fill(3);
            all[1][0].Output.Row(40)[8] = 7;
            all[2][0].Output.Row(69)[0] = 1;
        }

        foreach (var (error, sent) in Run(all, MergeRule.Sum, Merge, Train, true, out _))
        {
            Assert.Null(error);
            Assert.Equal(3 * Dim, sent);
        }

        foreach (WordVectorParameters p in all.Select(rank => rank[0]))
        {
            Assert.All(p.Input.Row(5).ToArray(), value => Assert.Equal(5, value));
            Assert.Equal((7, 1), (p.Output.Row(40)[8], p.Output.Row(69)[0]));
        }

        Assert.Equal([11, 0, 0], all.Select(rank => rank[0].Input.Row(6)[0]));
        Array.ForEach(all, rank => rank[0].Dispose());

        void Merge(MergeRound round, int rank)
        {
            if (rank == 2)
            {
                round.Now(2);
                return;
            }

            round.Begin(2, () => SyncVote.Cast(new SoloCommunicator(), new Ballot(true, false, false, 0, default, [])));
            if (rank == 0)
                all[0][0].Input.Row(6)[0] = 11; // trained on meanwhile
            round.End();
        }
    }

    private static WordVectorParameters Create(bool adaGrad)
    {
        var parameters = new WordVectorParameters(TestSpecs.Create(Words, Dim, objective: ObjectiveKind.Nce, normalizer: NormalizerKind.Learned, adaGrad: adaGrad));
        foreach (ParameterTable table in parameters.Tables)
        {
            for (int row = 0; row < table.Rows; row++)
                table.Row(row).Clear();
        }

        return parameters;
    }

    // Rows by their number modulo 5: none changes 0, one replica 1, all 2, a random one of them 3 and the sign of zero 4.
    private static void Train(WordVectorParameters[][] all, Random random)
    {
        WordVectorParameters[] replicas = [.. all.SelectMany(rank => rank)];
        for (int t = 0; t < replicas[0].Tables.Count; t++)
        {
            for (int row = 0; row < replicas[0].Tables[t].Rows; row++)
            {
                int one = random.Next(replicas.Length);
                for (int r = 0; r < replicas.Length; r++)
                {
                    Span<float> values = replicas[r].Tables[t].Row(row);
                    if (row % 5 == 4)
                        values[0] = -0f;
                    else if (row % 5 == 2 || (row % 5 == 1 && r == 0) || (row % 5 == 3 && r == one))
                        values[random.Next(values.Length)] = row == 12 ? float.NaN : random.NextSingle() - 0.5f;
                }
            }
        }
    }

    private static (Exception? Error, long Sent)[] Run(WordVectorParameters[][] all, MergeRule rule, Action<MergeRound, int> merge, Action train, bool overlaps, out int[][][][] expected)
    {
        int replicas = all.Sum(rank => rank.Length);
        ReplicaMerger[] mergers = [.. all.Select(rank => new ReplicaMerger([.. rank.Select(p => p.Tables)], RowRanking.Create(TestSpecs.Counts(Words), NoUpdates), new MergeRuler(40, Words), rule, replicas))];
        train();
        expected = Dense(all, rule);
        var sent = RankThreads.Run(all.Length, ranks =>
        {
            var counting = new CountingCommunicator(ranks);
            using var round = new MergeRound(mergers[ranks.Rank], counting, overlaps);
            mergers[ranks.Rank].Begin(new long[all[ranks.Rank].Length], 1.0 / all.Length, 0.1);
            merge(round, ranks.Rank);
            return counting.Floats;
        });
        Array.ForEach(mergers, m => m.Dispose());
        return [.. sent.Select(s => (s.Error, s.Result))];
    }

    // All replicas began at 0: the sum of all rows, in the order of replicas within a rank and of ranks.
    private static int[][][][] Dense(WordVectorParameters[][] all, MergeRule rule)
    {
        int[][][][] expected = [.. all.Select(rank => rank.Select(Bits).ToArray())];
        int replicas = all.Sum(rank => rank.Length);
        float weight = rule == MergeRule.Mean ? MergeWeight.Mean(replicas) : 1;
        for (int t = 0; t < all[0][0].Tables.Count; t++)
        {
            int columns = all[0][0].Tables[t].Columns;
            for (int row = 0; row < all[0][0].Tables[t].Rows; row++)
            {
                float[][] rows = [.. all.SelectMany(rank => rank).Select(p => p.Tables[t].Row(row).ToArray())];
                int changed = rows.Count(values => values.Any(v => v != 0));
                for (int c = 0; c < columns && changed > 0; c++)
                {
                    float sum = 0;
                    foreach (WordVectorParameters[] rank in all)
                        sum += rank.Aggregate(0f, (own, p) => own + (weight * (p.Tables[t].Row(row)[c] - 0f)));
                    float merged = 0f + ((rule == MergeRule.Touching ? 1f / changed : 1) * sum);
                    foreach (int[][] replica in expected.SelectMany(rank => rank))
                        replica[t][(row * columns) + c] = BitConverter.SingleToInt32Bits(merged);
                }
            }
        }

        return expected;
    }

    private static int[][] Bits(WordVectorParameters parameters) =>
        [.. parameters.Tables.Select(t => Enumerable.Range(0, (int)t.Rows).SelectMany(row => t.Row(row).ToArray()).Select(BitConverter.SingleToInt32Bits).ToArray())];

    /// <summary>Counts the floats that are summed.</summary>
    private sealed class CountingCommunicator(ICommunicator ranks) : ICommunicator
    {
        public long Floats { get; private set; }

        public string Description => ranks.Description;

        public int Rank => ranks.Rank;

        public int Size => ranks.Size;

        public void AllSum(Span<float> values)
        {
            Floats += values.Length;
            ranks.AllSum(values);
        }

        public void AllSum(Span<long> values) => ranks.AllSum(values);

        public void Broadcast(Span<byte> bytes, int root) => ranks.Broadcast(bytes, root);

        public void Complete() => ranks.Complete();

        public void Abort(int exitCode) => ranks.Abort(exitCode);

        public void Dispose()
        {
        }
    }
}
