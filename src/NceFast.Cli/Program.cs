return NceFast.Cli.Application.Run(args);
