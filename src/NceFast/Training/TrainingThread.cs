namespace NceFast.Training;

/// <summary>Runs trainings on threads of their own, because they compute without interruption and would block a thread of the pool.</summary>
internal static class TrainingThread
{
    /// <summary>Starts a training. The task ends with its result or its exception, and a training that was cancelled cancels the task.</summary>
    /// <param name="train">The training.</param>
    public static async Task<T> Run<T>(Func<T> train)
    {
        // An async method keeps the exception of a cancelled training, which says where its state is saved.
        return await Task.Factory.StartNew(train, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).ConfigureAwait(false);
    }
}
