using System.IO.Compression;
using NceFast.Exports;
using NceFast.Store;
using NceFast.Vocab;

public static class StreamSample
{
    public static void Pack(WordVectors vectors, Vocabulary vocabulary, Stream destination)
    {
        using var archive = new ZipArchive(destination, ZipArchiveMode.Create, leaveOpen: true);
        using (Stream entry = archive.CreateEntry("vectors.safetensors").Open())
            VectorFile.Write(entry, vectors, VectorFormat.Safetensors);
        using (Stream entry = archive.CreateEntry("vocabulary.txt").Open())
            vocabulary.Save(entry);
    }

    public static WordVectors Unpack(Stream source)
    {
        using var archive = new ZipArchive(source, ZipArchiveMode.Read, leaveOpen: true);
        using Stream entry = archive.GetEntry("vectors.safetensors")!.Open();
        return VectorFile.Read(entry);
    }
}
