#include "Memory.h"
#include "Options.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

namespace emulated {

// What memory holds before it is written, and bytes around an allocation that belong to no other.
constexpr int Unwritten = 0xCD;
constexpr u64 Margin = 256;

static std::map<u64, std::unique_ptr<Allocation>> allocations;
static Allocation* last = nullptr;

void Allocation::MarkWritten(u64 at, u64 length) {
    if (unwritten == 0 || length == 0)
        return;
    auto first = written.begin() + Word(at), end = written.begin() + Word(at + length - 1) + 1;
    unwritten -= std::count(first, end, 0);
    std::fill(first, end, 1);
}

void Allocation::CopyMarks(u64 to, const Allocation& source, u64 from, u64 length) {
    for (u64 b = 0; b < length; b += WordBytes)
        if (source.written[source.Word(from + b)])
            MarkWritten(to + b, 1);
}

void Allocation::CountVersions() {
    if (versions.empty())
        versions.resize(written.size());
}

u64 BytesInUse(unsigned device) {
    u64 sum = 0;
    for (const auto& [address, a] : allocations)
        sum += a->device == device ? a->bytes : 0;
    return sum;
}

u64 Allocate(u64 bytes, unsigned device) {
    if (bytes > options.memory || BytesInUse(device) + bytes > options.memory)
        return 0;
    u64 rounded = (bytes + 2 * Margin + Margin - 1) / Margin * Margin;
    void* raw = std::aligned_alloc(Margin, rounded);
    if (raw == nullptr)
        return 0;
    std::memset(raw, Unwritten, rounded);
    auto a = std::make_unique<Allocation>();
    a->address = reinterpret_cast<u64>(raw) + Margin;
    a->bytes = bytes;
    a->device = device;
    a->unwritten = (bytes + WordBytes - 1) / WordBytes;
    a->written.resize(a->unwritten);
    u64 address = a->address;
    allocations[address] = std::move(a);
    return address;
}

bool Free(u64 address) {
    auto found = allocations.find(address);
    if (found == allocations.end())
        return false;
    std::free(reinterpret_cast<void*>(address - Margin));
    allocations.erase(found);
    last = nullptr;
    return true;
}

Allocation* FindAllocation(u64 address) {
    if (last != nullptr && last->Holds(address, 1))
        return last;
    auto next = allocations.upper_bound(address);
    if (next == allocations.begin())
        return nullptr;
    Allocation* a = std::prev(next)->second.get();
    if (!a->Holds(address, 1))
        return nullptr;
    return last = a;
}

} // namespace emulated
