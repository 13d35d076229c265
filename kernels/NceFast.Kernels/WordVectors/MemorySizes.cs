namespace NceFast.Kernels.WordVectors;

/// <summary>
/// A group's shared memory, in classes that a kernel is compiled for. Not dynamic shared memory: ILGPU 1.5.3 keeps its
/// address in a variable of the whole OpenCL program, so that on a processor a group that starts takes the memory of
/// those that run.
/// </summary>
internal interface IMemorySize
{
    /// <summary>Units of 16 bytes.</summary>
    static abstract int Units { get; }
}

/// <summary>The classes there are.</summary>
internal static class MemorySizes
{
    /// <summary>Units of 16 bytes a KiB.</summary>
    public const int UnitsAKilobyte = 64;

    // 46 is the most: a CUDA group gets 48 KiB, and kernels allocate some beside.
    private static readonly int[] Kilobytes = [8, 12, 16, 24, 32, 46];

    /// <summary>KiB of the smallest class that holds so many units; 0 when none does.</summary>
    public static int Class(long units) => Kilobytes.FirstOrDefault(k => k * UnitsAKilobyte >= units);
}

internal readonly struct Memory8 : IMemorySize
{
    public static int Units => 8 * MemorySizes.UnitsAKilobyte;
}

internal readonly struct Memory12 : IMemorySize
{
    public static int Units => 12 * MemorySizes.UnitsAKilobyte;
}

internal readonly struct Memory16 : IMemorySize
{
    public static int Units => 16 * MemorySizes.UnitsAKilobyte;
}

internal readonly struct Memory24 : IMemorySize
{
    public static int Units => 24 * MemorySizes.UnitsAKilobyte;
}

internal readonly struct Memory32 : IMemorySize
{
    public static int Units => 32 * MemorySizes.UnitsAKilobyte;
}

internal readonly struct Memory46 : IMemorySize
{
    public static int Units => 46 * MemorySizes.UnitsAKilobyte;
}
