// Runs a kernel: blocks in flight, their warps in turn or at random.
#pragma once
#include "Kernel.h"

namespace emulated {

struct Extent {
    u32 x = 1, y = 1, z = 1;
    u64 Count() const { return static_cast<u64>(x) * y * z; }
};

// Success, or the error that ends the launch.
int Launch(Kernel& kernel, Extent grid, Extent block, u64 dynamicShared, const u8* parameters);

} // namespace emulated
