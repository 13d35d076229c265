using System.Globalization;
using NceFast.Blocks;
using NceFast.Numerics;
using NceFast.Vocab;
using Xunit;

namespace NceFast.Tests.House;

/// <summary>An error names members by type, and carries their names.</summary>
public sealed class ErrorTextTests
{
    [Fact]
    public void A_member_is_named_by_its_type_without_namespace()
    {
        Assert.Equal("VocabularyOptions.MinCount", Member.Of(nameof(VocabularyOptions.MinCount)).ToString());
        Assert.Equal("VocabularyOptions.MinCount", Member.Of(nameof(NceFast.Vocab.VocabularyOptions.MinCount)).ToString());
        Assert.Equal("CacheMode.Never", Member.Of(nameof(CacheMode.Never)).ToString());
        int words = 0;
        Assert.Equal("words", Member.Of(nameof(words)).ToString());
        Assert.Equal(0, words);
    }

    [Fact]
    public void An_error_carries_the_members_of_its_text_in_order_and_once()
    {
        FormattableString part = $" or {Member.Of(nameof(CorpusOptions.Cache))} ({0.5})";
        var error = Assert.Throws<NceFastException>(() => Throw.Memory($"{Member.Of(nameof(VocabularyOptions.MinCount))} is {5}; raise {Member.Of(nameof(VocabularyOptions.MinCount))}{part}.", new IOException()));
        Assert.Equal("VocabularyOptions.MinCount is 5; raise VocabularyOptions.MinCount or CorpusOptions.Cache (0.5).", error.Message);
        Assert.Equal(["VocabularyOptions.MinCount", "CorpusOptions.Cache"], error.Members);
        Assert.Equal(ErrorKind.Memory, error.Kind);
        Assert.IsType<IOException>(error.InnerException);
    }

    [Fact]
    public void An_error_that_names_no_member_has_none()
    {
        Assert.Empty(Assert.Throws<NceFastException>(() => Throw.Usage("No.")).Members);
        Assert.Empty(new NceFastException(ErrorKind.Input, $"{1} file.").Members);
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = "." } };
            FormattableString part = $"{1.5} of {1234:N0}";
            Assert.Equal("2.5 of 1,234: 1.5 of 1,234", new NceFastException(ErrorKind.Usage, $"{2.5} of {1234:N0}: {part}").Message);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_value_outside_its_range_is_named_with_the_range()
    {
        var error = Assert.Throws<NceFastException>(() => new VocabularyOptions { MinCount = 0 }.Validate());
        Assert.Equal("VocabularyOptions.MinCount is 0; allowed is 1 to 9223372036854775807.", error.Message);
        Assert.Equal(["VocabularyOptions.MinCount"], error.Members);
        Assert.Contains("is NaN", Assert.Throws<NceFastException>(() => Throw.UnlessInRange(nameof(error), double.NaN, 0, 1)).Message);
    }
}
