namespace NceFast.Bench.Flight;

/// <summary>Represents output rows that a group trains together.</summary>
/// <param name="Place">Place of the first word in the list of outputs.</param>
/// <param name="Count">Words: 2, or 1 for the last one of a list.</param>
/// <param name="Observed">Whether the words are observed; otherwise they are noise.</param>
internal readonly record struct FlightPair(int Place, int Count, bool Observed);
