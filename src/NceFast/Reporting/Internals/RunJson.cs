using System.Text.Json.Serialization;

namespace NceFast.Reporting.Internals;

/// <summary>Serialises the JSON of a run folder.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(FigureConverter)],
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(RunFigure))]
[JsonSerializable(typeof(RunSample))]
[JsonSerializable(typeof(RunEvaluation))]
[JsonSerializable(typeof(ErrorPoint))]
[JsonSerializable(typeof(ReportPage))]
internal sealed partial class RunJson : JsonSerializerContext;
