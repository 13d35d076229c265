using ILGPU.Runtime;
using NceFast.Models;

namespace NceFast.Kernels;

/// <summary>
/// Locks the tables of a model in the host's memory, so that a device copies them without a detour through a buffer of its driver. Replicas
/// exchange whole tables at each merge. A table that cannot be locked is copied as ordinary memory.
/// </summary>
internal sealed class LockedTables : IDisposable
{
    private readonly List<IDisposable> _locks = [];

    /// <param name="accelerator">The device.</param>
    /// <param name="parameters">The model, whose memory must outlive this object.</param>
    public unsafe LockedTables(Accelerator accelerator, ModelParameters parameters)
    {
        foreach (ParameterTable table in parameters.Tables.Where(t => t.Rows > 0 && t.Stride > 1))
        {
            try
            {
                _locks.Add(accelerator.CreatePageLockFromPinned<float>((nint)table.Pointer, table.Rows * table.Stride));
            }
            catch (AcceleratorException)
            {
                // For example, another device has locked the table, or the system allows no more locked memory.
            }
        }
    }

    public void Dispose()
    {
        foreach (IDisposable table in _locks)
            DeviceResource.Release(table);
    }
}
