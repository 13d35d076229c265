namespace NceFast.Objectives;

/// <summary>Specifies what a training minimizes.</summary>
public enum ObjectiveKind
{
    /// <summary>Noise-contrastive estimation. See <see cref="NoiseContrastive"/>.</summary>
    Nce,

    /// <summary>Negative sampling, the objective of word2vec. See <see cref="NegativeSampling"/>.</summary>
    Neg,

    /// <summary>Maximum likelihood: the exact softmax over the vocabulary. See <see cref="Softmax"/>. For language models.</summary>
    MaximumLikelihood,

    /// <summary>Maximum likelihood with a biased estimate of Z by importance sampling. See <see cref="Objectives.ImportanceSampling"/>. For language models.</summary>
    ImportanceSampling,

    /// <summary>Ranking NCE, also known as InfoNCE: the observed word is found among its noise words. See <see cref="Objectives.RankingNce"/>.</summary>
    RankingNce,
}

/// <summary>Specifies families of models.</summary>
[Flags]
internal enum ModelFamilies
{
    /// <summary>No family.</summary>
    None = 0,

    /// <summary>Skip-gram and CBOW.</summary>
    WordVectors = 1,

    /// <summary>Log-bilinear language models.</summary>
    LanguageModels = 2,

    /// <summary>Both families.</summary>
    Both = WordVectors | LanguageModels,
}
