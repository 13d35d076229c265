// The memory of the emulated devices. Addresses are those of the host process, and all devices share one range.
#pragma once
#include "Common.h"
#include <vector>

namespace emulated {

constexpr u64 WordBytes = 4;

struct Allocation {
    u64 address, bytes;
    unsigned device;
    std::vector<u8> written;   // of each word, whether it was ever written
    u64 unwritten;             // words that were not
    std::vector<u32> versions; // of each word, how often it was stored; only where lost updates are counted

    u64 Word(u64 at) const { return (at - address) / WordBytes; }
    bool Holds(u64 at, u64 length) const { return at >= address && at + length <= address + bytes; }
    void MarkWritten(u64 at, u64 length);
    void CopyMarks(u64 to, const Allocation& source, u64 from, u64 length);
    void CountVersions();
};

// 0 when the device has not that much left.
u64 Allocate(u64 bytes, unsigned device);
bool Free(u64 address);
// The allocation that holds the byte, or null.
Allocation* FindAllocation(u64 address);
u64 BytesInUse(unsigned device);

} // namespace emulated
