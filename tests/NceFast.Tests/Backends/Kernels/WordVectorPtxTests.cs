using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using NceFast.Kernels;
using NceFast.Kernels.WordVectors;
using NceFast.Numerics;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>Checks the CUDA code of each kernel without a GPU.</summary>
public sealed class WordVectorPtxTests(ITestOutputHelper output)
{
    private const int MostRegisters = 255, RegistersInBounds = 168, MostSpilled = 640, MostSpilledWithAll = 16, PlainSharedBytes = 2048;

    private static readonly Context Context = Context.Create(builder => builder.EnableAlgorithms());

    // With the class of shared memory of the register kernels at dim 128, window 5, K = 5.
    private static readonly (string Name, MethodInfo Method, int Memory, bool Trains)[] Kernels =
    [
        ("register skip-gram, NCE", Of(RegisterKernels.SkipGram<NoiseContrastive, Memory8, AtomicAdds, PlainSteps>), 8, true),
        ("register skip-gram, NEG", Of(RegisterKernels.SkipGram<NegativeSampling, Memory10, AtomicAdds, PlainSteps>), 10, true),
        ("register CBOW, NCE", Of(RegisterKernels.Cbow<NoiseContrastive, Memory8, AtomicAdds, PlainSteps>), 8, true),
        ("register CBOW, NEG", Of(RegisterKernels.Cbow<NegativeSampling, Memory10, AtomicAdds, PlainSteps>), 10, true),
        ("register skip-gram, NCE, AdaGrad", Of(RegisterKernels.SkipGram<NoiseContrastive, Memory8, AtomicAdds, AdaGradSteps>), 8, true),
        ("register CBOW, NEG, AdaGrad", Of(RegisterKernels.Cbow<NegativeSampling, Memory10, AtomicAdds, AdaGradSteps>), 10, true),
        ("plain skip-gram, NCE", Of(SkipGramKernels.Plain<NoiseContrastive>), 0, true),
        ("plain CBOW, NCE", Of(CbowKernels.Plain<NoiseContrastive>), 0, true),
        ("register skip-gram, ranking", Of(RegisterKernels.SkipGram<SummedNoise<RankingNce>, Memory8, AtomicAdds, PlainSteps>), 8, true),
        ("register CBOW, ranking", Of(RegisterKernels.Cbow<SummedNoise<RankingNce>, Memory8, AtomicAdds, PlainSteps>), 8, true),
        ("plain skip-gram, ranking", Of(SkipGramKernels.Plain<SummedNoise<RankingNce>>), 0, true),
        ("plain CBOW, ranking", Of(CbowKernels.Plain<SummedNoise<RankingNce>>), 0, true),
        ("keep", ((Action<PlanArguments>)PlanKernels.Keep).Method, 0, false),
        ("compact", ((Action<PlanArguments, PlanViews>)PlanKernels.Compact).Method, 0, false),
        ("draw", ((Action<PlanArguments, PlanViews>)PlanKernels.Draw).Method, 0, false),
        ("sum", ((Action<PlanViews, ArrayView<float>>)SumKernel.Run).Method, 0, false),
        ("sum of rows", ((Action<TrainArguments, int>)MeanKernels.Sum<AtomicAdds>).Method, 0, false),
        ("mean of rows", Of(MeanKernels.Normalize), 0, false),
    ];

