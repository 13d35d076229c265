// Loads, stores and atomic operations: checked, counted, and carried out. They return Success or the error of the launch.
#pragma once
#include "Warp.h"

namespace emulated {

void LoadParameter(Warp& warp, const Instruction& instruction);
int LoadOrStore(Warp& warp, const Instruction& instruction);
int AtomicOperation(Warp& warp, const Instruction& instruction);

// The versions of words that a block loaded last; see Allocation::versions.
class SeenVersions {
public:
    SeenVersions();
    void Clear();
    void Set(u64 word, u32 version);
    // Whether the block loaded the word, and which version.
    bool Find(u64 word, u32& version) const;

private:
    std::vector<u64> words; // 0: empty
    std::vector<u32> versions;
    size_t count = 0;

    size_t Place(u64 word) const;
    void Grow();
};

} // namespace emulated
