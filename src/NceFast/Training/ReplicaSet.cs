using NceFast.Backends;
using NceFast.Distribution;
using NceFast.Models;

namespace NceFast.Training;

/// <summary>Represents a backend for each device, each with parameters of its own. The first has those that are kept.</summary>
internal sealed class ReplicaSet : IDisposable
{
    private readonly List<IDisposable> _copies = [];
    private readonly List<IBackend> _backends = [];
    private readonly List<IReadOnlyList<ParameterTable>> _tables = [];

    /// <summary>Gets the backends.</summary>
    public IReadOnlyList<IBackend> Backends => _backends;

    /// <summary>Gets the tables of each.</summary>
    public IReadOnlyList<IReadOnlyList<ParameterTable>> Tables => _tables;

    /// <summary>Describes them for people.</summary>
    public string Describe(ICommunicator ranks) =>
        string.Join(" + ", _backends.Select(b => b.Description)) + (ranks.Size == 1 ? "" : $" on rank 0 of {ranks.Description}");

    /// <summary>Makes replicas of parameters.</summary>
    /// <param name="devices">The devices.</param>
    /// <param name="parameters">Parameters to start from, kept by the first device and owned by the caller.</param>
    /// <param name="another">Allocates parameters for one more device.</param>
    /// <param name="create">Puts parameters on a device.</param>
    public static ReplicaSet Create(DeviceList devices, ModelParameters parameters, Func<ModelParameters> another, Func<ReplicaDevice, ModelParameters, IBackend> create)
    {
        var set = new ReplicaSet();
        try
        {
            foreach (ReplicaDevice device in devices.Devices)
            {
                ModelParameters own = set._backends.Count == 0 ? parameters : set.Copy(parameters, another());
                set._backends.Add(create(device, own));
                set._tables.Add(own.Tables);
            }

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

    // With the state of the optimiser, unlike a copy of the model alone.
    private ModelParameters Copy(ModelParameters from, ModelParameters to)
    {
        _copies.Add(to);
        foreach ((ParameterTable source, ParameterTable target) in from.Tables.Zip(to.Tables))
            target.CopyFrom(source);
        return to;
    }
}
