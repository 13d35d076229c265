using Microsoft.Win32.SafeHandles;

namespace NceFast.Files;

/// <summary>Opens standard input as bytes.</summary>
internal static class StandardInput
{
    /// <summary>Opens standard input. A terminal is read as a plain file, because the stream of .NET would change its mode.</summary>
    public static Stream Open() =>
        OperatingSystem.IsWindows() || Console.IsInputRedirected ? Console.OpenStandardInput() : new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, 0);
}
