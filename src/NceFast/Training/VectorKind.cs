namespace NceFast.Training;

/// <summary>Specifies which vectors are taken from a model.</summary>
public enum VectorKind
{
    /// <summary>The vectors that predictions are made from, which are usually meant by word vectors.</summary>
    Input,

    /// <summary>The vectors of the predicted words.</summary>
    Output,

    /// <summary>The mean of both.</summary>
    Mean,
}
