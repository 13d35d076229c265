namespace NceFast.Files;

/// <summary>
/// Adds up the sizes of outputs per disk, and compares them with the free space before the work begins. A file that is replaced
/// keeps its own space until the new one is complete.
/// </summary>
/// <remarks>Use an instance from one thread at a time.</remarks>
public sealed class SpacePlan
{
    private readonly Dictionary<string, Disk> _disks = [];

    /// <summary>Adds an output.</summary>
    /// <param name="path">Its path; the folder exists.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="exact">False when <paramref name="bytes"/> is an estimate; half of it counts as certain.</param>
    public void Add(string path, long bytes, bool exact = true)
    {
        string full = Path.GetFullPath(path);
        if (bytes <= 0 || OutputPath.IsDevice(full) || FileIdentity.DeviceOf(Path.GetDirectoryName(full) ?? "/") is not { } device)
            return;
        if (!_disks.TryGetValue(device, out Disk? disk))
            _disks[device] = disk = new Disk(full);
        disk.Paths.Add(path);
        disk.Expected += bytes;
        disk.Certain += exact ? bytes : bytes / 2;
    }

    /// <summary>Compares the sizes with the free space.</summary>
    /// <param name="warn">Receives a warning when an estimate may not fit.</param>
    /// <exception cref="NceFastException">The certain part of the sizes does not fit (<see cref="ErrorKind.Output"/>).</exception>
    public void Ensure(Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(warn);
        foreach (Disk disk in _disks.Values)
        {
            long free = OutputPath.FreeBytes(disk.Target);
            if (free < 0 || free >= disk.Expected)
                continue;
            string about = $"{string.Join(" and ", disk.Paths.Distinct())} {(disk.Paths.Distinct().Count() == 1 ? "needs" : "need")} {(disk.Certain == disk.Expected ? "" : "about ")}{disk.Expected:N0} bytes, but the disk has {free:N0} free";
            if (free < disk.Certain)
                throw new NceFastException(ErrorKind.Output, $"{about}. Free some space, or name a path on another disk.");
            warn($"{about}; the output may not fit.");
        }
    }

    private sealed class Disk(string target)
    {
        public string Target { get; } = target;

        public List<string> Paths { get; } = [];

        public long Expected { get; set; }

        public long Certain { get; set; }
    }
}
