using System.Text;
using NceFast.Reporting;
using NceFast.Tests.Exports;
using Xunit;

namespace NceFast.Tests.Reporting;

/// <summary>Tests the event files of TensorBoard with a decoder of their own, which is written from the descriptions of TFRecord and of protocol buffers.</summary>
public sealed class EventFileTests
{
    [Fact]
    public void Curves_of_a_run_are_in_its_event_file()
    {
        using var temp = new TempFolder();
        string path = Assert.Single(RunReport.WriteEvents([SampleRun.Write(temp)], temp["events"]));
        Assert.Equal(temp["events/run <b>&/events.out.tfevents.1767323045.ncefast"], path);
        List<Entry> all = Decode(File.ReadAllBytes(path));
        Assert.Equal("brain.Event:2", all[0].Version);
        Assert.Equal(1767323045.0, all[0].Time);
        Assert.All(all.Skip(1), e => Assert.Null(e.Version));
        Assert.Equal(["epoch/loss", "probe/logZMean", "probe/logZStd", "probe/perplexity", "train/learning_rate", "train/loss", "train/words_per_second"], all.Skip(1).Select(e => e.Tag!).Distinct().Order(StringComparer.Ordinal));

        Entry[] loss = [.. all.Where(e => e.Tag == "train/loss")];
        Assert.Equal(Enumerable.Range(1, 60).Select(i => i * 100_000L), loss.Select(e => e.Step));
        Assert.Equal(2 + Math.Exp(-1 / 15.0), loss[0].Value, 5);
        Assert.Equal((2.0 * (2 + Math.Exp(-2 / 15.0))) - (2 + Math.Exp(-1 / 15.0)), loss[1].Value, 5); // the second thousand of predictions
        Assert.Equal(Enumerable.Range(1, 60).Select(i => (double)i), loss.Select(e => e.Time));
        Assert.Equal([1_000_000L, 2_000_000, 3_000_000, 4_000_000, 5_000_000, 6_000_000], all.Where(e => e.Tag == "probe/perplexity").Select(e => e.Step));
        Assert.Equal([5020f, 1270f], all.Where(e => e.Tag == "probe/perplexity").Take(2).Select(e => e.Value));
    }

