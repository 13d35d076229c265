using ILGPU;

namespace NceFast.Kernels.WordVectors;

/// <summary>Sums the losses of a block's sets on the device, with one group of threads, and stores the bits of the sum beside the counts.</summary>
internal static class SumKernel
{
    public static void Run(PlanViews plan, ArrayView<float> losses)
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(PlanKernels.MaxThreads);
        int sets = (plan.Totals[0] + plan.Sharing - 1) / plan.Sharing;
        float sum = 0;
        for (int i = Group.IdxX; i < sets; i += Group.DimX)
            sum += losses[i];
        sums[Group.IdxX] = sum;
        Group.Barrier();
        for (int half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
                sums[Group.IdxX] += sums[Group.IdxX + half];
            Group.Barrier();
        }

        if (Group.IdxX == 0)
            plan.Totals[2] = (int)Interop.FloatAsInt(sums[0]);
    }
}
