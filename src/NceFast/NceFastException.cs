namespace NceFast;

/// <summary>What went wrong, in terms a caller can act on; the command line maps each kind to one exit code.</summary>
public enum ErrorKind
{
    /// <summary>An option has a value that is not allowed.</summary>
    Usage,

    /// <summary>An input is missing, unreadable or damaged.</summary>
    Input,

    /// <summary>
    /// The corpus is empty, no word is left after the frequency limit, or there is nothing to predict or to measure: a figure
    /// would say something that was never found out.
    /// </summary>
    EmptyVocabulary,

    /// <summary>An output cannot be written (permission, full disk, missing folder).</summary>
    Output,

    /// <summary>The model or vocabulary does not fit the memory of the machine or device.</summary>
    Memory,

    /// <summary>The device asked for is absent or cannot run the model.</summary>
    Device,

    /// <summary>The ranks of a training do not fit together, or one of them failed or does not answer.</summary>
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
    /// The error that says most among those of several threads: one that a user can mend, then a lack of memory, then a
    /// cancellation, then the first of the others.
    /// </summary>
    /// <param name="error">Any error; one that is no <see cref="AggregateException"/> is returned as it is.</param>
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
