using System.CommandLine;
using BenchmarkDotNet.Running;
using NceFast.Bench.Compare;
using NceFast.Bench.Estimation;
using NceFast.Bench.Language;
using NceFast.Bench.Roofline;
using NceFast.Bench.Sync;

// ladder: the kernels of a device, where the build holds them.  micro [BenchmarkDotNet options]: the parts.  compare: the whole program beside others.
// language: language models by each objective.  estimation: unnormalised densities.  roofline: the machine's limits and each phase beside them.
// sync: what merging replicas costs.
if (args is ["micro", .. string[] rest])
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest);
    return 0;
}

var root = new RootCommand("Benchmarks of NceFast: 'micro' for its parts, 'compare' for the whole beside other trainers, 'language' for the objectives of language models, 'roofline' for the machine's limits and what is reached, 'estimation' for unnormalised densities, 'sync' for the cost of merging replicas.")
{
    CompareCommand.Create(), LanguageCommand.Create(), RooflineCommand.Create(), EstimationCommand.Create(), SyncCommand.Create(),
};
Program.AddLadder(root);
return root.Parse(args).Invoke();

/// <summary>The program; its ladder of kernels is part of a build that holds them.</summary>
internal partial class Program
{
    // Implemented beside the ladder; without it the call is not compiled.
    static partial void AddLadder(RootCommand root);
}
