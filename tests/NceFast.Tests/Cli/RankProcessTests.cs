using System.Text.Json;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Cli;

/// <summary>Ranks as processes: their results, and the refusal of ranks that do not fit together.</summary>
public sealed class RankProcessTests : RankTestBase
{
    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void Two_ranks_divide_a_text_and_write_one_model(string make)
    {
        string text = Corpus(words: 200_000), vectors = In("v.txt");
        string[] train = ["train", text, "--out", vectors, "--dim", "8", "--epochs", "2", "--json", "--min-count", "1", "--sync-rows", "64"];
        using CliProcess.Running ranks = MpiLauncher.Find(make).Start(train, train);
        CliResult result = ranks.Wait().Expect(0);
        JsonElement json = Json(result);
        Assert.Equal(200_000, json.GetProperty("corpus").GetProperty("words").GetInt64());
        Assert.All(json.GetProperty("epochs").EnumerateArray(), e => Assert.Equal(200_000, e.GetProperty("words").GetInt64()));
        Assert.Contains("2 ranks by", json.GetProperty("device").GetString());
        Assert.Equal(201, File.ReadAllLines(vectors).Length);
        Assert.DoesNotContain("\e[K", result.Err); // launchers give their ranks a terminal
        Assert.Equal([vectors, text], Directory.GetFiles(Folder).OrderDescending());
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void A_rank_that_runs_out_of_text_early_keeps_merging_until_all_end(string make)
    {
        string little = Write("little.txt", "c00w01 c00w02 c01w03\n");
        string[] options = ["--out", Vectors, "--dim", "8", "--epochs", "2", "--json", "--min-count", "1", "--shards", "own", "--sync-period", "20000"];
        using CliProcess.Running ranks = MpiLauncher.Find(make).Start(["train", Corpus(words: 200_000), .. options], ["train", little, .. options]);
        CliResult result = ranks.Wait().Expect(0);
        Assert.All(Json(result).GetProperty("epochs").EnumerateArray(), e => Assert.Equal(200_003, e.GetProperty("words").GetInt64()));
        Assert.Equal(201, File.ReadAllLines(Vectors).Length);
    }

    [Theory]
    [InlineData("openmpi")]
    [InlineData("mpich")]
    public void A_rank_without_its_file_ends_all_ranks(string make)
    {
        string[] train = ["train", Corpus(), "--out", Vectors], missing = ["train", In("missing.txt"), "--out", Vectors];
        using CliProcess.Running ranks = MpiLauncher.Find(make).Start(train, missing);
        CliResult result = ranks.Wait();
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("(rank 1)", result.Err);
        Assert.Contains("missing.txt does not exist", result.Err);
        NothingIsWritten();
    }

    [Fact]
    public void A_rank_of_another_build_is_refused()
    {
        MpiLauncher launcher = MpiLauncher.Find("openmpi");
        string other = Directory.CreateDirectory(In("other")).FullName;
        foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory).Where(f => Path.GetExtension(f) is ".dll" or ".json"))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        Rename(Path.Combine(other, "NceFast.dll"), typeof(WordVectorTrainer).Module.ModuleVersionId);
        string[] train = ["train", Corpus(), "--out", Vectors];
        using CliProcess.Running ranks = launcher.Start(Path.Combine(other, "NceFast.Cli.dll"), [train, train]);
        CliResult result = ranks.Wait();
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("The build of NceFast differs between ranks", result.Err);
        NothingIsWritten();
    }

    [Fact]
    public void A_launcher_and_a_library_of_different_makes_are_recognised()
    {
        _ = MpiLauncher.Find("mpich");
        MpiLauncher launcher = MpiLauncher.Find("openmpi");
        string[] train = ["train", Corpus(), "--out", Vectors];
        using CliProcess.Running ranks = launcher.StartWith("NCEFAST_MPI=libmpich.so.12", train, train);
        CliResult result = ranks.Wait();
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("are of different makes", result.Err);
        NothingIsWritten();
    }

    // Gives a module another id, as a module with other code has.
    private static void Rename(string module, Guid id)
    {
        byte[] bytes = File.ReadAllBytes(module);
        int place = bytes.AsSpan().IndexOf(id.ToByteArray());
        Assert.True(place > 0);
        bytes[place] ^= 0xFF;
        File.WriteAllBytes(module, bytes);
    }
}
