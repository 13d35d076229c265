namespace NceFast.Training;

/// <summary>Represents a learning rate that falls linearly to 1e-4 of its start.</summary>
internal static class LinearSchedule
{
    private const double Least = 1e-4;

    /// <summary>Computes the rate when the part <paramref name="done"/>, 0 to 1, of the training is done.</summary>
    public static double Rate(double start, double done) => start * Math.Max(Least, 1 - done);
}
