using System.CommandLine;
using BenchmarkDotNet.Running;
using NceFast.Bench.Compare;

// micro [BenchmarkDotNet options]: the parts.  compare: the whole program beside others.
if (args is ["micro", .. string[] rest])
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest);
    return 0;
}

var root = new RootCommand("Benchmarks of NceFast: 'micro' for its parts, 'compare' for the whole beside other trainers.") { CompareCommand.Create() };
return root.Parse(args).Invoke();
