using System.Runtime.InteropServices;

namespace NceFast.Bench.Flight;

/// <summary>Lists words, with a number for each of the slots that a group has.</summary>
internal sealed class WordTerms
{
    private readonly List<int> _words = [];
    private readonly List<float> _terms = [];
    private readonly Dictionary<int, int> _places = [];

    /// <summary>Gets the number of places.</summary>
    public int Count => _words.Count;

    /// <summary>Gets the word at a place.</summary>
    public int this[int place] => _words[place];

    /// <summary>Gets the numbers of the word at a place: <c>[slots]</c>. The span is valid until a word is added.</summary>
    public Span<float> Terms(int place) => CollectionsMarshal.AsSpan(_terms).Slice(place * FlightLists.Slots, FlightLists.Slots);

    /// <summary>Begins a section. Each word has one place in a section.</summary>
    public void BeginSection() => _places.Clear();

    /// <summary>Removes all words.</summary>
    public void Clear()
    {
        BeginSection();
        _words.Clear();
        _terms.Clear();
    }

    /// <summary>Finds the place of a word of this section.</summary>
    public bool TryFind(int word, out int place) => _places.TryGetValue(word, out place);

    /// <summary>Gets the numbers of a word of this section, and adds the word if it is missing: <c>[slots]</c>.</summary>
    public Span<float> Of(int word)
    {
        if (!_places.TryGetValue(word, out int place))
        {
            _places[word] = place = _words.Count;
            _words.Add(word);
            CollectionsMarshal.SetCount(_terms, _terms.Count + FlightLists.Slots);
            Terms(place).Clear();
        }

        return Terms(place);
    }
}
