using System.Diagnostics.CodeAnalysis;

namespace NceFast.Numerics;

/// <summary>Throws exceptions outside of hot methods, so that those can be inlined.</summary>
internal static class Throw
{
    [DoesNotReturn]
    public static void Usage(string message) => throw new NceFastException(ErrorKind.Usage, message);

    [DoesNotReturn]
    public static void Input(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Input, message, inner);

    [DoesNotReturn]
    public static void EmptyVocabulary(string message) => throw new NceFastException(ErrorKind.EmptyVocabulary, message);

    [DoesNotReturn]
    public static void Output(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Output, message, inner);

    [DoesNotReturn]
    public static void Memory(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Memory, message, inner);

    [DoesNotReturn]
    public static void Device(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Device, message, inner);

    [DoesNotReturn]
    public static void Ranks(string message, Exception? inner = null) => throw new NceFastException(ErrorKind.Ranks, message, inner);

    /// <summary>Throws if an option is outside its range; the message names option, value and range.</summary>
    public static void UnlessInRange(string option, double value, double low, double high)
    {
        if (!(value >= low && value <= high))
            Usage(FormattableString.Invariant($"{option} is {value}; allowed is {low} to {high}."));
    }
}
