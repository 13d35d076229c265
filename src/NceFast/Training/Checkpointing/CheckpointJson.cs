using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NceFast.Corpus;
using NceFast.Evaluation;

namespace NceFast.Training;

/// <summary>Serialises the JSON of checkpoints and of what ranks tell each other, without reflection.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CheckpointHeader))]
[JsonSerializable(typeof(LoopState))]
[JsonSerializable(typeof(CorpusNote))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(BestModel.State))]
[JsonSerializable(typeof(InputFingerprint[]))]
[JsonSerializable(typeof(PerplexityResult))]
internal sealed partial class CheckpointJson : JsonSerializerContext
{
    /// <summary>Gets how a type of the list above is serialised.</summary>
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>?)Default.GetTypeInfo(typeof(T)) ?? throw new NotSupportedException($"{typeof(T)} is not in the list of {nameof(CheckpointJson)}; add it.");
}
