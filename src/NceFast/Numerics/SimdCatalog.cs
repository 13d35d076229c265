using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NceFast.Numerics;

/// <summary>
/// The one table that chooses the vector width: of the host's kernels, random draws, merges, searches, the scanning of text and checks of
/// parameters. A training may ask for a width by name; the environment variable names the width for all that do not ask. The width
/// decides speed alone, except for the order of sums in kernels.
/// </summary>
internal static class SimdCatalog
{
    /// <summary>The environment variable that sets the width of the process by name.</summary>
    public const string EnvironmentVariable = "NCEFAST_KERNELS";

    private const string Automatic = "auto";

    // Best first. Each row: name, width, whether this machine can run it, and why it stands where it does.
    private static readonly (string Name, SimdWidth Width, bool IsUsable)[] Ranked =
    [
        ("vector512", SimdWidth.Vector512, Avx512F.IsSupported && Vector512.IsHardwareAccelerated), // fewest instructions per row; the runtime declines it where 512 bits lower the clock
        ("vector256", SimdWidth.Vector256, Avx2.IsSupported && Fma.IsSupported), // most of x86
        ("vector128", SimdWidth.Vector128, Vector128.IsHardwareAccelerated), // Arm, and x86 without AVX2
        ("scalar", SimdWidth.Scalar, true), // the specification; runs anywhere
    ];

    /// <summary>Gets the names of the widths that this machine can run, best first.</summary>
    public static IReadOnlyList<string> Usable { get; } = [.. Ranked.Where(r => r.IsUsable).Select(r => r.Name)];

    /// <summary>
    /// Gets the width of the process: that of the latest training, before the first one that of the environment variable, else the best.
    /// A name in the variable that is not usable counts as none here; <see cref="Find"/> reports it.
    /// </summary>
    public static SimdWidth Current { get; private set; } =
        Ranked.Where(r => r.IsUsable).OrderByDescending(r => r.Name == Environment.GetEnvironmentVariable(EnvironmentVariable)).First().Width;

    /// <summary>Makes a width that of the process, until the next training.</summary>
    /// <inheritdoc cref="Find"/>
    public static void Use(string? name) => Current = Find(name);

    /// <summary>Finds a width by name.</summary>
    /// <param name="name">A name of the table or "auto"; null takes the environment variable's, else the best.</param>
    /// <exception cref="NceFastException">The name is unknown (<see cref="ErrorKind.Usage"/>), or the machine cannot run the width (<see cref="ErrorKind.Device"/>).</exception>
    public static SimdWidth Find(string? name)
    {
        name ??= Environment.GetEnvironmentVariable(EnvironmentVariable);
        if (string.IsNullOrEmpty(name) || name == Automatic)
            return Ranked.First(r => r.IsUsable).Width;
        (string? known, SimdWidth width, bool isUsable) = Array.Find(Ranked, r => r.Name == name);
        if (known is null)
            Throw.Usage($"There are no host kernels '{name}'; allowed are {Automatic}, {string.Join(", ", Ranked.Select(r => r.Name))}.");
        if (!isUsable)
            Throw.Device($"The host kernels '{name}' need instructions this processor lacks; it can run {string.Join(", ", Usable)}.");
        return width;
    }

    /// <summary>Gets the implementation for a width.</summary>
    /// <typeparam name="TFactory">Creates it.</typeparam>
    /// <typeparam name="TResult">What all widths implement, without state.</typeparam>
    /// <param name="width">The width.</param>
    public static TResult Get<TFactory, TResult>(SimdWidth width)
        where TFactory : struct, ISimdFactory<TResult> => width switch
        {
            SimdWidth.Vector512 => Made<TFactory, TResult>.Vector512,
            SimdWidth.Vector256 => Made<TFactory, TResult>.Vector256,
            SimdWidth.Vector128 => Made<TFactory, TResult>.Vector128,
            _ => Made<TFactory, TResult>.Scalar,
        };

    private static class Made<TFactory, TResult>
        where TFactory : struct, ISimdFactory<TResult>
    {
        public static readonly TResult Vector512 = TFactory.Create<Simd512, Vector512<float>>();
        public static readonly TResult Vector256 = TFactory.Create<Simd256, Vector256<float>>();
        public static readonly TResult Vector128 = TFactory.Create<Simd128, Vector128<float>>();
        public static readonly TResult Scalar = TFactory.Create<SimdScalar, float>();
    }
}
