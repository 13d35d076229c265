using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NceFast.Models;
using NceFast.Numerics;

namespace NceFast.Distribution;

/// <summary>Operations built from the members of a communicator.</summary>
internal static class Communication
{
    private static readonly TimeSpan HeartBeat = TimeSpan.FromSeconds(1);

    /// <summary>Gathers one number of each rank: <c>[ranks]</c>.</summary>
    internal static long[] Gather(this ICommunicator ranks, long value)
    {
        var values = new long[ranks.Size];
        values[ranks.Rank] = value;
        ranks.AllSum(values);
        return values;
    }

    /// <summary>Sends one rank's bytes to all ranks; the others need not know how many there are.</summary>
    internal static byte[] Share(this ICommunicator ranks, byte[] bytes, int root = 0)
    {
        long length = ranks.Gather(bytes.Length)[root];
        if (ranks.Rank != root)
            bytes = new byte[length];
        if (length > 0)
            ranks.Broadcast(bytes, root);
        return bytes;
    }

    /// <summary>Sends rank 0's table to all ranks.</summary>
    internal static unsafe void Share(this ICommunicator ranks, ParameterTable table)
    {
        const int Piece = 1 << 24;
        long bytes = ranks.Size == 1 ? 0 : table.Rows * table.Stride * sizeof(float);
        for (long first = 0; first < bytes; first += Piece)
            ranks.Broadcast(new Span<byte>((byte*)table.Pointer + first, (int)Math.Min(Piece, bytes - first)), 0);
    }

    /// <summary>Sends rank 0's value to all ranks.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="value">The value of rank 0; the others may give any.</param>
    /// <param name="form">How the type is serialised; null for a type of <see cref="SharedJson"/>.</param>
    internal static T ShareValue<T>(this ICommunicator ranks, T value, JsonTypeInfo<T>? form = null)
    {
        if (ranks.Size == 1)
            return value;
        form ??= (JsonTypeInfo<T>?)SharedJson.Default.GetTypeInfo(typeof(T)) ?? throw new NotSupportedException($"{typeof(T)} is not in the list of {nameof(SharedJson)}; add it.");
        return JsonSerializer.Deserialize(ranks.Share(JsonSerializer.SerializeToUtf8Bytes(value, form)), form)!;
    }

    /// <summary>Gathers bytes of each rank: <c>[ranks]</c>.</summary>
    internal static byte[][] Gather(this ICommunicator ranks, byte[] bytes) =>
        ranks.Size == 1 ? [bytes] : [.. Enumerable.Range(0, ranks.Size).Select(root => ranks.Share(bytes, root))];

    /// <summary>Gathers one text of each rank: <c>[ranks]</c>.</summary>
    internal static string[] Gather(this ICommunicator ranks, string text) => Array.ConvertAll(ranks.Gather(Encoding.UTF8.GetBytes(text)), Encoding.UTF8.GetString);

    /// <summary>Throws unless all ranks have the same text.</summary>
    /// <exception cref="NceFastException">The texts differ (<see cref="ErrorKind.Ranks"/>).</exception>
    internal static void EnsureAlike(this ICommunicator ranks, string what, string own, string remedy)
    {
        string[] all = ranks.Gather(own);
        int other = Array.FindIndex(all, text => text != all[0]);
        if (other > 0)
            Throw.Ranks($"{what} differs between ranks: '{all[0]}' on rank 0, '{all[other]}' on rank {other}. {remedy}");
    }

    /// <summary>Does work whose duration differs from rank to rank, see <see cref="ICommunicator.Together"/>.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="work">This rank's work; it must not communicate.</param>
    public static void Together(this ICommunicator ranks, Action work)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(work);
        if (ranks.Size == 1)
        {
            work();
            return;
        }

        using var over = new ManualResetEventSlim();
        ExceptionDispatchInfo? failed = null;
        var working = new Thread(() =>
        {
            failed = Catch(work);
            over.Set();
        })
        { IsBackground = true, Name = "ncefast work" };
        working.Start();
        ExceptionDispatchInfo? lost = Catch(() => Beat(ranks, over, () => failed is not null));
        if (lost is null)
            working.Join();
        failed?.Throw();
        lost?.Throw();
    }

    // A rank whose work failed no longer answers; its caller ends the work of all ranks.
    private static void Beat(ICommunicator ranks, ManualResetEventSlim over, Func<bool> failed)
    {
        long[] left = [1];
        while (left[0] > 0)
        {
            left[0] = over.Wait(HeartBeat) ? 0 : 1;
            if (failed())
                return;
            ranks.AllSum(left);
        }
    }

    private static ExceptionDispatchInfo? Catch(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
    }
}
