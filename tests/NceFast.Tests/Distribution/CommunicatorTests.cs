using NceFast.Distribution;
using NceFast.Distribution.Mpi;
using Xunit;

namespace NceFast.Tests.Distribution;

public class CommunicatorTests
{
    [Fact]
    public void Sums_and_broadcasts_reach_all_ranks()
    {
        var results = RankThreads.Run(3, ranks =>
        {
            float[] floats = [ranks.Rank, 1];
            long[] longs = [1L << (40 + ranks.Rank)];
            byte[] bytes = ranks.Rank == 2 ? [7, 8] : new byte[2];
            ranks.AllSum(floats);
            ranks.AllSum(longs);
            ranks.Broadcast(bytes, 2);
            return (floats[0], floats[1], longs[0], bytes[0], bytes[1], string.Join(' ', ranks.Gather($"r{ranks.Rank}")));
        });
        Assert.All(results, r => Assert.Equal((3f, 3f, 7L << 40, (byte)7, (byte)8, "r0 r1 r2"), r.Result));
    }

    [Fact]
    public void A_failed_rank_ends_the_calls_of_the_others()
    {
        var results = RankThreads.Run(3, ranks =>
        {
            if (ranks.Rank == 1)
                throw new InvalidDataException("broken");
            long[] sum = [1];
            ranks.AllSum(sum);
            return sum[0];
        });
        Assert.IsType<InvalidDataException>(results[1].Error);
        Assert.Contains("Rank 1 failed", Assert.IsType<NceFastException>(results[0].Error).Message);
        Assert.Equal(ErrorKind.Ranks, ((NceFastException)results[2].Error!).Kind);
    }

    [Fact]
    public void A_rank_that_does_not_come_is_reported_in_time()
    {
        using var over = new ManualResetEventSlim();
        var results = RankThreads.Run(2, ranks =>
        {
            if (ranks.Rank == 1)
                over.Wait(TimeSpan.FromSeconds(10));
            long[] sum = [1];
            try
            {
                ranks.AllSum(sum);
            }
            finally
            {
                over.Set();
            }

            return sum[0];
        }, seconds: 0.3);
        Assert.Contains("did not come within", results[0].Error!.Message);
    }

    [Fact]
    public void Ranks_wait_for_longer_work_and_its_failure_is_thrown()
    {
        var results = RankThreads.Run(2, ranks =>
        {
            bool worked = false;
            ranks.Together(() =>
            {
                Thread.Sleep(ranks.Rank * 300);
                worked = true;
            });
            ranks.Together(() =>
            {
                if (ranks.Rank == 1)
                    throw new InvalidDataException("disk");
            });
            return worked;
        });
        Assert.IsType<InvalidDataException>(results[1].Error);
        Assert.Equal(ErrorKind.Ranks, Assert.IsType<NceFastException>(results[0].Error).Kind);
    }

    [Fact]
    public void Ranks_with_different_settings_are_named()
    {
        var results = RankThreads.Run<int>(2, ranks =>
        {
            ranks.EnsureAlike("The build", $"1.{ranks.Rank}", "Install the same one.");
            return 0;
        });
        Assert.All(results, r => Assert.Equal("The build differs between ranks: '1.0' on rank 0, '1.1' on rank 1. Install the same one.", r.Error!.Message));
    }

    [Theory]
    [InlineData("OMPI_COMM_WORLD_SIZE=4", 4, "libmpi.so.40")]
    [InlineData("PMI_RANK=0 PMI_SIZE=2", 2, "libmpich.so.12")]
    [InlineData("SLURM_PROCID=0 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=3", 3, "libmpi.so.40")]
    [InlineData("PMI_RANK=0 PMI_SIZE=2 NCEFAST_MPI=/opt/libmpi.so", 2, "/opt/libmpi.so")]
    public void Launchers_are_known_by_their_variables(string variables, int size, string library)
    {
        var set = variables.Split(' ').Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        Launch launch = Launch.Find(set.GetValueOrDefault)!;
        Assert.Equal((size, library), (launch.Size, launch.Libraries[0]));
    }

    [Fact]
    public void The_shell_of_a_job_is_no_rank() => Assert.Null(Launch.Find(name => name == "SLURM_PROCID" ? "0" : null));
}
