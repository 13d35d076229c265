using NceFast.Fuzz;
using Xunit;

namespace NceFast.Tests.Fuzz;

/// <summary>Fuzzes each parser for a short time. <c>dotnet run --project tests/NceFast.Fuzz -- --inputs N</c> fuzzes for longer.</summary>
[Collection(nameof(Alone))]
public sealed class FuzzTests
{
    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Damaged_inputs_are_read_or_refused(string name)
    {
        FuzzTarget target = FuzzTargets.All.First(t => t.Name == name).Create();
        using var watchdog = new Watchdog((_, input, why) => Environment.FailFast($"{name}: an input {why}: {Convert.ToHexString(input)}"), watchesMemory: false);
        var campaign = new Campaign(target, seed: 1, watchdog, FuzzTargets.Kept(name));
        campaign.Run((long)(4000 / target.Cost));
        Assert.True(campaign.Failures.Count == 0, string.Join("\n", campaign.Failures.Select(f => $"{f.What}\n{Convert.ToHexString(f.Input)}")));
        Assert.True(campaign.Read > 0, "no input was read");
        Assert.True(campaign.Read < campaign.Inputs || name is "corpus" or "options", "no input was refused");
    }
}

/// <summary>Marks tests that measure the allocations of the process or change its console. No other test runs at the same time.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
