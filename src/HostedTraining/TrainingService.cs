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
public sealed class TrainingService(TrainingJob job, WordVectorTrainer trainer, IHostApplicationLifetime host, ILogger<TrainingService> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var progress = new Progress<TrainingProgress>(p => logger.LogDebug("{Phase} {Fraction:P0}", p.Phase, p.Fraction));
            using TrainedVectors model = await trainer.TrainAsync(CorpusSource.FromPaths(job.Corpus), progress, stoppingToken);
            VectorFile.Write(job.Output, model.GetVectors(), VectorFormat.Word2VecBinary, stoppingToken);
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
