using NceFast.Objectives;
using NceFast.Training;
using Xunit;

namespace NceFast.Tests.Objectives;

public class ObjectiveTraitsTests
{
    [Fact]
    public void Every_objective_has_its_row()
    {
        foreach (ObjectiveKind kind in Enum.GetValues<ObjectiveKind>())
        {
            ObjectiveTraits traits = kind.Traits();
            Assert.Equal(kind, traits.Kind);
            Assert.True(traits.HasBiases || !traits.LearnsNormalizer); // the shift of a logit is written only where there are biases
            Assert.NotEqual(ModelFamilies.None, traits.Families);
            Assert.Equal(traits.Supports(ModelFamilies.WordVectors), traits.NoiseSet > 0 && traits.SkipGramRate > 0);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => ((ObjectiveKind)99).Traits());
    }

    [Fact]
    public void Rows_say_what_the_objectives_are()
    {
        ObjectiveTraits nce = ObjectiveKind.Nce.Traits(), neg = ObjectiveKind.Neg.Traits(), exact = ObjectiveKind.MaximumLikelihood.Traits(), sampled = ObjectiveKind.ImportanceSampling.Traits(), ranking = ObjectiveKind.RankingNce.Traits();
        Assert.Equal((true, true, true, true, false), (nce.IsBinary, nce.DrawsNoise, nce.HasBiases, nce.LearnsNormalizer, nce.StepsEveryRow));
        Assert.Equal((true, true, false, false, false), (neg.IsBinary, neg.DrawsNoise, neg.HasBiases, neg.LearnsNormalizer, neg.StepsEveryRow));
        Assert.Equal((false, false, true, false, true), (exact.IsBinary, exact.DrawsNoise, exact.HasBiases, exact.LearnsNormalizer, exact.StepsEveryRow));
        Assert.Equal((false, true, true, false, false), (sampled.IsBinary, sampled.DrawsNoise, sampled.HasBiases, sampled.LearnsNormalizer, sampled.StepsEveryRow));
        Assert.Equal((true, false, true), (nce.SubtractsNoise, neg.SubtractsNoise, sampled.SubtractsNoise));
        Assert.Equal((ModelFamilies.None, ModelFamilies.WordVectors), (nce.DropsObserved, neg.DropsObserved));
        Assert.True(sampled.DropsObserved.HasFlag(ModelFamilies.LanguageModels) && sampled.CountsDraws);
        Assert.Equal((false, true, true, false, false), (ranking.IsBinary, ranking.DrawsNoise, ranking.HasBiases, ranking.LearnsNormalizer, ranking.StepsEveryRow));
        Assert.Equal((true, true, ModelFamilies.None), (ranking.SubtractsNoise, ranking.CountsDraws, ranking.DropsObserved));
        Assert.Equal((false, false, false, false, true), (nce.CancelsNormalizer, neg.CancelsNormalizer, exact.CancelsNormalizer, sampled.CancelsNormalizer, ranking.CancelsNormalizer));
    }

    [Fact]
    public void Word_vectors_refuse_objectives_of_language_models()
    {
        Assert.Equal([ObjectiveKind.Nce, ObjectiveKind.Neg], ObjectiveTraits.KindsOf(ModelFamilies.WordVectors));
        var refused = Assert.Throws<NceFastException>(() => new WordVectorOptions { Objective = ObjectiveKind.MaximumLikelihood }.Validate());
        Assert.Contains("allowed are ObjectiveKind.Nce, ObjectiveKind.Neg", refused.Message, StringComparison.Ordinal);
    }

    // Workers turn the sign of an observed word's logit and treat it as a noise word.
    [Fact]
    public void Binary_losses_are_symmetric()
    {
        foreach (ObjectiveKind kind in Enum.GetValues<ObjectiveKind>().Where(k => k.Traits().IsBinary))
        {
            for (double logit = -40; logit <= 40; logit += 0.5)
                Assert.Equal(kind.Traits().Loss(logit, 1), kind.Traits().Loss(-logit, 0), 12);
        }
    }
}
