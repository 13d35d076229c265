using System.Text.Json;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>The emulated driver itself: faulty kernels are found out, and counters are those of kernels that can be counted by hand.</summary>
[Collection("accelerators")]
public sealed class EmulatedDriverTests : IDisposable
{
    private const int Elements = 64;

    // Problems are expected here.
    public void Dispose()
    {
        if (EmulatedDriver.IsLoaded)
            EmulatedDriver.Start("devices=0");
    }

    [Fact]
    public void A_kernel_without_faults_has_no_problem()
    {
        Launch("seed=3 blocks=4", Reverse, groups: 4, threads: Elements);
        Assert.Equal("", EmulatedDriver.Problems);
    }

    [Fact]
    public void Races_between_and_within_warps_are_found()
    {
        Launch("", ReverseWithoutBarrier, groups: 1, threads: Elements);
        Assert.Contains("a race in shared memory", EmulatedDriver.Problems, StringComparison.Ordinal);
        Launch("", ReverseWithoutBarrier, groups: 1, threads: 32);
        Assert.Contains("a race in shared memory", EmulatedDriver.Problems, StringComparison.Ordinal);
        Launch("check=bounds", ReverseWithoutBarrier, groups: 1, threads: Elements);
        Assert.Equal("", EmulatedDriver.Problems);
    }

    [Fact]
    public void A_barrier_that_not_all_lanes_reach_is_found()
    {
        Launch("", BarrierOfSome, groups: 1, threads: 32);
        Assert.Contains("a barrier that not all lanes reach together", EmulatedDriver.Problems, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_that_nothing_has_written_is_found()
    {
        Launch("", Increment, groups: 1, threads: 32, clear: false);
        Assert.Contains("global memory that nothing has written is read", EmulatedDriver.Problems, StringComparison.Ordinal);
        Launch("", ReadOnlyShared, groups: 1, threads: 32);
        Assert.Contains("shared memory that nothing has written is read", EmulatedDriver.Problems, StringComparison.Ordinal);
    }

    [Fact]
    public void An_access_outside_of_a_buffer_ends_the_device()
    {
        Assert.Throws<CudaException>(() => Launch("", Beyond, groups: 1, threads: 32));
        Assert.Contains("an access outside of all buffers", EmulatedDriver.Problems, StringComparison.Ordinal);
    }

    /// <summary>Each group adds 1 to the same elements. Only the first group that stores does not overwrite another one's change.</summary>
    [Fact]
    public void Updates_that_are_lost_are_counted()
    {
        (int[] values, JsonElement kernel) = Launch("blocks=1 seed=1 lost=1", Increment, groups: 8, threads: 32);
        Assert.Equal((8, 0), (values[0], kernel.GetProperty("lost").GetInt32()));
        (values, kernel) = Launch("blocks=8 seed=1 lost=1", Increment, groups: 8, threads: 32);
        Assert.InRange(values[0], 1, 7);
        Assert.InRange(kernel.GetProperty("lost").GetInt32(), 32, 7 * 32);
    }

    [Fact]
    public void Atomic_updates_are_not_lost()
    {
        (int[] values, JsonElement kernel) = Launch("blocks=8 seed=1 lost=1", IncrementAtomically, groups: 8, threads: 32);
        Assert.All(values[..32], v => Assert.Equal(8, v));
        Assert.Equal(0, kernel.GetProperty("lost").GetInt64());
    }

    [Fact]
    public void Bytes_and_sectors_are_those_of_the_access()
    {
        (_, JsonElement kernel) = Launch("", Increment, groups: 2, threads: 32);
        Assert.Equal((2, 256, 8), Traffic(kernel, "loads"));
        Assert.Equal((2, 256, 8), Traffic(kernel, "stores"));
        (_, kernel) = Launch("", EverySecond, groups: 1, threads: 32);
        Assert.Equal((1, 128, 8), Traffic(kernel, "stores"));
    }

    [Fact]
    public void Bank_conflicts_are_counted()
    {
        (_, JsonElement kernel) = Launch("check=bounds", ColumnOfThirtyTwo, groups: 1, threads: 32);
        JsonElement stores = kernel.GetProperty("sharedStores");
        Assert.Equal((1, 32, 31), (stores.GetProperty("requests").GetInt32(), stores.GetProperty("waves").GetInt32(), stores.GetProperty("conflicts").GetInt32()));
    }

    [Fact]
    public void Lanes_that_branch_apart_are_counted()
    {
        (int[] values, JsonElement kernel) = Launch("", BranchByLane, groups: 1, threads: 32);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => (i % 3) + 1), values[..32]);
        Assert.InRange(kernel.GetProperty("meanLanes").GetDouble(), 5, 31);
        Assert.True(kernel.GetProperty("divergent").GetInt32() > 0);
    }

