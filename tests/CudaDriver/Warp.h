// The state of 32 lanes that run together, and of the thread block they belong to.
#pragma once
#include "Kernel.h"
#include <vector>

namespace emulated {

struct Block;

// Lanes that run from pc until they meet the lanes below them in the stack at reconverge.
struct Frame {
    int pc;
    u32 mask;
    int reconverge;
};

struct Warp {
    u8* base[2]; // registers, and the constants less 1: what an operand's lowest bit selects
    u32 mask = 0; // lanes of the instruction
    u32 live = 0; // lanes that have not ended
    int pc = 0;   // of the instruction, for reports
    Kernel* kernel = nullptr;
    Block* block = nullptr;
    unsigned index = 0;       // within the block
    u32 synchronized = 0;     // the block's clock when the lanes of this warp last synchronized
    std::vector<Frame> stack; // the last one runs

    template <class T> T* At(int operand) { return reinterpret_cast<T*>(base[operand & 1] + operand); }

    // All bits set where the lane is active.
    const u32* ActiveLanes() {
        if (expandedFrom != mask) {
            for (unsigned l = 0; l < Lanes; l++)
                expanded[l] = 0u - (mask >> l & 1);
            expandedFrom = mask;
        }
        return expanded;
    }

private:
    u32 expandedFrom = 0;
    alignas(64) u32 expanded[Lanes] = {};
};

// Who accessed each word of shared memory, as stamps: the block's clock times 1,024, plus the thread.
struct SharedShadow {
    std::vector<u32> written, read, readBefore; // readBefore: the last reader that was another thread than read's
};

struct Block {
    Kernel* kernel = nullptr;
    u32 x = 0, y = 0, z = 0;
    const u8* parameters = nullptr;
    std::vector<u8> shared;
    SharedShadow shadow;
    std::vector<Warp*> warps;
    unsigned running = 0, waiting = 0; // warps
    u32 clock = 1;                     // moves on whenever threads synchronize
    u32 synchronized = 1;              // the clock at the last barrier
    class SeenVersions* seen = nullptr;
};

} // namespace emulated
