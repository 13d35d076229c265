namespace NceFast.Kernels.WordVectors;

/// <summary>
/// Specifies the size of a group's shared memory. A kernel is compiled for each of several classes of sizes. Dynamic shared memory is
/// not used, because ILGPU 1.5.3 keeps its address in a variable of the whole OpenCL program. On a processor, a group that starts
/// would then take the memory of running groups.
/// </summary>
internal interface IMemorySize
{
    /// <summary>Gets the number of units of 16 bytes.</summary>
    static abstract int Units { get; }
}

/// <summary>Lists the classes of sizes.</summary>
internal static class MemorySizes
{
    /// <summary>The number of units of 16 bytes per KiB.</summary>
    public const int UnitsPerKilobyte = 64;

    // 46 is the largest class: a CUDA group gets 48 KiB, and kernels allocate some memory in addition.
    private static readonly int[] Kilobytes = [8, 10, 12, 17, 22, 31, 46];

    /// <summary>Gets the KiB of the smallest class that holds a number of units; 0 when none does.</summary>
    public static int Class(long units) => Kilobytes.FirstOrDefault(k => k * UnitsPerKilobyte >= units);
}

internal readonly struct Memory8 : IMemorySize
{
    public static int Units => 8 * MemorySizes.UnitsPerKilobyte;
}

internal readonly struct Memory10 : IMemorySize
{
    public static int Units => 10 * MemorySizes.UnitsPerKilobyte;
}

internal readonly struct Memory12 : IMemorySize
{
    public static int Units => 12 * MemorySizes.UnitsPerKilobyte;
}

internal readonly struct Memory17 : IMemorySize
{
    public static int Units => 17 * MemorySizes.UnitsPerKilobyte;
}

internal readonly struct Memory22 : IMemorySize
{
    public static int Units => 22 * MemorySizes.UnitsPerKilobyte;
}

internal readonly struct Memory31 : IMemorySize
{
    public static int Units => 31 * MemorySizes.UnitsPerKilobyte;
}

internal readonly struct Memory46 : IMemorySize
{
    public static int Units => 46 * MemorySizes.UnitsPerKilobyte;
}
