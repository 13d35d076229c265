using System.CommandLine;
using NceFast.Bench.Ladder;

/// <summary>Adds the kernel ladder in a build that includes kernels.</summary>
internal partial class Program
{
    static partial void AddLadder(RootCommand root) => root.Add(LadderCommand.Create());
}
