// Races: two threads access a word, one of them writes it, and nothing orders the two accesses. Each word of shared
// memory has the stamp of its last writer and its last readers: the block's clock, which moves on at each barrier, and
// the thread. An access before the last barrier is ordered. Within a warp, what synchronizes the warp orders too;
// that lanes of a warp run together does not.
#include "SharedChecks.h"
#include "Memory.h"
#include "Options.h"
#include "Problems.h"
#include <algorithm>

namespace emulated {
namespace {

constexpr u32 ThreadBits = 10, ThreadMask = (1 << ThreadBits) - 1, Banks = 32;

unsigned WordsOf(const Instruction& in) { return std::max(1u, in.Bytes() / static_cast<unsigned>(WordBytes)); }

struct Checker {
    Warp& w;
    SharedShadow& shadow;
    u32 now, ordered, orderedInWarp; // stamps; those below are of ordered accesses
    bool raced = false, unwritten = false;

    explicit Checker(Warp& w) : w(w), shadow(w.block->shadow) {
        now = w.block->clock << ThreadBits | w.index * Lanes;
        ordered = w.block->synchronized << ThreadBits;
        orderedInWarp = w.synchronized << ThreadBits;
    }

    // Whether another thread made the access of this stamp, and nothing orders it before this one.
    bool Conflicts(u32 stamp, u32 me) const {
        if (stamp < ordered || ((stamp ^ me) & ThreadMask) == 0)
            return false;
        bool sameWarp = (stamp & ThreadMask) / Lanes == (me & ThreadMask) / Lanes;
        return !sameWarp || stamp >= orderedInWarp;
    }

    void Read(u32 word, u32 me) {
        u32 written = shadow.written[word];
        unwritten |= written == 0;
        raced |= Conflicts(written, me);
        if (((shadow.read[word] ^ me) & ThreadMask) != 0)
            shadow.readBefore[word] = shadow.read[word];
        shadow.read[word] = me;
    }

    void Write(u32 word, u32 me) {
        raced |= Conflicts(shadow.written[word], me) | Conflicts(shadow.read[word], me) | Conflicts(shadow.readBefore[word], me);
        shadow.written[word] = me;
    }

    // All lanes read the same words: two of them stand for all.
    void ReadTogether(u32 word, u32 words) {
        unsigned first = __builtin_ctz(w.mask), last = 31 - __builtin_clz(w.mask);
        for (u32 x = word; x < word + words; x++) {
            Read(x, now + first);
            if (last != first)
                Read(x, now + last);
        }
    }

    // Where no word was touched since the last barrier by anyone: the usual case, in a form that is vectorized.
    template <u32 words> bool ReadUntouched(u32 word) {
        constexpr u32 total = words * Lanes;
        const u32* written = &shadow.written[word];
        u32 *read = &shadow.read[word], *before = &shadow.readBefore[word];
        u32 recent = 0, blank = 0;
        for (u32 x = 0; x < total; x++) {
            recent |= written[x] >= ordered ? 1 : 0;
            blank |= written[x] == 0 ? 1 : 0;
        }
        if (recent != 0)
            return false;
        unwritten |= blank != 0;
#pragma GCC ivdep
        for (u32 x = 0; x < total; x++) {
            u32 me = now + x / words;
            before[x] = ((read[x] ^ me) & ThreadMask) != 0 ? read[x] : before[x];
            read[x] = me;
        }
        return true;
    }

    bool ReadUntouched(u32 word, u32 words) {
        return words == 1 ? ReadUntouched<1>(word) : words == 2 ? ReadUntouched<2>(word) : ReadUntouched<4>(word);
    }
};

// Passes over the banks for the lanes from first on: the most distinct words that one bank has to give.
unsigned Waves(const Addresses& a, u32 mask, unsigned first, unsigned lanes, unsigned words) {
    u32 used = 0;
    bool again = false;
    u64 list[Lanes * 4];
    unsigned count = 0;
    for (unsigned l = first; l < first + lanes; l++) {
        if (!(mask >> l & 1))
            continue;
        for (unsigned x = 0; x < words; x++) {
            u64 word = a.at[l] / WordBytes + x;
            u32 bit = 1u << (word % Banks);
            again |= (used & bit) != 0;
            used |= bit;
            list[count++] = word;
        }
    }
    if (!again)
        return count > 0 ? 1 : 0;
    unsigned perBank[Banks] = {}, most = 0;
    for (unsigned n = 0; n < count; n++) {
        bool repeated = false;
        for (unsigned m = 0; m < n && !repeated; m++)
            repeated = list[m] == list[n];
        if (!repeated)
            most = std::max(most, ++perBank[list[n] % Banks]);
    }
    return most;
}

} // namespace

void CheckShared(Warp& w, const Instruction& in, const Addresses& a) {
    if (!options.races && !options.sharedInitialized)
        return;
    Checker check(w);
    bool writes = in.kind != Kind::Load;
    u32 words = WordsOf(in);
    bool whole = in.Bytes() >= WordBytes;
    if (!writes && a.uniform)
        check.ReadTogether(static_cast<u32>(a.low / WordBytes), words);
    else if (writes || !whole || !a.contiguous || !check.ReadUntouched(static_cast<u32>(a.low / WordBytes), words))
        for (u32 m = w.mask; m != 0; m &= m - 1) {
            unsigned l = __builtin_ctz(m);
            for (u32 x = 0; x < words; x++) {
                u32 word = static_cast<u32>(a.at[l] / WordBytes) + x;
                writes ? check.Write(word, check.now + l) : check.Read(word, check.now + l);
            }
        }
    if (check.raced && options.races)
        AddProblem(*w.kernel, w.pc, "a race in shared memory");
    if (check.unwritten && options.sharedInitialized && !writes)
        AddProblem(*w.kernel, w.pc, "shared memory that nothing has written is read");
}

void CountShared(Warp& w, const Instruction& in, const Addresses& a) {
    unsigned words = WordsOf(in), lanes = Lanes / words, least = 0, waves = 0;
    if (a.uniform) {
        least = waves = 1;
    } else if (a.contiguous) {
        least = waves = words;
    } else {
        for (unsigned first = 0; first < Lanes; first += lanes) {
            unsigned n = Waves(a, w.mask, first, lanes, words);
            least += n > 0 ? 1 : 0;
            waves += n;
        }
    }
    SharedTraffic& traffic = in.kind == Kind::Load ? w.kernel->counters.sharedLoads : w.kernel->counters.sharedStores;
    traffic.requests++;
    traffic.waves += waves;
    traffic.conflicts += waves - least;
    w.kernel->requests[w.pc] += least;
    w.kernel->waves[w.pc] += waves;
}

} // namespace emulated
