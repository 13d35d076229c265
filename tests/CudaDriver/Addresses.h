// The addresses of a warp's access, and how they lie to each other.
#pragma once
#include "Lanes.h"

namespace emulated {

struct Addresses {
    u64 at[Lanes]; // lanes that are not active have the address of one that is
    u64 low, high;
    bool uniform = false;    // all the same
    bool contiguous = false; // all lanes are active, one after the other

    void Read(Warp& w, const Instruction& in) {
        s64 displacement = in.displacement;
        if (in.narrow) {
            const u32* base = w.At<u32>(in.source[0]);
            for (unsigned l = 0; l < Lanes; l++)
                at[l] = base[l] + displacement;
        } else {
            const u64* base = w.At<u64>(in.source[0]);
            for (unsigned l = 0; l < Lanes; l++)
                at[l] = base[l] + displacement;
        }
        Restrict(w.mask, in.Bytes());
    }

    void Restrict(u32 mask, unsigned bytes) {
        if (mask != AllLanes) {
            u64 active = at[__builtin_ctz(mask)];
            for (unsigned l = 0; l < Lanes; l++)
                at[l] = (mask >> l & 1) ? at[l] : active;
        }
        low = high = at[0];
        u64 gaps = 0;
        for (unsigned l = 0; l < Lanes; l++) {
            low = static_cast<s64>(at[l]) < static_cast<s64>(low) ? at[l] : low;
            high = static_cast<s64>(at[l]) > static_cast<s64>(high) ? at[l] : high;
            gaps |= at[l] ^ (at[0] + l * bytes);
        }
        uniform = low == high;
        contiguous = gaps == 0 && mask == AllLanes;
    }

    void Shift(u64 by) {
        for (unsigned l = 0; l < Lanes; l++)
            at[l] -= by;
        low -= by;
        high -= by;
    }

    bool Misaligned(unsigned bytes) const {
        u64 all = 0;
        for (unsigned l = 0; l < Lanes; l++)
            all |= at[l];
        return (all & (bytes - 1)) != 0;
    }
};

} // namespace emulated