    // The register kernels at each number of warps, with the class of shared memory at window 5 and K = 5.
    private static readonly (string Name, MethodInfo Method, int Threads, int Memory)[] Sizes =
    [
        ("skip-gram, NCE, dim 128", Of(RegisterKernels.SkipGram<NoiseContrastive, Memory8, AtomicAdds, PlainSteps>), 32, 8),
        ("skip-gram, NEG, dim 128", Of(RegisterKernels.SkipGram<NegativeSampling, Memory10, AtomicAdds, PlainSteps>), 32, 10),
        ("CBOW, NCE, dim 128", Of(RegisterKernels.Cbow<NoiseContrastive, Memory8, AtomicAdds, PlainSteps>), 32, 8),
        ("CBOW, NEG, dim 128", Of(RegisterKernels.Cbow<NegativeSampling, Memory10, AtomicAdds, PlainSteps>), 32, 10),
        ("skip-gram, NCE, dim 256", Of(RegisterKernels.SkipGram<NoiseContrastive, Memory12, AtomicAdds, PlainSteps>), 64, 12),
        ("skip-gram, NCE, dim 300", Of(RegisterKernels.SkipGram<NoiseContrastive, Memory17, AtomicAdds, PlainSteps>), 96, 17),
        ("skip-gram, NEG, dim 300", Of(RegisterKernels.SkipGram<NegativeSampling, Memory22, AtomicAdds, PlainSteps>), 96, 22),
        ("CBOW, NCE, dim 300", Of(RegisterKernels.Cbow<NoiseContrastive, Memory17, AtomicAdds, PlainSteps>), 96, 17),
        ("CBOW, NEG, dim 300", Of(RegisterKernels.Cbow<NegativeSampling, Memory22, AtomicAdds, PlainSteps>), 96, 22),
        ("skip-gram, NCE, dim 512", Of(RegisterKernels.SkipGram<NoiseContrastive, Memory22, AtomicAdds, PlainSteps>), 128, 22),
        ("skip-gram, NCE, dim 768", Of(RegisterKernels.SkipGram<NoiseContrastive, Memory31, AtomicAdds, PlainSteps>), 192, 31),
        ("skip-gram, NCE, dim 1024", Of(RegisterKernels.SkipGram<NoiseContrastive, Memory46, AtomicAdds, PlainSteps>), 256, 46),
        ("CBOW, NEG, dim 1024", Of(RegisterKernels.Cbow<NegativeSampling, Memory46, AtomicAdds, PlainSteps>), 256, 46),
    ];

    // Each architecture with the KiB of shared memory of a multiprocessor.
    private static readonly (int Number, int Shared)[] Devices = [(70, 96), (75, 64), (80, 164), (86, 100), (89, 100), (90, 228)];

    private static readonly ConcurrentDictionary<(int Major, MethodInfo Method, CudaInstructionSet Set, KernelSpecialization Bounds), string> Codes = [];

    private static readonly int[] Majors = [7, 8, 9];

    public static TheoryData<int> Architectures => [.. Majors];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Code_uses_wide_loads_and_no_slow_instructions(int major)
    {
        foreach ((string name, MethodInfo method, int memory, bool trains) in Kernels)
        {
            string ptx = Compile(major, method, memory);

            // SM 8.0 is the newest target of ILGPU; the driver compiles its code for newer devices.
            Assert.Contains($".target sm_{Math.Min(80, 10 * major)}", ptx, StringComparison.Ordinal);
            Lacks(ptx, name, @"\.f64\b", "double precision");
            Lacks(ptx, name, @"\.local\b|__local_depot", "memory that spills");
            Lacks(ptx, name, @"^\s*call\b", "calls");
            Lacks(ptx, name, @"\bshfl\b", "shuffles, whose width differs between devices");
            Lacks(ptx, name, @"\batom\b", "atomics that wait for an answer");
            Lacks(ptx, name, @"\b0f00[0-7][0-9A-Fa-f]{4}[1-9A-Fa-f]\b", "the bits of an integer as a float");
            Lacks(ptx, name, @"\.extern \.shared", "dynamic shared memory, whose address ILGPU 1.5.3 shares between the groups of an OpenCL program");
            if (trains)
            {
                Has(ptx, name, @"\bld(\.global)?\.v4\.f32", "loads of 16 bytes");
                Has(ptx, name, @"\bex2\.approx", "the device's exponential");
            }

            ChecksAdditions(ptx, name, memory > 0, trains);
            if (memory > 0)
                Has(ptx, name, @"\bld\.shared\.v4\.f32", "loads of 16 bytes from shared memory");
            int most = memory > 0 ? GroupMemory.StaticBytes + (1024 * memory) : PlainSharedBytes;
            Assert.True(Shared(ptx) <= most, $"{name} declares {Shared(ptx)} bytes of shared memory, not {most} at most");
        }
    }

