namespace NceFast;

/// <summary>Specifies what kind of error occurred, so that a caller can act on it.</summary>
public enum ErrorKind
{
    /// <summary>An option has a value that is not allowed.</summary>
    Usage,

    /// <summary>An input is missing, unreadable or damaged.</summary>
    Input,

    /// <summary>
    /// The corpus is empty, no word is left after the frequency limit, or there is nothing to predict or to measure. No figure
    /// is given then, because nothing was measured.
    /// </summary>
    EmptyVocabulary,

    /// <summary>An output cannot be written (permission, full disk, missing folder).</summary>
    Output,

    /// <summary>The model or vocabulary does not fit the memory of the machine or device.</summary>
    Memory,

    /// <summary>The requested device is absent or cannot run the model.</summary>
    Device,

    /// <summary>The ranks of a training do not match, or one of them failed or does not answer.</summary>
    Ranks,
}

/// <summary>
/// Represents an error that a user can correct. The message says what was found, what is allowed, where (file, byte, line), and
/// what to do. It names options as the members of the library that hold them, <c>VocabularyOptions.MinCount</c>.
/// </summary>
public sealed class NceFastException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="kind">The kind of the error.</param>
    /// <param name="message">What was found, what is allowed, where, and what to do.</param>
    /// <param name="inner">The cause, when another exception was caught.</param>
    public NceFastException(ErrorKind kind, string message, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>Creates the error from an interpolated text, and takes the members that it names.</summary>
    internal NceFastException(ErrorKind kind, ErrorText message, Exception? inner = null)
        : base(message.ToStringAndClear(), inner) => (Kind, Members) = (kind, message.Members);

    /// <summary>Gets the kind of the error.</summary>
    public ErrorKind Kind { get; }

    /// <summary>
    /// Gets the members that the message names, in its order: those whose values are wrong, and those to change. Each is a type
    /// and a property without namespace, <c>VocabularyOptions.MinCount</c>, or the name of a parameter of the method that was
    /// called. Empty when the message names none.
    /// </summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>
    /// Returns the most informative of the errors of several threads: one that a user can correct, else a lack of memory, else
    /// a cancellation, else the first of the others.
    /// </summary>
    /// <param name="error">Any error. One that is no <see cref="AggregateException"/> is returned unchanged.</param>
    public static Exception MostTelling(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error is AggregateException many && many.Flatten().InnerExceptions is { Count: > 0 } all ? all.MinBy(Rank)! : error;
    }

    private static int Rank(Exception error) => error switch
    {
        NceFastException => 0,
        OutOfMemoryException => 1,
        OperationCanceledException => 2,
        _ => 3,
    };
}
