using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NceFast;
using NceFast.Corpus;
using NceFast.Exports;
using NceFast.Training;

namespace HostedTraining;

/// <summary>The input and the output of a training.</summary>
public sealed record TrainingJob(string Corpus, string Output);

/// <summary>
/// Trains word vectors in a generic host. Stopping the host (SIGTERM or a stop of the service) cancels the training. Warnings and the
/// results of epochs go to the log of the host. The host stops when the vectors are written. The meter "NceFast" provides metrics.
/// </summary>
public sealed class TrainingService(TrainingJob job, IHostApplicationLifetime host, ILogger<TrainingService> logger) : BackgroundService
{
    // Training computes without interruption and therefore runs on a thread of its own.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Train(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Train(CancellationToken stopping)
    {
        try
        {
            var trainer = new WordVectorTrainer(new WordVectorOptions { Dim = 64, Epochs = 3 }, logger: logger);
            var progress = new Progress<TrainingProgress>(p => logger.LogDebug("{Phase} {Fraction:P0}", p.Phase, p.Fraction));
            using TrainedVectors model = trainer.Train(CorpusSource.FromPaths(job.Corpus), progress, stopping);
            VectorFile.Write(job.Output, model.GetVectors(), VectorFormat.Word2VecBinary, stopping);
            logger.LogInformation("{Words} vectors are in {Output}", model.Report.VocabularyWords, job.Output);
        }
        catch (OperationCanceledException)
        {
            logger.LogWarning("The training was stopped; {Output} is unchanged", job.Output);
        }
        catch (NceFastException e)
        {
            logger.LogError("{Message}", e.Message);
            Environment.ExitCode = 1;
        }

        host.StopApplication();
    }
}