    // Register kernels add to rows; of their stores, only those of CBOW's means are of rows. The plain kernels store rows. Of the others,
    // two count words or predictions, and one sums rows.
    private static void ChecksAdditions(string ptx, string name, bool registers, bool trains)
    {
        const string Floats = @"\bred(\.global)?\.add(\.global)?\.f32", Any = @"\bred\.", Stores = @"\bst(\.global)?\.v4\.f32";
        if (registers || name == "sum of rows")
            Has(ptx, name, Floats, "atomic additions of floats");
        else if (name is "compact" or "draw")
            Has(ptx, name, @"\bred(\.global)?\.add(\.global)?\.[su]32", "atomic additions of integers");
        else
            Lacks(ptx, name, Any, "atomics");
        if (trains && (!registers || name.Contains("CBOW", StringComparison.Ordinal)))
            Has(ptx, name, Stores, "stores of 16 bytes");
        else if (registers)
            Lacks(ptx, name, Stores, "stores of rows");
    }

    /// <summary>Tables may exceed 2^31 elements, so the number of a row must be a 64-bit integer before it is multiplied.</summary>
    [Theory]
    [MemberData(nameof(Architectures))]
    public void Rows_are_addressed_with_64_bits(int major)
    {
        foreach ((string name, MethodInfo method, int memory, bool trains) in Kernels)
        {
            if (!trains)
                continue;
            string[] narrow = PtxAddresses.NarrowProducts(Compile(major, method, memory), out int accesses);
            Assert.True(accesses > 8, $"{name}: only {accesses} loads and stores of rows were found");
            Assert.True(narrow.Length == 0, $"{name}: 32-bit products in the address of a row:\n{string.Join('\n', narrow)}");
        }
    }

    /// <summary>Compares the tables of the design note with the compiler's output, and with the limits of a thread and a group.</summary>
    [Fact]
    public void Registers_and_shared_memory_equal_those_of_the_design_note()
    {
        string note = File.ReadAllText(NotePath());
        var rows = new List<string>();
        foreach ((string name, MethodInfo method, int memory, _) in Kernels)
        {
            string[] codes = [.. Majors.Select(major => Compile(major, method, memory))];
            int[] live = [.. codes.Select(PtxRegisters.MaxLive)];
            rows.Add($"| {name} | {string.Join(" | ", live)} | {Shared(codes[0])} |");
        }

        foreach (int dim in new[] { 100, 128, 300, 512, 768, 1024 })
            rows.Add($"| {dim} | {Lists(dim, ObjectiveKind.Nce, 5)} | {Lists(dim, ObjectiveKind.Neg, 5)} | {Lists(dim, ObjectiveKind.Neg, 25)} |");
        string[] missing = [.. rows.Where(row => !note.Contains(row, StringComparison.Ordinal))];
        Assert.True(missing.Length == 0, $"the note should hold:\n{string.Join('\n', missing)}");
    }

    /// <summary>As many groups run at once as shared memory allows, up to three warps per quarter of a multiprocessor; fewer warps get all registers.</summary>
    [Theory]
    [InlineData(32, 8, 228, 12)]
    [InlineData(32, 8, 164, 12)]
    [InlineData(32, 10, 164, 12)]
    [InlineData(32, 8, 100, 8)]
    [InlineData(32, 8, 64, 6)]
    [InlineData(96, 17, 164, 4)]
    [InlineData(96, 17, 64, 3)]
    [InlineData(128, 22, 64, 2)]
    [InlineData(256, 46, 164, 1)]
    public void Bounds_follow_from_shared_memory(int threads, int memory, int shared, int groups) =>
        Assert.Equal(new KernelSpecialization(threads, groups), WordVectorKernelSet.Bounds(threads, memory, 1024 * shared));

    /// <summary>If NVIDIA's assembler is present: registers stay in the bounds of each architecture, and little is spilled.</summary>
    [Fact]
    public void The_assembler_stays_within_the_register_bounds()
    {
        string? assembler = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "ptxas")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(assembler is null, "ptxas, of the CUDA toolkit, is not in PATH");
        foreach ((string name, MethodInfo method, int memory, _) in Kernels)
        {
            if (memory == 0)
                Check(assembler!, name, Compile(7, method, memory, CudaInstructionSet.ISA_78), 80, MostRegisters, 0);
        }

