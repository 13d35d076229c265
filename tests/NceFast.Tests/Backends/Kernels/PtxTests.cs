using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using NceFast.Kernels;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>What the CUDA code of each kernel must and must not hold, checked without a GPU.</summary>
public sealed class PtxTests
{
    private static readonly Context Context = Context.Create(builder => builder.EnableAlgorithms());

    private static readonly (string Name, MethodInfo Method, bool Staged, bool Trains)[] Kernels =
    [
        ("staged skip-gram, NCE", Of(StagedKernels.SkipGram<NoiseContrastive>), true, true),
        ("staged skip-gram, NEG", Of(StagedKernels.SkipGram<NegativeSampling>), true, true),
        ("staged CBOW, NCE", Of(StagedKernels.Cbow<NoiseContrastive>), true, true),
        ("staged CBOW, NEG", Of(StagedKernels.Cbow<NegativeSampling>), true, true),
        ("plain skip-gram, NCE", Of(SkipGramKernels.Plain<NoiseContrastive>), false, true),
        ("plain CBOW, NCE", Of(CbowKernels.Plain<NoiseContrastive>), false, true),
        ("keep", ((Action<PlanArguments>)PlanKernels.Keep).Method, false, false),
        ("compact", ((Action<PlanArguments, PlanViews>)PlanKernels.Compact).Method, false, false),
        ("draw", ((Action<PlanArguments, PlanViews>)PlanKernels.Draw).Method, false, false),
        ("sum", ((Action<PlanViews, ArrayView<float>>)SumKernel.Run).Method, false, false),
    ];

    public static TheoryData<int, int> Architectures => new() { { 7, 0 }, { 8, 0 }, { 9, 0 } };

    [Theory]
    [MemberData(nameof(Architectures))]
    public void CodeIsWhatADeviceRunsWell(int major, int minor)
    {
        using var backend = new PTXBackend(Context, new CudaArchitecture(major, minor), CudaInstructionSet.ISA_80, null!);
        foreach ((string name, MethodInfo method, bool staged, bool trains) in Kernels)
        {
            var kernel = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(method), default);
            string ptx = kernel.PTXAssembly;

            // Code for SM 8.0 is the newest that ILGPU makes; the driver compiles it for what comes after.
            Assert.Contains($".target sm_{Math.Min(80, (10 * major) + minor)}", ptx, StringComparison.Ordinal);
            Lacks(ptx, name, @"\.f64\b", "double precision");
            Lacks(ptx, name, @"\.local\b|__local_depot", "memory that spills");
            Lacks(ptx, name, @"^\s*call\b", "calls");
            Lacks(ptx, name, @"\bshfl\b", "shuffles, whose width differs between devices");
            Lacks(ptx, name, @"\batom\b", "atomics that wait for an answer");
            Lacks(ptx, name, @"\b0f00[0-7][0-9A-Fa-f]{4}[1-9A-Fa-f]\b", "the bits of an integer as a float");
            if (trains)
            {
                Lacks(ptx, name, @"\bred\.", "atomics");
                Has(ptx, name, @"\bld(\.global)?\.v4\.f32", "loads of 16 bytes");
                Has(ptx, name, @"\bst(\.global)?\.v4\.f32", "stores of 16 bytes");
                Has(ptx, name, @"\bex2\.approx", "the device's exponential");
            }

            if (staged)
            {
                Has(ptx, name, @"\bld\.shared\.v4\.f32", "loads of 16 bytes from shared memory");
                Has(ptx, name, @"\bst\.shared\.v4\.f32", "stores of 16 bytes to shared memory");
                Has(ptx, name, @"\.extern \.shared \.align 16", "aligned rows in shared memory");
            }

            int bytes = Regex.Matches(ptx, @"\.shared \.align \d+ \.b8 \w+\[(\d+)\]").Sum(m => int.Parse(m.Groups[1].Value));
            Assert.True(bytes <= 2048, $"{name} declares {bytes} bytes of shared memory beside its rows");
        }
    }

    private static MethodInfo Of(Action<TrainArguments> kernel) => kernel.Method;

    private static void Has(string ptx, string kernel, string pattern, string what) =>
        Assert.True(Regex.IsMatch(ptx, pattern, RegexOptions.Multiline), $"{kernel}: no {what}");

    private static void Lacks(string ptx, string kernel, string pattern, string what)
    {
        Match match = Regex.Match(ptx, $".*(?:{pattern}).*", RegexOptions.Multiline);
        Assert.False(match.Success, $"{kernel}: {what}: {match.Value}");
    }
}
