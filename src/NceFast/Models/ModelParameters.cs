namespace NceFast.Models;

/// <summary>
/// Represents the parameters of a model: what training changes, merging combines and a checkpoint keeps. Tables and their rows
/// are valid until the parameters are disposed; members then throw <see cref="ObjectDisposedException"/>.
/// </summary>
/// <remarks>Several threads can read an instance at the same time, as long as none changes its values or disposes it.</remarks>
public abstract class ModelParameters : IDisposable
{
    private IReadOnlyList<ParameterTable>? _tables;
    private bool _disposed;

    private protected ModelParameters()
    {
    }

    /// <summary>Gets all tables that training changes.</summary>
    internal IReadOnlyList<ParameterTable> Tables => Alive(_tables ??= [.. ListTables()]);

    /// <summary>Sets the values that a training starts from.</summary>
    /// <param name="seed">Seed of the random draws.</param>
    /// <param name="counts">Occurrences per word: <c>[words]</c>.</param>
    public abstract void Initialize(ulong seed, ReadOnlySpan<long> counts);

    /// <summary>Copies all values, except those of the optimiser, which either may lack.</summary>
    /// <param name="source">Parameters of the same model.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void CopyFrom(ModelParameters source)
    {
        ArgumentNullException.ThrowIfNull(source);
        foreach ((ParameterTable from, ParameterTable to) in source.Tables.Zip(Tables).Where(pair => !pair.First.IsState))
            to.CopyFrom(from);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        Free();
        GC.SuppressFinalize(this);
    }

    private protected abstract IEnumerable<ParameterTable> ListTables();

    private protected abstract void Free();

    private protected T Alive<T>(T value)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return value;
    }
}