    private static (int Requests, int Bytes, int Sectors) Traffic(JsonElement kernel, string name)
    {
        JsonElement traffic = kernel.GetProperty(name);
        return (traffic.GetProperty("requests").GetInt32(), traffic.GetProperty("bytes").GetInt32(), traffic.GetProperty("sectors").GetInt32());
    }

    // Runs a kernel on a buffer of zeros, and returns the buffer and the kernel's counters.
    private static (int[] Values, JsonElement Counters) Launch(string options, Action<ArrayView<int>> method, int groups, int threads, bool clear = true)
    {
        EmulatedDriver.Start(options);
        using Context context = Context.Create(builder => builder.Cuda());
        using Accelerator accelerator = context.CreateCudaAccelerator(0);
        using MemoryBuffer1D<int, Stride1D.Dense> buffer = accelerator.Allocate1D<int>(Elements);
        if (clear)
            buffer.MemSetToZero();
        Action<AcceleratorStream, KernelConfig, ArrayView<int>> kernel = accelerator.LoadKernel(method);
        kernel(accelerator.DefaultStream, new KernelConfig(groups, threads), buffer.View.BaseView);
        accelerator.Synchronize();
        JsonElement counters = EmulatedDriver.Report.GetProperty("kernels").EnumerateArray().Single();
        return (buffer.GetAsArray1D(), counters);
    }

    private static void Increment(ArrayView<int> values) => values[Group.IdxX] += 1;

    private static void IncrementAtomically(ArrayView<int> values) => Atomic.Add(ref values[Group.IdxX], 1);

    private static void EverySecond(ArrayView<int> values) => values[2 * Group.IdxX] = 1;

    private static void Beyond(ArrayView<int> values) => values[Elements + 1000 + Group.IdxX] = 1;

    private static void Reverse(ArrayView<int> values)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(Elements);
        shared[Group.IdxX] = Group.IdxX;
        Group.Barrier();
        values[Group.IdxX] = shared[Group.DimX - 1 - Group.IdxX];
    }

    private static void ReverseWithoutBarrier(ArrayView<int> values)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(Elements);
        shared[Group.IdxX] = Group.IdxX;
        values[Group.IdxX] = shared[Group.DimX - 1 - Group.IdxX];
    }

    private static void ReadOnlyShared(ArrayView<int> values)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(Elements);
        values[Group.IdxX] = shared[Group.IdxX];
    }

    private static void BarrierOfSome(ArrayView<int> values)
    {
        if (Group.IdxX < 16)
        {
            values[Group.IdxX] = 1;
            Group.Barrier();
        }

        values[Group.IdxX + 16] = 2;
    }

    private static void ColumnOfThirtyTwo(ArrayView<int> values)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(32 * 32);
        shared[32 * Group.IdxX] = 1;
        values[Group.IdxX] = shared[32 * Group.IdxX];
    }

    private static void BranchByLane(ArrayView<int> values)
    {
        int left = Group.IdxX % 3, steps = 1;
        while (left-- > 0)
            steps += 1;
        values[Group.IdxX] = steps;
    }
}
