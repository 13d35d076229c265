// What the driver emulates and checks, from one line of text: "blocks=64 seed=1 devices=2 ...".
#pragma once
#include "Common.h"
#include <vector>

namespace emulated {

// A call of an entry point that does not do its work.
struct Failure {
    enum class Kind { Code, Sleep, Abort };
    std::string entry;
    u64 call = 1; // counted from 1 since the options were set
    Kind kind = Kind::Code;
    int value = 0; // a CUresult, or seconds (negative: without end)
};

struct Options {
    unsigned blocks = 1;        // thread blocks in flight
    u64 seed = 0;               // 0: a warp runs to its next barrier; otherwise it gives way at each load, and the next warp is drawn at random
    bool fuse = false;          // fused multiply-adds, as the assembler makes them
    unsigned approximation = 0; // largest random error of approximate functions, in units of the last place
    bool alignment = true;
    bool initialized = true;       // reads of global memory that nothing has written
    bool sharedInitialized = true; // the same for shared memory
    bool races = true;             // between and within the warps of a block, in shared memory
    bool divergence = true;        // at barriers and shuffles
    bool lost = false;             // counts lost updates
    bool detail = false;           // the report lists every instruction
    unsigned devices = 1;
    u64 memory = 8ull << 30; // bytes of a device
    unsigned capability = 80;
    unsigned multiprocessors = 108;
    std::vector<Failure> failures;
    std::string report; // file that gets the report when the process ends

    // Throws std::invalid_argument for a text that is no list of options.
    static Options Parse(const std::string& text);
};

extern Options options;

} // namespace emulated
