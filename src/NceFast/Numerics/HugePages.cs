using System.Runtime.InteropServices;

namespace NceFast.Numerics;

/// <summary>
/// Asks Linux for 2 MiB pages. Random rows of a table of hundreds of megabytes miss the TLB at nearly every row with
/// 4 KiB pages; measured gain up to 1.5 times on one thread. Advice only: a refusal costs nothing.
/// </summary>
internal static unsafe partial class HugePages
{
    private const int MadvHugePage = 14;

    public static void Advise(void* address, nuint bytes)
    {
        if (!OperatingSystem.IsLinux() || bytes < 2 << 20)
            return;
        try
        {
            _ = MAdvise(address, bytes, MadvHugePage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A Linux without a libc of that name: plain pages serve.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MAdvise(void* address, nuint length, int advice);
}
