using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>Names of tests.</summary>
public sealed partial class NamingTests
{
    [Fact]
    public void Names_of_tests_are_sentences()
    {
        IEnumerable<string> wrong = typeof(NamingTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FactAttribute), inherit: false) && !Sentence().IsMatch(method.Name))
            .Select(method => $"{method.DeclaringType}.{method.Name}");
        Assert.Empty(wrong);
    }

    // Words separated by underscores; names such as NaN and AdaGrad keep their capitals.
    [GeneratedRegex("^[A-Z][A-Za-z0-9]*(_([a-z0-9]+|NaN|AdaGrad))+$")]
    private static partial Regex Sentence();
}
