using System.Text.Json.Serialization;

namespace NceFast.Reporting.Internals;

/// <summary>JSON of a run folder. Figures that are no number are left out by those who make the records.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RunRecord))]
[JsonSerializable(typeof(RunSample))]
[JsonSerializable(typeof(RunEvaluation))]
[JsonSerializable(typeof(ErrorPoint))]
[JsonSerializable(typeof(ReportPage))]
internal sealed partial class RunJson : JsonSerializerContext;
