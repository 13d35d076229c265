using HostedTraining;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NceFast.Training;

// dotnet run --project src/HostedTraining -- --corpus texts/ --out vectors.bin
HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddSingleton(new TrainingJob(builder.Configuration["corpus"] ?? "corpus.txt", builder.Configuration["out"] ?? "vectors.bin"));
builder.Services.AddNceFast(options => options.WordVectors = new WordVectorOptions { Dim = 64, Epochs = 3 });
builder.Services.AddHostedService<TrainingService>();
builder.Build().Run();
