using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NceFast;
using NceFast.Corpus;
using NceFast.Exports;
using NceFast.Training;

namespace HostedTraining;

/// <summary>What to train.</summary>
public sealed record TrainingJob(string Corpus, string Output);

/// <summary>
/// Trains in a generic host: the host's token ends the training (SIGTERM, a stop of the service), warnings and epochs go to
/// its log, and the host stops when the vectors are written. Metrics are those of the meter "NceFast".
/// </summary>
public sealed class TrainingService(TrainingJob job, IHostApplicationLifetime host, ILogger<TrainingService> logger) : BackgroundService
{
    // A thread of its own: training computes without a pause.
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
            logger.LogWarning("The training was stopped; {Output} is as it was", job.Output);
        }
        catch (NceFastException e)
        {
            logger.LogError("{Message}", e.Message);
            Environment.ExitCode = 1;
        }

        host.StopApplication();
    }
}
