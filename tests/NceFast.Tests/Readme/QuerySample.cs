using NceFast.Exports;
using NceFast.Store;

public static class QuerySample
{
    public static void Run(string vectorPath)
    {
        using WordVectors vectors = VectorFile.Read(vectorPath);
        ReadOnlySpan<float> king = vectors["king"]; // an unknown word throws, and the message has similar spellings
        if (vectors.TryGetVector("queen", out ReadOnlySpan<float> queen))
            Console.WriteLine($"{king.Length} floats; similarity of king and queen {vectors.Similarity("king", "queen"):F3}");

        foreach (Neighbour near in vectors.MostSimilar("king", top: 5))
            Console.WriteLine($"{near.Cosine:F3} {near.Word}");
        foreach (Neighbour near in vectors.MostSimilar(["king", "woman"], ["man"], top: 5))
            Console.WriteLine($"{near.Cosine:F3} {near.Word}");
        Console.WriteLine(vectors.MostSimilar(queen, top: 1)[0].Word);
    }
}
