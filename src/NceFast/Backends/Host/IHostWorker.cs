namespace NceFast.Backends.Host;

/// <summary>A worker of the host, which may keep copies of shared rows.</summary>
internal interface IHostWorker : IBlockWorker, IDisposable
{
    /// <summary>Takes the shared rows anew after others changed them, dropping changes not merged.</summary>
    void Reload();
}
