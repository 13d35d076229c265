using System.CommandLine;
using NceFast.Bench.Ladder;

/// <summary>Part of a build that holds kernels.</summary>
internal partial class Program
{
    static partial void AddLadder(RootCommand root) => root.Add(LadderCommand.Create());
}
