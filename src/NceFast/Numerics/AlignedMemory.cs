using System.Runtime.InteropServices;

namespace NceFast.Numerics;

/// <summary>Allocates aligned memory outside the managed heap, and counts how much of it is in use.</summary>
internal static unsafe class AlignedMemory
{
    private static long _inUse;

    /// <summary>Gets the bytes that are allocated and not freed in this process.</summary>
    public static long InUse => Interlocked.Read(ref _inUse);

    /// <summary>Gets the hook of tests, which receives the bytes before they are allocated.</summary>
    public static AmbientHook<Action<nuint>> Hook { get; } = new();

    /// <summary>Allocates memory that is not counted; its content is undefined. <see cref="NativeMemory.AlignedFree"/> frees it.</summary>
    /// <param name="bytes">Size.</param>
    /// <param name="alignment">A power of two.</param>
    /// <exception cref="OutOfMemoryException">The memory could not be allocated.</exception>
    public static void* AllocateUncounted(nuint bytes, nuint alignment = 64)
    {
        Hook.Value?.Invoke(bytes);
        return NativeMemory.AlignedAlloc(bytes, alignment);
    }

    /// <summary>Allocates memory; its content is undefined.</summary>
    /// <param name="bytes">Size.</param>
    /// <param name="alignment">A power of two.</param>
    /// <param name="what">What needs it, for messages.</param>
    /// <param name="remedy">What to do, for messages.</param>
    /// <exception cref="NceFastException">The memory could not be allocated (<see cref="ErrorKind.Memory"/>).</exception>
    public static void* Allocate(nuint bytes, nuint alignment = 64, string what = "A worker", string remedy = "use fewer threads, or a smaller model")
    {
        try
        {
            void* memory = AllocateUncounted(bytes, alignment);
            Interlocked.Add(ref _inUse, (long)bytes);
            return memory;
        }
        catch (OutOfMemoryException e)
        {
            throw new NceFastException(ErrorKind.Memory, $"{what} needs {bytes:N0} bytes, which could not be allocated; {remedy}.", e);
        }
    }

    /// <summary>Frees memory; null is ignored.</summary>
    /// <param name="memory">The result of <see cref="Allocate"/>.</param>
    /// <param name="bytes">Its size.</param>
    public static void Free(void* memory, nuint bytes)
    {
        if (memory == null)
            return;
        NativeMemory.AlignedFree(memory);
        Interlocked.Add(ref _inUse, -(long)bytes);
    }
}
