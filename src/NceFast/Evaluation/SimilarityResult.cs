namespace NceFast.Evaluation;

/// <summary>How well cosines follow human judgements of likeness.</summary>
/// <param name="Spearman">Rank correlation of judgements and cosines, -1 to 1.</param>
/// <param name="Pearson">Linear correlation, -1 to 1.</param>
/// <param name="Pairs">Pairs used: both words are known.</param>
/// <param name="Skipped">Pairs left out because a word is unknown or beyond the restriction.</param>
/// <param name="InvalidLines">Lines left out because they are no pair with a score; comments, blank lines and a first line that names the columns are not counted.</param>
public sealed record SimilarityResult(double Spearman, double Pearson, int Pairs, int Skipped, int InvalidLines)
{
    /// <summary>Part of the pairs left out for an unknown word, 0 to 1; NaN without a pair.</summary>
    public double OutOfVocabularyRate => Pairs + Skipped == 0 ? double.NaN : (double)Skipped / (Pairs + Skipped);
}
