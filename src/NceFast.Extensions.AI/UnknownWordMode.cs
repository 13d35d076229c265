namespace NceFast.Extensions.AI;

/// <summary>Specifies what happens to words of a text that have no vector.</summary>
public enum UnknownWordMode
{
    /// <summary>The words are left out. A text without any known word has an embedding of zeros.</summary>
    Ignore,

    /// <summary>An exception is thrown.</summary>
    Refuse,
}