        foreach ((string name, MethodInfo method, int threads, int memory) in Sizes)
        {
            foreach ((int number, int shared) in Devices)
            {
                KernelSpecialization bounds = WordVectorKernelSet.Bounds(threads, memory, 1024 * shared);
                bool all = bounds.MinNumGroupsPerMultiprocessor * threads <= 8 * 32;
                Check(assembler!, name, Compile(number / 10, method, bounds, CudaInstructionSet.ISA_78), number, all ? MostRegisters : RegistersInBounds, all ? MostSpilledWithAll : MostSpilled);
            }
        }
    }

    /// <summary>The faster kernel fits in the 48 KiB that every CUDA group has for dimensions up to 1,024, and up to 768 at K = 25.</summary>
    [Theory]
    [InlineData(1, 25)]
    [InlineData(300, 25)]
    [InlineData(512, 25)]
    [InlineData(768, 25)]
    [InlineData(1024, 5)]
    public void Shared_memory_fits_every_device(int dim, int k)
    {
        int kilobytes = MemorySizes.Class(Lists(dim, ObjectiveKind.Neg, k) / 16);
        Assert.InRange((1024 * kilobytes) + GroupMemory.StaticBytes, GroupMemory.StaticBytes + 1, 48 * 1024);
    }

    private void Check(string assembler, string name, string ptx, int architecture, int mostRegisters, int mostSpilled)
    {
        string file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.ptx");
        File.WriteAllText(file, ptx);
        string said = Assemble(assembler, $"sm_{architecture}", file);
        File.Delete(file);
        int used = int.Parse(Regex.Match(said, @"Used (\d+) registers").Groups[1].Value);
        int spilled = int.Parse(Regex.Match(said, @"(\d+) bytes spill stores").Groups[1].Value);
        output.WriteLine($"{name}, SM {architecture}: {used} registers, {spilled} bytes spilled");
        Assert.InRange(used, 1, mostRegisters);
        Assert.InRange(spilled, 0, mostSpilled);
    }

    private static string Assemble(string assembler, string architecture, string file)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(assembler, ["-v", $"-arch={architecture}", "-o", file + ".cubin", file]) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        File.Delete(file + ".cubin");
        Assert.True(process.ExitCode == 0, said);
        return said;
    }

    private static string Compile(int major, MethodInfo method, int memory, CudaInstructionSet? set = null) =>
        Compile(major, method, memory > 0 ? WordVectorKernelSet.Bounds(32, memory, 164 * 1024) : KernelSpecialization.Empty, set);

    private static string Compile(int major, MethodInfo method, KernelSpecialization bounds, CudaInstructionSet? set = null) =>
        Codes.GetOrAdd((major, method, set ?? CudaInstructionSet.ISA_80, bounds), key =>
        {
            using var backend = new PTXBackend(Context, new CudaArchitecture(key.Major, 0), key.Set, null!);
            return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(key.Method), key.Bounds)).PTXAssembly;
        });

    // Bytes of a group's lists and sums.
    private static int Lists(int dim, ObjectiveKind objective, int k)
    {
        int threads = (AlignedMatrix.PadColumns(dim) / 4 + 31) / 32 * 32;
        return 4 * GroupMemory.Floats(TestSpecs.Create(60, dim, objective: objective, k: k), threads);
    }

    private static int Shared(string ptx) => Regex.Matches(ptx, @"\.shared \.align \d+ \.b8 \w+\[(\d+)\]").Sum(m => int.Parse(m.Groups[1].Value));

    private static string NotePath([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../../kernels/NceFast.Kernels/WordVectors/DESIGN.md");

    private static MethodInfo Of(Action<TrainArguments> kernel) => kernel.Method;

    private static void Has(string ptx, string kernel, string pattern, string what) =>
        Assert.True(Regex.IsMatch(ptx, pattern, RegexOptions.Multiline), $"{kernel}: no {what}");

    private static void Lacks(string ptx, string kernel, string pattern, string what)
    {
        Match match = Regex.Match(ptx, $".*(?:{pattern}).*", RegexOptions.Multiline);
        Assert.False(match.Success, $"{kernel}: {what}: {match.Value}");
    }
}
