using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using NceFast.Kernels;
using NceFast.Kernels.LanguageModels;
using NceFast.Objectives;
using Xunit;

namespace NceFast.Tests.Backends.Kernels;

/// <summary>Checks the CUDA code of each kernel of language models without a GPU.</summary>
public sealed class LanguageModelPtxTests
{
    private static readonly Context Context = Context.Create(builder => builder.EnableAlgorithms());

    // Bytes of shared memory: two slices of a product are 8,704, threads' sums 1,024, partial dot products 8,192.
    private static readonly (string Name, Action<LanguageModelArguments> Kernel, int SharedBytes, bool Rows)[] Kernels =
    [
        ("draw", ContextKernels.Draw<PlainNoise>, 0, false),
        ("draw, bigrams", ContextKernels.Draw<BigramKind>, 0, false),
        ("forward, full", FullPlaceKernels.Forward, 8704, true),
        ("carry, full", FullPlaceKernels.Carry, 8704, true),
        ("parts, full", FullPlaceKernels.Parts, 8704, true),
        ("forward, diagonal", ContextKernels.Forward<DiagonalPlace>, 0, true),
        ("forward, none", ContextKernels.Forward<NoPlace>, 0, true),
        ("parts, diagonal", ContextKernels.DiagonalParts, 0, true),
        ("step positions", ContextKernels.StepPosition, 1024, true),
        ("step context, full", ContextKernels.StepContext<FullPlace, PlainSteps>, 5120, true),
        ("step context, diagonal", ContextKernels.StepContext<DiagonalPlace, PlainSteps>, 5120, true),
        ("step context, none, AdaGrad", ContextKernels.StepContext<NoPlace, AdaGradSteps>, 5120, true),
        ("own noise, NCE", OwnNoiseKernel.Run<BinaryTerms<NoiseContrastive>, AtomicAdds, PlainNoise>, 9216, true),
        ("own noise, importance", OwnNoiseKernel.Run<SampledTerms<ImportanceSampling>, AtomicAdds, PlainNoise>, 9216, true),
        ("own noise, ranking", OwnNoiseKernel.Run<SampledTerms<RankingNce>, AtomicAdds, PlainNoise>, 9216, true),
        ("own noise, NCE, bigrams", OwnNoiseKernel.Run<BinaryTerms<NoiseContrastive>, AtomicAdds, BigramKind>, 9216, true),
        ("prepare, NCE", SharedNoiseKernels.Prepare<BinaryTerms<NoiseContrastive>, PlainNoise>, 1024, false),
        ("score, NCE", SharedNoiseKernels.Score<BinaryTerms<NoiseContrastive>, PlainNoise>, 9728, true),
        ("score, NCE, bigrams", SharedNoiseKernels.Score<BinaryTerms<NoiseContrastive>, BigramKind>, 9728, true),
        ("score, importance", SharedNoiseKernels.Score<SampledTerms<ImportanceSampling>, PlainNoise>, 9728, true),
        ("score, ranking", SharedNoiseKernels.Score<SampledTerms<RankingNce>, PlainNoise>, 9728, true),
        ("sampled softmax", SharedNoiseKernels.SampledSoftmax, 1024, false),
        ("learn log Z", SharedNoiseKernels.LearnLogZ<AtomicAdds, PlainNoise>, 1024, false),
        ("carry back", SharedNoiseKernels.CarryBack<PlainNoise>, 8704, true),
        ("row gradients", SharedNoiseKernels.RowGradients<PlainNoise>, 8704, true),
        ("step observed", SharedNoiseKernels.StepObserved<PlainSteps>, 0, true),
        ("step observed, AdaGrad", SharedNoiseKernels.StepObserved<AdaGradSteps>, 0, true),
        ("step noise", SharedNoiseKernels.StepNoise<PlainSteps>, 0, true),
        ("measure", AdaptKernels.Measure, 1024, false),
        ("adapt observed", AdaptKernels.AdaptObserved, 0, false),
        ("adapt noise", AdaptKernels.AdaptNoise<PlainNoise>, 0, false),
        ("softmax scan", SoftmaxKernels.Scan, 16896, false),
        ("softmax normalize", SoftmaxKernels.Normalize, 3072, false),
        ("softmax step", SoftmaxKernels.Step<PlainSteps>, 16896, true),
        ("softmax collect", SoftmaxKernels.Collect, 0, true),
        ("softmax decay", SoftmaxKernels.Decay, 1024, true),
    ];

    // Kernels in which groups change the same values at the same time.
    private static readonly string[] Adds = ["own noise, NCE", "own noise, NCE, bigrams", "own noise, importance", "own noise, ranking", "learn log Z"];

    public static TheoryData<int, int> Architectures => new() { { 7, 0 }, { 8, 0 }, { 9, 0 } };

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Code_uses_wide_loads_and_no_slow_instructions(int major, int minor)
    {
        using var backend = new PTXBackend(Context, new CudaArchitecture(major, minor), CudaInstructionSet.ISA_80, null!);
        List<string> wrong = [];
        foreach ((string name, Action<LanguageModelArguments> kernel, int shared, bool rows) in Kernels)
        {
            string ptx = ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel.Method), default)).PTXAssembly;

            // SM 8.0 is the newest target of ILGPU; the driver compiles its code for newer devices.
            Expect(ptx, name, $@"\.target sm_{Math.Min(80, (10 * major) + minor)}\b", true, "its target", wrong);
            Expect(ptx, name, @"\.f64\b", false, "double precision", wrong);
            Expect(ptx, name, @"\.local\b|__local_depot", false, "memory that spills", wrong);
            Expect(ptx, name, @"^\s*call\b", false, "calls", wrong);
            Expect(ptx, name, @"\bshfl\b", false, "shuffles, whose width differs between devices", wrong);
            Expect(ptx, name, @"\bred\.add\.(global\.)?f32", Adds.Contains(name), "atomic additions of floats", wrong);
            Expect(ptx, name, @"\batom\b", false, "atomics that return a value", wrong);
            Expect(ptx, name, @"\b0f00[0-7][0-9A-Fa-f]{4}[1-9A-Fa-f]\b", false, "the bits of an integer as a float", wrong);
            if (rows)
            {
                Expect(ptx, name, @"\bld(\.global)?\.v4\.f32", true, "loads of 16 bytes", wrong);
                Expect(ptx, name, @"\bst(\.global)?\.v4\.f32", name != "softmax scan", "stores of 16 bytes", wrong);
            }

            if (shared >= 8704 && !name.StartsWith("own", StringComparison.Ordinal))
                Expect(ptx, name, @"\bld\.shared\.v4\.f32", true, "loads of 16 bytes from shared memory", wrong);
            int bytes = Regex.Matches(ptx, @"\.shared \.align \d+ \.b8 \w+\[(\d+)\]").Sum(m => int.Parse(m.Groups[1].Value));
            if (bytes != shared)
                wrong.Add($"{name}: {bytes} bytes of shared memory, {shared} expected");
        }

        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    private static void Expect(string ptx, string kernel, string pattern, bool present, string what, List<string> wrong)
    {
        Match match = Regex.Match(ptx, $".*(?:{pattern}).*", RegexOptions.Multiline);
        if (match.Success != present)
            wrong.Add($"{kernel}: {(present ? "no " : "")}{what}{(match.Success ? ": " + match.Value.Trim() : "")}");
    }
}
