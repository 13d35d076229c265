using System.Diagnostics;
using System.Text.Json;
using NceFast.Backends;
using NceFast.Kernels;
using NceFast.Tests.Cli;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>The program on machines whose drivers work, fail, or are absent: which drivers it loads, what it reports, and what it then trains on.</summary>
public sealed class DriverTests : CliTestBase
{
    private const string OpenCLLibrary = "libOpenCL.so.1";

    [Fact]
    public void Libraries_are_found_by_the_names_that_machines_without_development_packages_have()
    {
        BuildOpenCL();
        Assert.False(File.Exists(Path.Combine(EmulatedDriver.Folder, "libcuda.so")));
        string list = Run("", "devices").Expect(0).Out;
        Assert.Contains("cuda:0     Emulated GPU 0", list, StringComparison.Ordinal);
        Assert.Contains("the driver works, but it lists no opencl device", list, StringComparison.Ordinal);
        Assert.Contains("auto       chooses cuda:0: of the devices that can be used, it has the highest score", list, StringComparison.Ordinal);
        Assert.True(File.Exists(In("opencl-listed"))); // by ILGPU, which imports it under another name
    }

    [Theory]
    [InlineData("host", "abort")]
    [InlineData("host", "hang")]
    public void The_host_trains_without_any_driver(string device, string failure)
    {
        BuildOpenCL();
        Run($"fail=cuInit:1:{failure} report={In("report")}", Train(device)).Expect(0);
        Assert.True(File.Exists(In("v")));
        Assert.False(File.Exists(In("report")));
        Assert.False(File.Exists(In("opencl-loaded")));
    }

    [Fact]
    public void Only_the_driver_of_the_named_kind_is_loaded()
    {
        BuildOpenCL();
        Run("", Train("cuda:0")).Expect(0);
        Assert.False(File.Exists(In("opencl-loaded")));
        Run("fail=cuInit:1:abort", Train("opencl")).Expect(7, "'opencl' cannot be used: the driver works, but it lists no opencl device");
        Assert.True(File.Exists(In("opencl-loaded")));
        Run("fail=cuInit:1:abort", Train("unknown")).Expect(7, "choose one of auto, host, cuda, opencl, ilgpu-cpu");
        Run("devices=2", Train("cuda:2")).Expect(7, "choose one of auto, cuda:0, cuda:1, host, opencl, ilgpu-cpu");
    }

    [Theory]
    [InlineData(2, "out of memory")]
    [InlineData(3, "could not be initialized")]
    [InlineData(34, "the stub of a CUDA toolkit")]
    [InlineData(35, "older than the program needs")]
    [InlineData(46, "busy or not available")]
    [InlineData(100, "found no device")]
    [InlineData(101, "CUDA_VISIBLE_DEVICES")]
    [InlineData(803, "the driver library and the kernel module have different versions. Restart the machine")]
    [InlineData(999, "an unknown error")]
    [InlineData(4711, "The documentation of the driver")]
    public void A_cuda_driver_that_does_not_start_is_reported_with_its_error_and_auto_uses_the_host(int code, string meaning)
    {
        Write("v", "an earlier output");
        string failure = $"fail=cuInit:1:{code} fail=cuInit:2:{code} fail=cuInit:3:{code}";
        CliResult named = Run(failure, Train("cuda:0")).Expect(7, $"The device 'cuda:0' cannot be used: cuInit failed with error {code}: ");
        Assert.Contains(meaning, named.Err, StringComparison.Ordinal);
        Assert.Equal("an earlier output", File.ReadAllText(In("v")));

        CliResult auto = Run(failure, Train("auto")).Expect(0, $"The device 'cuda' cannot be used: cuInit failed with error {code}: ");
        Assert.Contains("The training uses 'host' instead.", auto.Err, StringComparison.Ordinal);
        Assert.NotEqual("an earlier output", File.ReadAllText(In("v")));

        JsonElement json = Run(failure, "devices", "--json").Expect(0).Json;
        Assert.Equal("host", json.GetProperty("auto").GetProperty("device").GetString());
        JsonElement cuda = json.GetProperty("devices").EnumerateArray().Single(d => d.GetProperty("id").GetString() == "cuda");
        Assert.True(cuda.GetProperty("driverFailed").GetBoolean());
        Assert.Contains($"error {code}", cuda.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-30, "clGetPlatformIDs failed with error -30: an argument is not valid")]
    [InlineData(-6, "clGetPlatformIDs failed with error -6: out of memory of the processor")]
    public void An_opencl_driver_that_does_not_start_is_reported_with_its_error(int code, string error)
    {
        BuildOpenCL();
        Run("devices=0", [$"FAKE_OPENCL_CODE={code}"], Train("opencl:0")).Expect(7, $"'opencl:0' cannot be used: {error}");
        Assert.False(File.Exists(In("v")));
        Run("devices=0", [$"FAKE_OPENCL_CODE={code}", "CUDA_VISIBLE_DEVICES="], Train("auto")).Expect(0, $"The device 'opencl' cannot be used: {error}");
    }

