using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>Tests that the documentation of every public class and struct says whether several threads can use an instance.</summary>
public sealed partial class ThreadSafetyTests
{
    [Fact]
    public void Every_public_type_says_whether_threads_can_share_an_instance()
    {
        XDocument documentation = XDocument.Load(Path.ChangeExtension(typeof(NceFastException).Assembly.Location, ".xml"));
        Dictionary<string, string> texts = documentation.Descendants("member").ToDictionary(member => member.Attribute("name")!.Value, member => member.Value);
        IEnumerable<string> silent = typeof(NceFastException).Assembly.GetExportedTypes().Where(HasInstances)
            .Where(type => !Sentence().IsMatch(texts.GetValueOrDefault($"T:{type.FullName!.Replace('+', '.')}", "")))
            .Select(type => type.FullName!);
        Assert.Empty(silent);
    }

    // Records and enumerations are values that do not change, and static classes have no instances.
    private static bool HasInstances(Type type) => !type.IsEnum && !type.IsInterface && !(type.IsAbstract && type.IsSealed)
        && !typeof(Exception).IsAssignableFrom(type) && !typeof(Delegate).IsAssignableFrom(type)
        && type.GetMethod("<Clone>$") is null && !type.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEquatable<>));

    [GeneratedRegex(@"\b(several threads|one thread|thread-safe|threads may (use|call)|any thread)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Sentence();
}
