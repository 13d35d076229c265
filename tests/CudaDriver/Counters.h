// What a kernel did, summed over its launches.
#pragma once
#include "Common.h"

namespace emulated {

struct Traffic {
    u64 requests = 0; // instructions of a warp
    u64 bytes = 0;    // of the active lanes
    u64 sectors = 0;  // of 32 bytes, distinct within a request
};

struct SharedTraffic {
    u64 requests = 0;
    u64 waves = 0;     // passes over the banks
    u64 conflicts = 0; // waves beyond those that the width of the access needs
};

struct Counters {
    u64 launches = 0, blocks = 0;
    u64 instructions = 0; // PTX instructions of warps
    u64 lanes = 0;        // active lanes, summed over those instructions
    u64 branches = 0, divergent = 0, barriers = 0;
    Traffic loads, stores, atomics;
    SharedTraffic sharedLoads, sharedStores;
    u64 lost = 0; // stores over a value that another block changed since this block loaded it
    double seconds = 0; // of the processor that interprets it
};

} // namespace emulated
