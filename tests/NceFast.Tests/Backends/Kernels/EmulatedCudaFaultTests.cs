using NceFast.Tests.Cli;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>The program on emulated CUDA devices: faults of the driver, several devices, and trainings that go on.</summary>
public sealed class EmulatedCudaFaultTests : CliTestBase
{
    private const int LaunchFailed = 719, OutOfMemory = 2, DriverMismatch = 803, Unknown = 999;

    private string[] Train(string output, params string[] more) => TrainOn("cuda:0", output, more);

    private string[] TrainOn(string devices, string output, params string[] more) =>
        ["train", In("corpus.txt"), "--out", In(output), "--dim", "16", "--epochs", "3", "--min-count", "1", "--device", devices, .. more];

    private string[] TrainLanguageModel(string output, params string[] more) =>
        ["train", In("corpus.txt"), "--model", "lbl", "--out", In(output), "--dim", "16", "--epochs", "2", "--min-count", "1", "--device", "cuda:0", .. more];

    [Fact]
    public void A_device_lost_in_training_is_reported_and_the_last_checkpoint_goes_on_to_the_same_bytes()
    {
        Corpus(words: 4000);
        Run("", Train("whole")).Expect(0);

        // Five kernels for the one block of an epoch: this is in the second of three epochs.
        Run($"fail=cuLaunchKernel:8:{LaunchFailed}", Train("v", "--checkpoint", In("run"))).Expect(7, "'Emulated GPU 0' in epoch 2, block 0: a kernel failed.");
        Assert.False(File.Exists(In("v")));
        Run("", "resume", In("run")).Expect(0);
        Assert.Equal(File.ReadAllBytes(In("whole")), File.ReadAllBytes(In("v")));
    }

    [Theory]
    [InlineData("cuInit", 1, DriverMismatch, "error 803")]
    [InlineData("cuMemAlloc_v2", 5, OutOfMemory, "CUDA error 2: out of memory")]
    [InlineData("cuLaunchKernel", 2, LaunchFailed, "CUDA error 719")]
    public void A_failure_in_a_resumed_training_leaves_its_checkpoints_and_the_earlier_output(string entry, int call, int code, string error)
    {
        Corpus(words: 4000);
        Run("", Train("whole")).Expect(0);
        Run($"fail=cuLaunchKernel:8:{LaunchFailed}", Train("v", "--checkpoint", In("run"))).Expect(7);
        Write("v", "an earlier output");
        Dictionary<string, byte[]> before = Checkpoints();
        Run($"fail={entry}:{call}:{code}", "resume", In("run")).Expect(7, error);
        Assert.Equal("an earlier output", File.ReadAllText(In("v")));
        Dictionary<string, byte[]> after = Checkpoints();
        Assert.All(before, saved => Assert.Equal(saved.Value, after[saved.Key]));
        Run("", "resume", In("run")).Expect(0);
        Assert.Equal(File.ReadAllBytes(In("whole")), File.ReadAllBytes(In("v")));

        Dictionary<string, byte[]> Checkpoints() => Directory.EnumerateFiles(In("run"), "checkpoint-*").ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
    }

    [Fact]
    public void A_language_model_on_a_lost_device_is_reported()
    {
        Corpus(words: 4000);
        Run($"fail=cuLaunchKernel:5:{LaunchFailed}", TrainLanguageModel("model")).Expect(7, "epoch 1, block 0: a kernel failed.");
        Assert.False(File.Exists(In("model")));
        Run("", TrainLanguageModel("model")).Expect(0);
        Assert.True(File.Exists(In("model")));
    }

    [Theory]
    [InlineData("cuStreamSynchronize", 60, Unknown, "CUDA error 999: an unknown error. Check the log")]
    [InlineData("cuMemcpyAsync", 20, Unknown, "CUDA error 999: an unknown error. Check the log")]
    [InlineData("cuMemAlloc_v2", 5, OutOfMemory, "CUDA error 2: out of memory. Other programs may use")]
    [InlineData("cuMemHostRegister_v2", 3, OutOfMemory, "CUDA error 2: out of memory. Other programs may use")]
    [InlineData("cuStreamCreate", 1, OutOfMemory, "CUDA error 2: out of memory. Other programs may use")]
    [InlineData("cuModuleLoadDataEx", 3, 209, "does not compile")]
    [InlineData("cuCtxCreate_v2", 1, 46, "CUDA error 46: the device is busy or not available")]
    public void Any_call_that_fails_ends_in_a_message_that_names_the_device(string entry, int call, int code, string error)
    {
        Corpus(words: 4000);
        Write("v", "an earlier output");
        CliResult result = Run($"fail={entry}:{call}:{code}", Train("v")).Expect(7, error);
        Assert.Contains("Emulated GPU 0", result.Err, StringComparison.Ordinal);
        Assert.Equal("an earlier output", File.ReadAllText(In("v")));
    }

    [Fact]
    public void Tables_that_cannot_be_locked_are_copied_as_ordinary_memory()
    {
        Corpus(words: 4000);
        Run($"fail=cuMemHostRegister_v2:1:{OutOfMemory}", Train("v")).Expect(0);
        Assert.True(File.Exists(In("v")));
    }

    [Fact]
    public void A_model_larger_than_the_device_is_refused_before_its_memory_is_taken()
    {
        Corpus(words: 4000);
        Run("memory=1M", Train("v")).Expect(6, "which has 1,048,576");
        Assert.False(File.Exists(In("v")));
    }

    [Fact]
    public void Two_devices_train_a_replica_each()
    {
        Corpus(words: 40_000);
        CliResult result = Run("devices=2", TrainOn("cuda:0,cuda:1", "v", "--sync-period", "10000")).Expect(0, "Emulated GPU 1");
        Assert.Contains("Emulated GPU 0", result.Err, StringComparison.Ordinal);
        Assert.True(File.Exists(In("v")));
        Run($"devices=2 fail=cuLaunchKernel:9:{LaunchFailed}", TrainOn("cuda:0,cuda:1", "w")).Expect(7, "a kernel failed");
        Assert.False(File.Exists(In("w")));
    }

    [Fact]
    public void A_stopped_language_model_goes_on_to_the_same_bytes()
    {
        Corpus(words: 4000);
        Run("", TrainLanguageModel("whole")).Expect(0);
        Run("", TrainLanguageModel("model", "--checkpoint", In("run"))).Expect(0);
        File.Delete(In("model"));
        foreach (string checkpoint in Directory.EnumerateFiles(In("run"), "checkpoint-*").Order(StringComparer.Ordinal).Skip(1))
            File.Delete(checkpoint);
        Run("", "resume", In("run")).Expect(0);
        Assert.Equal(File.ReadAllBytes(In("whole")), File.ReadAllBytes(In("model")));
    }

    private static CliResult Run(string options, params string[] arguments)
    {
        using var process = new CliProcess.Running(["env", $"LD_LIBRARY_PATH={EmulatedDriver.Folder}", $"EMULATED_CUDA={options}", CliProcess.Dotnet, CliProcess.Dll, .. arguments]);
        process.Process.StandardInput.Close();
        return process.Wait();
    }
}
