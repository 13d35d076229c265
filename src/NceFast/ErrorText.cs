using System.Globalization;
using System.Runtime.CompilerServices;

namespace NceFast;

/// <summary>
/// The interpolated text of an error. It collects each <see cref="Member"/> that the text names, and it formats numbers
/// independently of the culture.
/// </summary>
/// <param name="literalLength">Characters of the text outside the braces.</param>
/// <param name="formattedCount">Values in braces.</param>
[InterpolatedStringHandler]
internal ref struct ErrorText(int literalLength, int formattedCount)
{
    private DefaultInterpolatedStringHandler _text = new(literalLength, formattedCount, CultureInfo.InvariantCulture);
    private List<string>? _members;

    /// <summary>Gets the members that the text names, each once, in its order.</summary>
    public readonly IReadOnlyList<string> Members => _members is null ? [] : _members;

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    public void AppendFormatted(string? value) => _text.AppendFormatted(value);

    public void AppendFormatted(Member member)
    {
        Add(member.ToString());
        _text.AppendLiteral(member.ToString());
    }

    /// <summary>Appends a part of the text that was composed elsewhere, with the members that it names.</summary>
    public void AppendFormatted(FormattableString part)
    {
        foreach (object? argument in part.GetArguments())
        {
            if (argument is Member member)
                Add(member.ToString());
        }

        _text.AppendLiteral(part.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Returns the text and empties this instance.</summary>
    public string ToStringAndClear() => _text.ToStringAndClear();

    private void Add(string member)
    {
        _members ??= [];
        if (!_members.Contains(member))
            _members.Add(member);
    }
}
