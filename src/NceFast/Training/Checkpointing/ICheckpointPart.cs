using System.Text.Json.Nodes;
using NceFast.Models;

namespace NceFast.Training;

/// <summary>State that a trainer has beside its parameters and its place in the text: a schedule, a best copy.</summary>
internal interface ICheckpointPart
{
    /// <summary>Tables to save.</summary>
    IReadOnlyList<ParameterTable> Tables { get; }

    /// <summary>All else.</summary>
    JsonNode Save();

    /// <summary>Takes back what <see cref="Save"/> gave; the tables are filled already.</summary>
    void Restore(JsonNode state);
}
