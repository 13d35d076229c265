using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Says in one line what is trained: <c>Skip-gram with NCE, 128 dimensions, 11.4 MiB of wiki.txt, 2 epochs</c>.</summary>
internal static class RunTitle
{
    public static string Of(TrainingOptions options, CorpusSource text) =>
        FormattableString.Invariant($"{ModelOf(options)} with {NameOf(options.Objective)}, {options.Dim} dimension{(options.Dim == 1 ? "" : "s")}, {TextOf(text)}, {options.Epochs} epoch{(options.Epochs == 1 ? "" : "s")}");

    private static string ModelOf(TrainingOptions options) => options switch
    {
        WordVectorOptions { Model: ModelKind.Cbow } => "CBOW",
        WordVectorOptions => "Skip-gram",
        _ => "Log-bilinear language model",
    };

    private static string NameOf(ObjectiveKind objective) => objective switch
    {
        ObjectiveKind.Nce => "NCE",
        ObjectiveKind.Neg => "negative sampling",
        ObjectiveKind.RankingNce => "ranking NCE",
        ObjectiveKind.MaximumLikelihood => "maximum likelihood",
        ObjectiveKind.ImportanceSampling => "importance sampling",
        _ => throw new ArgumentOutOfRangeException(nameof(objective)),
    };

    private static string TextOf(CorpusSource text)
    {
        string what = text.Names is [{ } only] ? Path.GetFileName(only) is { Length: > 0 } name ? name : only : FormattableString.Invariant($"{text.Names.Count:N0} files");
        return text.Bytes switch
        {
            < 0 => what,
            1 => $"1 byte of {what}",
            < 1 << 20 => FormattableString.Invariant($"{text.Bytes:N0} bytes of {what}"),
            _ => $"{Units.Size(text.Bytes)} of {what}",
        };
    }
}
