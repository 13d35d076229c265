using System.Text;
using ICU4N.Text;

namespace NceFast.Cli;

/// <summary>
/// Normalises words to a form of Unicode. The program runs without the culture data of the system, so that it starts on any machine, and
/// <see cref="string.Normalize()"/> does nothing then.
/// </summary>
internal static class Normalization
{
    /// <summary>Gets the function that normalises to a form.</summary>
    public static Func<string, string> To(NormalizationForm form)
    {
        Normalizer2 normalizer = form == NormalizationForm.FormKC ? Normalizer2.NFKCInstance : Normalizer2.NFCInstance;
        return normalizer.Normalize;
    }
}
