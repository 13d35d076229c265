namespace NceFast.Evaluation;

/// <summary>Represents how well cosines agree with human judgements of similarity.</summary>
/// <param name="Spearman">The rank correlation of judgements and cosines, -1 to 1.</param>
/// <param name="Pearson">The linear correlation, -1 to 1.</param>
/// <param name="Pairs">The number of pairs whose words are both known.</param>
/// <param name="Skipped">The number of pairs skipped because a word is unknown or is not among the words considered.</param>
/// <param name="InvalidLines">The number of lines ignored because they are not a pair with a score. Comments, blank lines and a header in the first line are not counted.</param>
public sealed record SimilarityResult(double Spearman, double Pearson, int Pairs, int Skipped, int InvalidLines)
{
    /// <summary>Gets the fraction of pairs skipped because of an unknown word, 0 to 1, or NaN if there are no pairs.</summary>
    public double OutOfVocabularyRate => Pairs + Skipped == 0 ? double.NaN : (double)Skipped / (Pairs + Skipped);
}
