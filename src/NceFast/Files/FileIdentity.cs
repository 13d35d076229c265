using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NceFast.Files;

/// <summary>
/// Decides whether two paths are the same file. Their text is not enough, because a path may be relative and may lead through
/// symbolic or hard links. An existing file is identified by its device and its number there, and a file that does not exist
/// by its folder and its name.
/// </summary>
internal static unsafe partial class FileIdentity
{
    private const int CurrentFolder = -100, StatxBytes = 256, MacStatBytes = 256;
    private const uint TypeAndNumber = 0x101;
    private const int TypeMask = 0xF000, RegularType = 0x8000;

    // Most file systems of these systems treat names that differ in case alone as the same.
    private static readonly bool IgnoresCase = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS();

    /// <summary>Returns a text that is equal for two paths if and only if they are the same file.</summary>
    /// <param name="path">Path of a file or folder, which may be missing.</param>
    public static string KeyOf(string path)
    {
        string full = Path.GetFullPath(path);
        if (Look(full) is { } found)
            return string.Create(CultureInfo.InvariantCulture, $"{found.Device:x}:{found.Number:x}");
        string folder = Path.GetDirectoryName(full) ?? "";
        string name = Path.GetFileName(full);
        return $"{(folder.Length == 0 ? full : KeyOf(folder))}/{(IgnoresCase ? name.ToUpperInvariant() : name)}";
    }

    /// <summary>Returns a text that is equal for two existing paths on the same file system; null when it is not known.</summary>
    public static string? DeviceOf(string path) => Look(Path.GetFullPath(path))?.Device.ToString("x", CultureInfo.InvariantCulture) ?? Path.GetPathRoot(Path.GetFullPath(path));

    /// <summary>Returns whether a path, after its links, is something other than a regular file: a folder, a device, a pipe.</summary>
    public static bool IsSpecial(string path)
    {
        string full = Path.GetFullPath(path);
        return Look(full) is { } found ? !found.IsRegular : Directory.Exists(full);
    }

    private static Found? Look(string full)
    {
        try
        {
            return OperatingSystem.IsLinux() ? LookOnLinux(full) : OperatingSystem.IsMacOS() ? LookOnMac(full) : OperatingSystem.IsWindows() ? LookOnWindows(full) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null; // the path decides
        }
    }

    // Unlike that of stat, the layout of statx is the same on every processor and in every C library.
    private static Found? LookOnLinux(string full)
    {
        byte* stat = stackalloc byte[StatxBytes];
        if (Statx(CurrentFolder, full, 0, TypeAndNumber, stat) != 0)
            return null;
        ulong device = ((ulong)*(uint*)(stat + 136) << 32) | *(uint*)(stat + 140);
        return new Found(device, *(ulong*)(stat + 32), (*(ushort*)(stat + 28) & TypeMask) == RegularType);
    }

    private static Found? LookOnMac(string full)
    {
        byte* stat = stackalloc byte[MacStatBytes];
        int result = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? StatX64(full, stat) : Stat(full, stat);
        return result != 0 ? null : new Found(*(uint*)stat, *(ulong*)(stat + 8), (*(ushort*)(stat + 4) & TypeMask) == RegularType);
    }

    private static Found? LookOnWindows(string full)
    {
        if (!File.Exists(full))
            return null;
        using SafeFileHandle handle = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        uint* about = stackalloc uint[13];
        return GetFileInformationByHandle(handle, about) == 0 ? null : new Found(about[7], ((ulong)about[11] << 32) | about[12], true);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, byte* stat);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, byte* stat);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX64(string path, byte* stat);

    [LibraryImport("kernel32")]
    private static partial int GetFileInformationByHandle(SafeFileHandle file, uint* about);

    private readonly record struct Found(ulong Device, ulong Number, bool IsRegular);
}
