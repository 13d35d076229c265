using NceFast.Corpus;
using NceFast.Models;
using NceFast.Objectives;
using NceFast.Training;

namespace NceFast.Cli;

/// <summary>Says in one line what is trained: <c>Skip-gram with NCE, 128 dimensions, 12 MB of wiki.txt, 2 epochs</c>.</summary>
internal static class RunTitle
{
    private static readonly string[] Units = ["bytes", "kB", "MB", "GB", "TB", "PB"];

    public static string Of(TrainingOptions options, CorpusSource text) =>
        FormattableString.Invariant($"{ModelOf(options)} with {NameOf(options.Objective)}, {options.Dim} dimension{(options.Dim == 1 ? "" : "s")}, {TextOf(text)}, {options.Epochs} epoch{(options.Epochs == 1 ? "" : "s")}");

    /// <summary>Formats a size with at most three digits.</summary>
    public static string SizeOf(long bytes)
    {
        double value = bytes;
        int unit = 0;
        for (; value >= 999.5; unit++)
            value /= 1000;
        return FormattableString.Invariant($"{(unit == 0 || value >= 99.95 ? value.ToString("F0") : value >= 9.995 ? value.ToString("0.#") : value.ToString("0.##"))} {Units[unit]}");
    }

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
        return text.Bytes < 0 ? what : $"{SizeOf(text.Bytes)} of {what}";
    }
}
