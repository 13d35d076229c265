namespace NceFast.Numerics;

/// <summary>
/// Holds a hook that a test sets for itself and for the threads and tasks that it starts. As long as no test sets one, a look costs
/// one read of a field.
/// </summary>
/// <typeparam name="T">The type of the hook.</typeparam>
internal sealed class AmbientHook<T>
    where T : class
{
    private readonly AsyncLocal<T?> _value = new();
    private volatile bool _wasSet;

    /// <summary>Gets or sets the hook of this thread; null for none.</summary>
    public T? Value
    {
        get => _wasSet ? _value.Value : null;
        set
        {
            _wasSet = true;
            _value.Value = value;
        }
    }
}
