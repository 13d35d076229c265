using System.Text.Json.Nodes;
using NceFast.Models;

namespace NceFast.Training;

/// <summary>Represents the state that a trainer has beside its parameters and its position in the text: a schedule, a best copy.</summary>
internal interface ICheckpointPart
{
    /// <summary>Gets the tables to save.</summary>
    IReadOnlyList<ParameterTable> Tables { get; }

    /// <summary>Creates the rest of the state.</summary>
    JsonNode Save();

    /// <summary>Restores what <see cref="Save"/> created; the tables are already filled.</summary>
    void Restore(JsonNode state);
}
