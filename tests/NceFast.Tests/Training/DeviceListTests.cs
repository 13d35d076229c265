using NceFast.Backends;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Training;

public class DeviceListTests
{
    private static readonly BackendCatalog Catalog = Create();

    [Theory]
    [InlineData("host", 5, 0, "host:5")]
    [InlineData("host,host", 5, 0, "host:3 host:2")]
    [InlineData("host, gpu:1", 5, 0, "host:5 gpu:1:5")]
    [InlineData("gpu", 2, 0, "gpu:0:2")]
    [InlineData("gpu", 2, 1, "gpu:1:2")]
    [InlineData("gpu", 2, 2, "gpu:0:2")]
    [InlineData("gpu:1", 2, 0, "gpu:1:2")]
    [InlineData("auto", 2, 1, "gpu:1:2")]
    public void Replicas_receive_devices_and_threads(string option, int threads, int localRank, string expected) =>
        Assert.Equal(expected, string.Join(' ', DeviceList.Parse(option, threads, Catalog, localRank).Devices.Select(d => $"{d.Id}:{d.Threads}")));

    [Theory]
    [InlineData("host,host,host", 2, ErrorKind.Usage)]
    [InlineData("host,quantum:0", 2, ErrorKind.Device)]
    [InlineData("host,", 2, ErrorKind.Device)]
    public void Impossible_device_lists_are_refused(string option, int threads, ErrorKind kind) =>
        Assert.Equal(kind, Assert.Throws<NceFastException>(() => DeviceList.Parse(option, threads, Catalog, 0)).Kind);

    private static BackendCatalog Create()
    {
        var catalog = new BackendCatalog();
        catalog.Register(new TwoDevices());
        return catalog;
    }

    private sealed class TwoDevices : IBackendProvider
    {
        public IEnumerable<DeviceInfo> Devices() => Enumerable.Range(0, 2).Select(i => new DeviceInfo($"gpu:{i}", "a device", 1 << 20, 1000 - i, null, ""));

        public IBackend Create(DeviceInfo device, BackendRequest request) => throw new NotSupportedException();
    }
}
