namespace NceFast.Bench.Flight;

/// <summary>Specifies what becomes of changes that several groups of a device make to a row at once.</summary>
internal enum FlightRule
{
    /// <summary>Each group stores the whole row, so that only the last of the simultaneous changes remains.</summary>
    Store,

    /// <summary>Groups add their changes.</summary>
    Add,

    /// <summary>Groups add their changes, each multiplied by the weight of the theory of merging.</summary>
    Weigh,
}
