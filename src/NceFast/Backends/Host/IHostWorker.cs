namespace NceFast.Backends.Host;

/// <summary>Represents a worker of the host, which may keep private copies of shared rows.</summary>
internal interface IHostWorker : IBlockWorker, IDisposable
{
    /// <summary>Copies the shared rows again after others changed them, and drops changes that were not merged.</summary>
    void Reload();
}
