using NceFast.Backends;
using Xunit;

namespace NceFast.Tests.Backends;

/// <summary>Which device is chosen, and the reason that is given for a device that cannot be.</summary>
public sealed class BackendCatalogTests
{
    [Theory]
    [InlineData(300, 0, "fake:0")] // ranks above the host
    [InlineData(50, 60, "host")] // ranks below it
    [InlineData(-1, -1, "host")] // never chosen automatically
    public void Auto_takes_the_highest_score(int first, int second, string expected)
    {
        Assert.Equal(expected, Catalog(first, second).Resolve("auto").Id);
    }

    [Fact]
    public void A_kind_without_a_number_is_its_first_device()
    {
        Assert.Equal("fake:0", Catalog(-1, 300).Resolve("fake").Id);
        Assert.Equal("fake:1", Catalog(-1, 300).Resolve("fake:1").Id);
    }

    [Fact]
    public void A_device_that_cannot_be_used_is_never_taken_and_says_why()
    {
        var catalog = new BackendCatalog();
        catalog.Register(new Fakes(new DeviceInfo("fake", "fake", 1, 500, "its driver is missing", "")));
        Assert.Equal("host", catalog.Resolve("auto").Id);
        foreach (string id in new[] { "fake", "fake:0", "fake:7" })
        {
            var error = Assert.Throws<NceFastException>(() => catalog.Resolve(id));
            Assert.Equal(ErrorKind.Device, error.Kind);
            Assert.Contains("its driver is missing", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_unknown_device_is_an_error_that_lists_the_others()
    {
        var error = Assert.Throws<NceFastException>(() => Catalog(1, 1).Resolve("fake:2"));
        Assert.Contains("fake:0, fake:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_that_the_build_lacks_are_listed_with_the_reason()
    {
        IReadOnlyList<DeviceInfo> devices = new BackendCatalog().Devices();
        Assert.Equal("host", devices[0].Id);
        foreach (string kind in new[] { "cuda", "opencl", "ilgpu-cpu" })
        {
            DeviceInfo device = Assert.Single(devices, d => d.Id == kind);
            Assert.Contains("BackendCatalog.Default.AddAccelerators()", device.Reason, StringComparison.Ordinal);
        }
    }

    private static BackendCatalog Catalog(int first, int second)
    {
        var catalog = new BackendCatalog();
        catalog.Register(new Fakes(new DeviceInfo("fake:0", "fake", 1, first, null, ""), new DeviceInfo("fake:1", "fake", 1, second, null, "")));
        return catalog;
    }

    internal sealed class Fakes(params DeviceInfo[] devices) : IBackendProvider
    {
        public IEnumerable<DeviceInfo> Devices() => devices;

        public IBackend Create(DeviceInfo device, BackendRequest request) => throw new NotSupportedException();
    }
}
