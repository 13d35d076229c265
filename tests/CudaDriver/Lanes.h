// Loops over the lanes of a warp, in a form that the compiler vectorizes.
#pragma once
#include "Warp.h"
#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace emulated {

// 8- and 16-bit values are held in 32 bits.
template <class T> struct SlotOf { using type = T; };
template <> struct SlotOf<u8> { using type = u32; };
template <> struct SlotOf<u16> { using type = u32; };
template <> struct SlotOf<s8> { using type = s32; };
template <> struct SlotOf<s16> { using type = s32; };
template <class T> using Slot = typename SlotOf<T>::type;

// Stores value(lane) in the active lanes. A source may be the same register as the result, which a vector loop allows.
template <class T, class F> inline void Put(Warp& w, int operand, F value) {
    T* out = w.At<T>(operand);
    if (w.mask == AllLanes) {
#pragma GCC ivdep
        for (unsigned l = 0; l < Lanes; l++)
            out[l] = value(l);
        return;
    }
    T values[Lanes];
    for (unsigned l = 0; l < Lanes; l++)
        values[l] = value(l);
    const u32* active = w.ActiveLanes();
    for (unsigned l = 0; l < Lanes; l++)
        out[l] = active[l] ? values[l] : out[l];
}

inline u32 Predicate(Warp& w, int operand) { return *w.At<u32>(operand); }

inline void PutPredicate(Warp& w, int operand, u32 bits) {
    u32* out = w.At<u32>(operand);
    *out = (*out & ~w.mask) | (bits & w.mask);
}

// One bit per lane from words that are all zeros or all ones.
inline u32 Bits(const u32* words) {
    u32 bits = 0;
#ifdef __AVX2__
    for (unsigned l = 0; l < Lanes; l += 8)
        bits |= static_cast<u32>(_mm256_movemask_ps(_mm256_loadu_ps(reinterpret_cast<const float*>(words + l)))) << l;
#else
    for (unsigned l = 0; l < Lanes; l++)
        bits |= (words[l] >> 31) << l;
#endif
    return bits;
}

template <class F> inline u32 BitsWhere(F condition) {
    u32 words[Lanes];
    for (unsigned l = 0; l < Lanes; l++)
        words[l] = condition(l) ? ~0u : 0u;
    return Bits(words);
}

} // namespace emulated
