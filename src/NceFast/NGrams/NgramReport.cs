namespace NceFast.NGrams;

/// <summary>Represents what was counted.</summary>
/// <param name="Counts">The number of n-grams of each order, from 1.</param>
/// <param name="Discounts">The discounts of each order, from 1: of counts of one, of two, and of three and more.</param>
/// <param name="Words">The number of words in the text.</param>
/// <param name="Sentences">The number of sentences in the text.</param>
/// <param name="Seconds">The time that counting and writing took, seconds.</param>
public sealed record NgramReport(IReadOnlyList<long> Counts, IReadOnlyList<IReadOnlyList<double>> Discounts, long Words, long Sentences, double Seconds);