    /// <summary>Many machines have the library that finds OpenCL drivers, but no driver; and a user may hide the devices of CUDA.</summary>
    [Fact]
    public void Auto_uses_the_host_without_a_warning_where_no_driver_is_installed()
    {
        BuildOpenCL();
        CliResult result = Run("devices=0", ["FAKE_OPENCL_CODE=-1001", "CUDA_VISIBLE_DEVICES="], Train("auto", "--log", "json")).Expect(0);
        Assert.DoesNotContain("cannot be used", result.Err, StringComparison.Ordinal);
        string list = Run("devices=0", ["FAKE_OPENCL_CODE=-1001", "CUDA_VISIBLE_DEVICES="], "devices").Expect(0).Out;
        Assert.Contains("CUDA_VISIBLE_DEVICES hides all devices", list, StringComparison.Ordinal);
        Assert.Contains("clGetPlatformIDs found no driver (error -1001). Install the OpenCL driver", list, StringComparison.Ordinal);
        Assert.Contains("auto       chooses host: no device that ranks above the processor can be used", list, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_variable_of_the_device_is_the_reason_of_the_choice()
    {
        Assert.Contains("auto       chooses host: the environment variable NCEFAST_DEVICE names it", Run("", ["NCEFAST_DEVICE=host"], "devices").Expect(0).Out, StringComparison.Ordinal);
        string list = Run("", ["NCEFAST_DEVICE=cuda:7"], "devices").Expect(0).Out;
        Assert.Contains("auto       cannot choose: There is no device 'cuda:7', named by the environment variable NCEFAST_DEVICE; choose one of", list, StringComparison.Ordinal);
    }

    [Fact]
    public void A_catalog_receives_the_accelerators_once_by_one_call()
    {
        BackendCatalog catalog = new BackendCatalog().AddAccelerators().AddAccelerators();
        Assert.Equal(["cuda", "host", "ilgpu-cpu", "opencl"], catalog.Devices().Select(d => d.Id.Split(':')[0]).Distinct().Order(StringComparer.Ordinal));
        Assert.Single(catalog.Devices(), d => d.Id == "ilgpu-cpu");
        Assert.True(catalog.Resolve("ilgpu-cpu").Usable);
        Assert.Contains("`BackendCatalog.Default.AddAccelerators()`", File.ReadAllText(Path.Combine(EmulatedDriver.Sources(), "..", "..", "src/docs/library.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_kernels_have_one_public_type() => Assert.Equal(["NceFast.Kernels.Accelerators"], typeof(Accelerators).Assembly.GetExportedTypes().Select(t => t.FullName));

    private string[] Train(string device, params string[] more)
    {
        Corpus(words: 4000);
        return ["train", In("corpus.txt"), "--out", In("v"), "--dim", "8", "--epochs", "1", "--min-count", "1", "--device", device, .. more];
    }

    private CliResult Run(string options, params string[] arguments) => Run(options, [], arguments);

    private CliResult Run(string options, string[] environment, params string[] arguments)
    {
        using var process = new CliProcess.Running(
            ["env", $"LD_LIBRARY_PATH={Folder}:{EmulatedDriver.Folder}", $"EMULATED_CUDA={options}", $"FAKE_OPENCL_LOADED={In("opencl-loaded")}", $"FAKE_OPENCL_LISTED={In("opencl-listed")}", .. environment, CliProcess.Dotnet, CliProcess.Dll, .. arguments]);
        process.Process.StandardInput.Close();
        return process.Wait();
    }

    private void BuildOpenCL()
    {
        _ = EmulatedDriver.Folder; // skips the test where g++ is missing
        string source = Path.Combine(EmulatedDriver.Sources(), "..", "OpenCLDriver", "FakeOpenCL.cpp");
        using var compiler = Process.Start("g++", ["-std=c++17", "-O1", "-fPIC", "-shared", $"-Wl,-soname,{OpenCLLibrary}", "-o", In(OpenCLLibrary), source]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
    }
}
