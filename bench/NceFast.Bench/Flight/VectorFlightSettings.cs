namespace NceFast.Bench.Flight;

/// <summary>Specifies a simulation of word vectors.</summary>
/// <param name="Common">What all simulations have; growth counts sets.</param>
/// <param name="NoiseFirst">Whether each set takes all its noise words before the observed words.</param>
/// <param name="BlocksPerLaunch">Blocks of words per launch. A launch ends before the next begins.</param>
internal sealed record VectorFlightSettings(FlightSettings Common, bool NoiseFirst, int BlocksPerLaunch);
