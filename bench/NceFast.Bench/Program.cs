using System.CommandLine;
using BenchmarkDotNet.Running;
using NceFast.Bench.Compare;
using NceFast.Bench.Estimation;
using NceFast.Bench.Flight;
using NceFast.Bench.Forms;
using NceFast.Bench.Family;
using NceFast.Bench.Roofline;
using NceFast.Bench.Stability;
using NceFast.Bench.Sync;

if (args is ["micro", .. string[] rest])
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest);
    return 0;
}

var root = new RootCommand("Benchmarks of NceFast: the commands below, and 'micro [options of BenchmarkDotNet]' for its parts one by one.")
{
    CompareCommand.Create(), FamilyCommand.Create(), RooflineCommand.Create(), EstimationCommand.Create(), SyncCommand.Create(), FormsCommand.Create(), StabilityCommand.Create(), VectorFlightCommand.Create(), LanguageFlightCommand.Create(),
};
Program.AddKernelCommands(root);
return root.Parse(args).Invoke();

/// <summary>The benchmark program. Some commands are part of builds that include kernels only.</summary>
internal partial class Program
{
    // Implemented in builds that include kernels. In other builds, the call is removed.
    static partial void AddKernelCommands(RootCommand root);
}
