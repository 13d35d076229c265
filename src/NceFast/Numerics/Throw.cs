using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace NceFast.Numerics;

/// <summary>Throws exceptions outside of hot methods, so that those can be inlined.</summary>
internal static class Throw
{
    [DoesNotReturn]
    public static void Usage(ErrorText message) => throw new NceFastException(ErrorKind.Usage, message);

    [DoesNotReturn]
    public static void Usage(string message) => throw new NceFastException(ErrorKind.Usage, message);

    [DoesNotReturn]
    public static void Input(ErrorText message, Exception? inner = null) => throw new NceFastException(ErrorKind.Input, message, inner);

    [DoesNotReturn]
    public static void Input(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Input, message, inner);

    [DoesNotReturn]
    public static void EmptyVocabulary(ErrorText message) => throw new NceFastException(ErrorKind.EmptyVocabulary, message);

    [DoesNotReturn]
    public static void EmptyVocabulary(string message) => throw new NceFastException(ErrorKind.EmptyVocabulary, message);

    [DoesNotReturn]
    public static void Output(ErrorText message, Exception? inner = null) => throw new NceFastException(ErrorKind.Output, message, inner);

    [DoesNotReturn]
    public static void Output(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Output, message, inner);

    [DoesNotReturn]
    public static void Memory(ErrorText message, Exception? inner = null) => throw new NceFastException(ErrorKind.Memory, message, inner);

    [DoesNotReturn]
    public static void Memory(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Memory, message, inner);

    [DoesNotReturn]
    public static void Device(ErrorText message, Exception? inner = null) => throw new NceFastException(ErrorKind.Device, message, inner);

    [DoesNotReturn]
    public static void Device(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Device, message, inner);

    [DoesNotReturn]
    public static void Ranks(ErrorText message, Exception? inner = null) => throw new NceFastException(ErrorKind.Ranks, message, inner);

    [DoesNotReturn]
    public static void Ranks(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Ranks, message, inner);

    /// <summary>Rejects a value outside its range: <c>UnlessInRange(nameof(VocabularyOptions.MinCount), MinCount, 1, long.MaxValue)</c>.</summary>
    /// <param name="member">A <c>nameof</c> of the type and the member, or of the parameter, that holds the value.</param>
    /// <param name="value">The value.</param>
    /// <param name="low">The least value that is allowed.</param>
    /// <param name="high">The greatest value that is allowed.</param>
    /// <param name="expression">The source text of <paramref name="member"/>; the compiler gives it.</param>
    public static void UnlessInRange<T>(string member, T value, T low, T high, [CallerArgumentExpression(nameof(member))] string expression = "")
        where T : INumber<T>
    {
        if (!(value >= low && value <= high))
            Usage($"{Member.Of(member, expression)} is {value}; allowed is {low} to {high}.");
    }
}
