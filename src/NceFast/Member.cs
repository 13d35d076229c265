using System.Runtime.CompilerServices;

namespace NceFast;

/// <summary>
/// The name of a public member in a message, <c>VocabularyOptions.MinCount</c>. A program that fills the member from an option
/// of its own shows the name of that option instead.
/// </summary>
internal readonly record struct Member
{
    private readonly string _name;

    private Member(string name) => _name = name;

    /// <summary>Names a member: <c>Member.Of(nameof(VocabularyOptions.MinCount))</c>.</summary>
    /// <param name="name">A <c>nameof</c> of the type and the member, so that the compiler checks both.</param>
    /// <param name="expression">The source text of <paramref name="name"/>; the compiler gives it.</param>
    public static Member Of(string name, [CallerArgumentExpression(nameof(name))] string expression = "")
    {
        const string Start = "nameof(";
        if (!expression.StartsWith(Start, StringComparison.Ordinal))
            return new Member(name);
        string path = expression[Start.Length..^1];
        int type = path.Length - name.Length - 1; // position of the dot before the member
        return new Member(type < 1 ? name : path[(path.LastIndexOf('.', type - 1) + 1)..]);
    }

    /// <summary>Gets the name, <c>Type.Member</c>.</summary>
    public override string ToString() => _name;
}
