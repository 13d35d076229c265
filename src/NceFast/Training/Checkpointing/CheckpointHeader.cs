using NceFast.Corpus;

namespace NceFast.Training;

/// <summary>Represents what is trained; it is the same in each checkpoint of a training.</summary>
/// <param name="Program">Version of the library that wrote it.</param>
/// <param name="Kind">Kind of model.</param>
/// <param name="Folder">Full path of the folder it was written in.</param>
/// <param name="Application">See <see cref="CheckpointOptions.Application"/>.</param>
/// <param name="Options">All options by member name, see <see cref="OptionTable"/>.</param>
/// <param name="Inputs">Fingerprints of all files that are read.</param>
/// <param name="Ranks">Processes that train together, each with a header of its own. Another number of processes can continue.</param>
internal sealed record CheckpointHeader(
    string Program, string Kind, string Folder, string Application, IReadOnlyDictionary<string, string> Options, IReadOnlyList<InputFingerprint> Inputs, int Ranks = 1)
{
    public const string Vectors = "word vectors", Language = "language model";

    public static string Version { get; } = typeof(CheckpointHeader).Assembly.GetName().Version!.ToString(3);

    /// <summary>Describes the differences to the training that is to continue now; empty when it is the same.</summary>
    public IReadOnlyList<string> DifferencesTo(CheckpointHeader now)
    {
        var found = new List<string>();
        if (Kind != now.Kind)
            found.Add($"it trained a {Kind} and is to train a {now.Kind}");
        found.AddRange(OptionTable.Differences(Options, now.Options));
        found.AddRange(InputDifferences.Between(Inputs, now.Inputs));
        return found;
    }
}