    [Fact]
    public void A_second_call_replaces_the_file_and_runs_of_one_name_have_folders_of_their_own()
    {
        using var temp = new TempFolder();
        RunFolder first = SampleRun.Write(temp, RunState.Done, "a/run"), second = SampleRun.Write(temp, RunState.Running, "b/run");
        IReadOnlyList<string> paths = RunReport.WriteEvents([first, second], temp["events"]);
        Assert.Equal(["a/run", "b/run"], paths.Select(p => Path.GetRelativePath(temp["events"], Path.GetDirectoryName(p)!).Replace('\\', '/')));
        byte[] before = File.ReadAllBytes(paths[0]);
        Assert.Equal(paths, RunReport.WriteEvents([first, second], temp["events"]));
        Assert.Equal(before, File.ReadAllBytes(paths[0]));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(paths[0])!));
    }

    // The path of one run is the end of the path of the other, and no file may leave the folder that was given.
    [Fact]
    public void Files_stay_in_the_folder_that_was_given()
    {
        using var temp = new TempFolder();
        RunFolder outer = SampleRun.Write(temp, RunState.Done, "run");
        string inner = temp[Path.Combine("data", Path.GetFullPath(outer.Path)[Path.GetPathRoot(Path.GetFullPath(outer.Path))!.Length..])];
        Directory.CreateDirectory(Path.GetDirectoryName(inner)!);
        RunFolder second = SampleRun.Write(temp, RunState.Done, Path.GetRelativePath(temp["."], inner));
        IReadOnlyList<string> paths = RunReport.WriteEvents([outer, second], temp["events"]);
        Assert.Equal(2, paths.Distinct().Count());
        Assert.All(paths, p => Assert.StartsWith(temp["events"] + Path.DirectorySeparatorChar, Path.GetFullPath(p), StringComparison.Ordinal));
    }

    [Fact]
    public void Values_that_a_float_cannot_hold_are_left_out()
    {
        using var temp = new TempFolder();
        RunFolder run = SampleRun.Write(temp);
        File.AppendAllText(run.In(RunFolder.MetricsFile), "\n" + Encoding.UTF8.GetString(RunLog.ToLine(new RunSample { Event = RunEvent.Probe, Time = DateTimeOffset.UnixEpoch, Seconds = 1000, Words = 7_000_000, Figures = new Dictionary<string, double> { ["perplexity"] = 1e300, ["logZStd"] = 2 } })) + "\n");
        List<Entry> all = Decode(File.ReadAllBytes(Assert.Single(RunReport.WriteEvents([run], temp["events"]))));
        Assert.All(all, e => Assert.True(float.IsFinite(e.Value), $"{e}"));
        Assert.Equal(2f, Assert.Single(all, e => e.Step == 7_000_000).Value);
    }

    [Fact]
    public void A_folder_that_cannot_be_created_is_reported()
    {
        using var temp = new TempFolder();
        var error = Assert.Throws<NceFastException>(() => RunReport.WriteEvents([SampleRun.Write(temp)], temp.Write("file", "")));
        Assert.Equal(ErrorKind.Output, error.Kind);
        Assert.Contains("for event files cannot be created", error.Message, StringComparison.Ordinal);
    }

    // The check values of CRC-32C in RFC 3720, B.4.
    [Fact]
    public void The_sum_of_the_decoder_is_that_of_its_standard()
    {
        Assert.Equal(0x8A9136AAu, Crc(new byte[32]));
        Assert.Equal(0xE3069283u, Crc("123456789"u8));
    }

    private sealed record Entry(double Time, long Step, string? Version, string? Tag, float Value);

    private static List<Entry> Decode(ReadOnlySpan<byte> file)
    {
        var all = new List<Entry>();
        while (!file.IsEmpty)
        {
            int length = checked((int)BitConverter.ToUInt64(file));
            Assert.Equal(Mask(Crc(file[..8])), BitConverter.ToUInt32(file[8..]));
            ReadOnlySpan<byte> data = file.Slice(12, length);
            Assert.Equal(Mask(Crc(data)), BitConverter.ToUInt32(file[(12 + length)..]));
            all.Add(Event(data));
            file = file[(16 + length)..];
        }

        return all;
    }

    private static Entry Event(ReadOnlySpan<byte> data)
    {
        Dictionary<int, byte[]> fields = Fields(data);
        Dictionary<int, byte[]> value = fields.TryGetValue(5, out byte[]? summary) ? Fields(Fields(summary)[1]) : [];
        return new Entry(
            BitConverter.ToDouble(fields[1]),
            fields.TryGetValue(2, out byte[]? step) ? BitConverter.ToInt64(step) : 0,
            fields.TryGetValue(3, out byte[]? version) ? Encoding.UTF8.GetString(version) : null,
            value.TryGetValue(1, out byte[]? tag) ? Encoding.UTF8.GetString(tag) : null,
            value.TryGetValue(2, out byte[]? number) ? BitConverter.ToSingle(number) : 0);
    }

    private static Dictionary<int, byte[]> Fields(ReadOnlySpan<byte> message)
    {
        var fields = new Dictionary<int, byte[]>();
        while (!message.IsEmpty)
        {
            ulong key = Varint(ref message);
            int length;
            switch (key & 7)
            {
                case 0:
                    fields.Add((int)(key >> 3), BitConverter.GetBytes(Varint(ref message)));
                    continue;
                case 1:
                    length = 8;
                    break;
                case 2:
                    length = (int)Varint(ref message);
                    break;
                case 5:
                    length = 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7}");
            }

            fields.Add((int)(key >> 3), message[..length].ToArray());
            message = message[length..];
        }

        return fields;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private static uint Mask(uint crc) => ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;

    // Bit by bit, with the reflected polynomial.
    private static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0x82F63B78u;
        }

        return ~crc;
    }
}
