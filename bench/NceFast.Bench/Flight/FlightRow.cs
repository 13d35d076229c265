namespace NceFast.Bench.Flight;

/// <summary>Represents a row of the table of a simulation. Cells are separated by bars.</summary>
/// <param name="Settings">Cells of the settings.</param>
/// <param name="Train">Trains, and returns the cells of the results.</param>
internal sealed record FlightRow(string Settings, Func<string> Train);
