// The state of the driver between calls: contexts, failures on order, and what was copied.
#pragma once
#include "Common.h"
#include "Kernel.h"
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace emulated {

struct Context {
    unsigned device = 0;
    int broken = Success; // after some errors every call returns the same one
};

// Copies between host and device, and how many had a host side that is not pinned.
struct Copies {
    u64 toDevice = 0, toHost = 0, within = 0;
    u64 bytesToDevice = 0, bytesToHost = 0, bytesWithin = 0;
    u64 pageable = 0;
};

// What the driver holds; used under the lock of a call.
struct Driver {
    std::recursive_mutex gate;
    bool initialized = false;
    std::map<std::string, u64> calls; // of each entry point since the options were set
    std::vector<std::unique_ptr<Module>> modules; // kept until the end, for the report
    std::map<u64, u64> pinned; // host memory: address, bytes
    Copies copies;
};

Driver& TheDriver();
extern thread_local Context* current;

// One call of an entry point: holds the lock, and fails where the options or an earlier error say so.
class Call {
public:
    explicit Call(const char* entry, bool needsContext = true);
    // The error that ends the call before its work; Success if none.
    int failure = Success;
    // Notes an error of the call's work, which may break the context.
    int Fail(int error);

private:
    std::unique_lock<std::recursive_mutex> hold;
};

// Counters of all kernels, copies and problems, as JSON.
std::string Report();
void ClearReport();

} // namespace emulated
