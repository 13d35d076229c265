using NceFast.Numerics;
using Xunit;

namespace NceFast.Tests.Numerics;

/// <summary>The memory of a matrix is freed when the matrix is disposed and no work uses it any more.</summary>
public sealed unsafe class AlignedMatrixTests
{
    [Fact]
    public void Work_in_progress_keeps_the_memory_of_a_disposed_matrix()
    {
        var matrix = new AlignedMatrix(100, 20);
        matrix.Row(99)[19] = 7;
        using (AlignedMatrix.Hold first = matrix.Use())
        {
            AlignedMatrix.Hold second = matrix.Use();
            matrix.Dispose();
            matrix.Dispose();
            second.Dispose();
            Assert.Equal(7, matrix.RowPointer(99)[19]);
            Assert.Throws<ObjectDisposedException>(() => matrix.Use());
            Assert.Throws<ObjectDisposedException>(() => matrix.Row(99)[19]);
        }

        Assert.True(matrix.Pointer == null);
    }

    [Fact]
    public void Threads_that_use_a_matrix_during_its_disposal_see_memory_or_an_error()
    {
        for (int round = 0; round < 200; round++)
        {
            var matrix = new AlignedMatrix(8, 16);
            Parallel.Invoke(Read, Read, matrix.Dispose);
            Assert.True(matrix.Pointer == null);

            void Read()
            {
                try
                {
                    using AlignedMatrix.Hold held = matrix.Use();
                    for (int row = 0; row < 8; row++)
                        Assert.Equal(0, matrix.RowPointer(row)[15]);
                }
                catch (ObjectDisposedException)
                {
                    // The other thread came first.
                }
            }
        }
    }

    [Fact]
    public void A_row_out_of_range_and_a_disposed_matrix_are_different_errors()
    {
        var matrix = new AlignedMatrix(3, 2);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Row(3)[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Row(-1)[0]);
        matrix.Dispose();
        Assert.Throws<ObjectDisposedException>(() => matrix.Row(3)[0]);
        Assert.Throws<ObjectDisposedException>(() => matrix.Row(0)[0]);
    }
}
