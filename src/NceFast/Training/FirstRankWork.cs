using NceFast.Distribution;

namespace NceFast.Training;

/// <summary>Represents work on whole parameters that one process does for all, while the others wait.</summary>
internal sealed class FirstRankWork(IPauseWork work, ICommunicator ranks) : IPauseWork
{
    public bool IsDue(in PassState state) => ranks.Rank == 0 && work.IsDue(state);

    public void Run(in PassState state)
    {
        PassState copy = state;
        ranks.Together(() => Do(() => work.Run(copy)));
    }

    public void EndEpoch(in PassState state)
    {
        PassState copy = state;
        ranks.Together(() => Do(() => work.EndEpoch(copy)));
    }

    private void Do(Action action)
    {
        if (ranks.Rank == 0)
            action();
    }
}
