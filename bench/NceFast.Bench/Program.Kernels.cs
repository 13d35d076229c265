using System.CommandLine;
using NceFast.Bench.Gpu;
using NceFast.Bench.Ladder;

/// <summary>Adds the commands that need kernels, in a build that includes them.</summary>
internal partial class Program
{
    static partial void AddKernelCommands(RootCommand root)
    {
        root.Add(GpuCommand.Create());
        root.Add(LadderCommand.Create());
    }
}
