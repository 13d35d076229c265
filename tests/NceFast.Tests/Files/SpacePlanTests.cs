using NceFast.Files;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Files;

public class SpacePlanTests
{
    [Fact]
    public void A_certain_size_must_fit()
    {
        using var folder = new TempFolder();
        var plan = new SpacePlan();
        plan.Add(folder["a"], long.MaxValue / 4);
        plan.Add(folder["b"], 5);
        var error = Assert.Throws<NceFastException>(() => plan.Ensure(Assert.Fail));
        Assert.Equal(ErrorKind.Output, error.Kind);
        Assert.Contains($"{folder["a"]} and {folder["b"]} need {(long.MaxValue / 4) + 5:N0} bytes, but the disk has ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_estimate_that_may_not_fit_is_a_warning()
    {
        using var folder = new TempFolder();
        var plan = new SpacePlan();
        plan.Add(folder["a"], OutputPath.FreeBytes(folder["a"]) / 10 * 13, exact: false);
        string? warning = null;
        plan.Ensure(message => warning = message);
        Assert.Contains("may not fit", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_that_fits_is_accepted()
    {
        using var folder = new TempFolder();
        var plan = new SpacePlan();
        plan.Add(folder["a"], 1);
        plan.Add("/dev/full", long.MaxValue);
        plan.Ensure(Assert.Fail);
    }
}
