using NceFast.Backends;
using NceFast.Distribution;
using NceFast.Models;

namespace NceFast.Training;

/// <summary>A backend for each device, each with parameters of its own; the first has those that are kept.</summary>
internal sealed class ReplicaSet : IDisposable
{
    private readonly List<IDisposable> _copies = [];
    private readonly List<IBackend> _backends = [];
    private readonly List<IReadOnlyList<ParameterTable>> _tables = [];

    /// <summary>The backends.</summary>
    public IReadOnlyList<IBackend> Backends => _backends;

    /// <summary>The tables of each.</summary>
    public IReadOnlyList<IReadOnlyList<ParameterTable>> Tables => _tables;

    /// <summary>What they are, for people.</summary>
    public string Describe(ICommunicator ranks) =>
        string.Join(" + ", _backends.Select(b => b.Description)) + (ranks.Size == 1 ? "" : $" on rank 0 of {ranks.Description}");

    /// <summary>Makes replicas of parameters.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="parameters">Parameters to start from, kept by the first device and owned by the caller.</param>
    /// <param name="tables">Lists the tables of parameters.</param>
    /// <param name="another">Allocates parameters for one more device.</param>
    /// <param name="create">Puts parameters on a device.</param>
    public static ReplicaSet Create<TParameters>(
        DeviceList devices, TParameters parameters, Func<TParameters, IReadOnlyList<ParameterTable>> tables, Func<TParameters> another, Func<ReplicaDevice, TParameters, IBackend> create)
        where TParameters : IDisposable
    {
        var set = new ReplicaSet();
        try
        {
            foreach (ReplicaDevice device in devices.Devices)
                set.Add(device, set._backends.Count == 0 ? parameters : set.Copy(parameters, tables, another()), tables, create);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _backends.ForEach(b => b.Dispose());
        _copies.ForEach(c => c.Dispose());
    }

    private TParameters Copy<TParameters>(TParameters from, Func<TParameters, IReadOnlyList<ParameterTable>> tables, TParameters to)
        where TParameters : IDisposable
    {
        _copies.Add(to);
        foreach ((ParameterTable source, ParameterTable target) in tables(from).Zip(tables(to)))
            target.CopyFrom(source);
        return to;
    }

    private void Add<TParameters>(ReplicaDevice device, TParameters parameters, Func<TParameters, IReadOnlyList<ParameterTable>> tables, Func<ReplicaDevice, TParameters, IBackend> create)
    {
        _backends.Add(create(device, parameters));
        _tables.Add(tables(parameters));
    }
}
