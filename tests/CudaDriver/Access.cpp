#include "Access.h"
#include "Addresses.h"
#include "Memory.h"
#include "Options.h"
#include "Problems.h"
#include "SharedChecks.h"
#include <algorithm>
#include <cstring>

namespace emulated {
namespace {

constexpr unsigned SectorShift = 5;

// ---- moving values

template <class T> void LoadElements(Warp& w, const Instruction& in, const u8* base, const Addresses& a) {
    using S = Slot<T>;
    for (unsigned v = 0; v < in.vector; v++) {
        const u8* element = base + v * sizeof(T);
        if (a.uniform) {
            T value;
            std::memcpy(&value, element + a.low, sizeof(T));
            Put<S>(w, in.result[v], [=](unsigned) { return static_cast<S>(value); });
        } else if (a.contiguous && in.vector == 1) {
            const T* row = reinterpret_cast<const T*>(element + a.low);
            Put<S>(w, in.result[v], [=](unsigned l) { return static_cast<S>(row[l]); });
        } else {
            const u64* at = a.at;
            Put<S>(w, in.result[v], [=](unsigned l) { return static_cast<S>(*reinterpret_cast<const T*>(element + at[l])); });
        }
    }
}

template <class T> void StoreElements(Warp& w, const Instruction& in, u8* base, const Addresses& a) {
    for (unsigned v = 0; v < in.vector; v++) {
        const Slot<T>* values = w.At<Slot<T>>(in.source[v + 1]);
        u8* element = base + v * sizeof(T);
        for (u32 m = w.mask; m != 0; m &= m - 1) {
            unsigned l = __builtin_ctz(m);
            *reinterpret_cast<T*>(element + a.at[l]) = static_cast<T>(values[l]);
        }
    }
}

template <class T> void Move(Warp& w, const Instruction& in, u8* base, const Addresses& a) {
    if (in.kind == Kind::Load)
        LoadElements<T>(w, in, base, a);
    else
        StoreElements<T>(w, in, base, a);
}

void MoveValues(Warp& w, const Instruction& in, u8* base, const Addresses& a) {
    switch (in.type) {
    case Type::U8: return Move<u8>(w, in, base, a);
    case Type::S8: return Move<s8>(w, in, base, a);
    case Type::U16: return Move<u16>(w, in, base, a);
    case Type::S16: return Move<s16>(w, in, base, a);
    case Type::U64: case Type::S64: case Type::F64: return Move<u64>(w, in, base, a);
    default: return Move<u32>(w, in, base, a);
    }
}

// ---- what is counted

unsigned DistinctSectors(const Addresses& a, u32 mask, unsigned bytes) {
    if (a.uniform || a.contiguous)
        return static_cast<unsigned>(((a.high + bytes - 1) >> SectorShift) - (a.low >> SectorShift) + 1);
    u64 sectors[Lanes];
    unsigned count = 0;
    for (u32 m = mask; m != 0; m &= m - 1) {
        u64 sector = a.at[__builtin_ctz(m)] >> SectorShift;
        if (count == 0 || sectors[count - 1] != sector)
            sectors[count++] = sector;
    }
    std::sort(sectors, sectors + count);
    return static_cast<unsigned>(std::unique(sectors, sectors + count) - sectors);
}

void Count(Traffic& traffic, const Addresses& a, u32 mask, unsigned bytes) {
    traffic.requests++;
    traffic.bytes += static_cast<u64>(__builtin_popcount(mask)) * bytes;
    traffic.sectors += DistinctSectors(a, mask, bytes);
}

void CountLost(Warp& w, const Instruction& in, const Addresses& a, Allocation& allocation) {
    allocation.CountVersions();
    SeenVersions& seen = *w.block->seen;
    u64 words = std::max<u64>(1, in.Bytes() / WordBytes);
    for (u32 m = w.mask; m != 0; m &= m - 1) {
        u64 at = a.at[__builtin_ctz(m)], key = at / WordBytes;
        u32* versions = &allocation.versions[allocation.Word(at)];
        u32 before;
        bool loaded = seen.Find(key, before);
        if (in.kind == Kind::Store)
            w.kernel->counters.lost += loaded && before != versions[0] ? 1 : 0;
        bool current = !loaded || before == versions[0];
        if (in.kind != Kind::Load)
            for (u64 x = 0; x < words; x++)
                versions[x]++;
        // An atomic operation does not bring the block what others changed.
        if (in.kind != Kind::Atomic || (loaded && current))
            seen.Set(key, versions[0]);
    }
}

// ---- what is checked

int Outside(Warp& w, const char* what) {
    AddProblem(*w.kernel, w.pc, what);
    return IllegalAddress;
}

int CheckAlignment(Warp& w, const Addresses& a, unsigned bytes) {
    if (!options.alignment || !a.Misaligned(bytes))
        return Success;
    AddProblem(*w.kernel, w.pc, "a misaligned access");
    return MisalignedAddress;
}

void CheckWritten(Warp& w, const Instruction& in, const Addresses& a, const Allocation& allocation) {
    u64 words = std::max<u64>(1, in.Bytes() / WordBytes);
    const u8* written = allocation.written.data();
    bool all = true;
    if (a.uniform || a.contiguous)
        all = std::memchr(written + allocation.Word(a.low), 0, words * (a.uniform ? 1 : Lanes)) == nullptr;
    else
        for (unsigned l = 0; l < Lanes; l++)
            all &= std::memchr(written + allocation.Word(a.at[l]), 0, words) == nullptr;
    if (!all)
        AddProblem(*w.kernel, w.pc, "global memory that nothing has written is read");
}

// Finds the allocation of each lane; usually one holds them all.
template <class F> int ForEachAllocation(Warp& w, unsigned bytes, Addresses& a, F f) {
    Allocation* low = FindAllocation(a.low);
    if (low != nullptr && low->Holds(a.high, bytes)) {
        f(*low, a);
        return Success;
    }
    u32 whole = w.mask;
    int error = Success;
    for (u32 rest = whole; rest != 0 && error == Success;) {
        Allocation* one = FindAllocation(a.at[__builtin_ctz(rest)]);
        if (one == nullptr || !one->Holds(a.at[__builtin_ctz(rest)], bytes)) {
            error = Outside(w, "an access outside of all buffers");
            break;
        }
        u32 within = 0;
        for (u32 m = rest; m != 0; m &= m - 1)
            within |= one->Holds(a.at[__builtin_ctz(m)], bytes) ? m & -m : 0;
        w.mask = within;
        Addresses part = a;
        part.Restrict(within, bytes);
        f(*one, part);
        rest &= ~within;
    }
    w.mask = whole;
    return error;
}

int Global(Warp& w, const Instruction& in, Addresses& a) {
    unsigned bytes = in.Bytes();
    if (int error = CheckAlignment(w, a, bytes))
        return error;
    Counters& counters = w.kernel->counters;
    Count(in.kind == Kind::Load ? counters.loads : counters.stores, a, w.mask, bytes);
    return ForEachAllocation(w, bytes, a, [&](Allocation& allocation, const Addresses& part) {
        if (allocation.unwritten > 0) {
            if (in.kind == Kind::Load && options.initialized)
                CheckWritten(w, in, part, allocation);
            else if (in.kind == Kind::Store)
                for (u32 m = w.mask; m != 0; m &= m - 1)
                    allocation.MarkWritten(part.at[__builtin_ctz(m)], bytes);
        }
        if (options.lost)
            CountLost(w, in, part, allocation);
        MoveValues(w, in, nullptr, part);
    });
}

int Shared(Warp& w, const Instruction& in, Addresses& a) {
    unsigned bytes = in.Bytes();
    if (a.high >= w.block->shared.size() || a.high + bytes > w.block->shared.size())
        return Outside(w, "an access outside of shared memory");
    if (int error = CheckAlignment(w, a, bytes))
        return error;
    CheckShared(w, in, a);
    CountShared(w, in, a);
    MoveValues(w, in, w.block->shared.data(), a);
    return Success;
}

// ---- atomic operations

template <class T> T Apply(Atomic operation, T old, T value, T other) {
    switch (operation) {
    case Atomic::Add: return old + value;
    case Atomic::Max: return std::max(old, value);
    case Atomic::Min: return std::min(old, value);
    case Atomic::Exchange: return value;
    case Atomic::CompareAndSwap: return old == value ? other : old;
    default:
        if constexpr (std::is_integral_v<T>)
            return operation == Atomic::And ? old & value : operation == Atomic::Or ? old | value : old ^ value;
        else
            return old;
    }
}

template <class T> void ApplyEach(Warp& w, const Instruction& in, u8* base, const Addresses& a) {
    const T* values = w.At<T>(in.source[1]);
    const T* others = in.source[2] == None ? values : w.At<T>(in.source[2]);
    T before[Lanes] = {};
    for (u32 m = w.mask; m != 0; m &= m - 1) {
        unsigned l = __builtin_ctz(m);
        T* p = reinterpret_cast<T*>(base + a.at[l]);
        before[l] = *p;
        *p = Apply(in.atomic, *p, values[l], others[l]);
    }
    if (in.result[0] != None)
        Put<T>(w, in.result[0], [&](unsigned l) { return before[l]; });
}

void ApplyOperation(Warp& w, const Instruction& in, u8* base, const Addresses& a) {
    switch (in.type) {
    case Type::S32: return ApplyEach<s32>(w, in, base, a);
    case Type::U64: return ApplyEach<u64>(w, in, base, a);
    case Type::S64: return ApplyEach<s64>(w, in, base, a);
    case Type::F32: return ApplyEach<float>(w, in, base, a);
    case Type::F64: return ApplyEach<double>(w, in, base, a);
    default: return ApplyEach<u32>(w, in, base, a);
    }
}

int AtomicGlobal(Warp& w, const Instruction& in, Addresses& a) {
    unsigned bytes = in.Bytes();
    if (int error = CheckAlignment(w, a, bytes))
        return error;
    Count(w.kernel->counters.atomics, a, w.mask, bytes);
    return ForEachAllocation(w, bytes, a, [&](Allocation& allocation, const Addresses& part) {
        if (allocation.unwritten > 0 && options.initialized)
            CheckWritten(w, in, part, allocation);
        if (options.lost)
            CountLost(w, in, part, allocation);
        ApplyOperation(w, in, nullptr, part);
    });
}

int AtomicShared(Warp& w, const Instruction& in, Addresses& a) {
    unsigned bytes = in.Bytes();
    if (a.high >= w.block->shared.size() || a.high + bytes > w.block->shared.size())
        return Outside(w, "an access outside of shared memory");
    if (int error = CheckAlignment(w, a, bytes))
        return error;
    CountShared(w, in, a);
    ApplyOperation(w, in, w.block->shared.data(), a);
    return Success;
}

// Does the shared and the global part of an access, which a generic address may mix.
template <class G, class S> int InSpace(Warp& w, const Instruction& in, G global, S shared) {
    Addresses a;
    a.Read(w, in);
    if (in.space == Space::Shared)
        return shared(a);
    if (a.high < SharedWindow || a.low >= SharedWindow + SharedWindowBytes)
        return global(a);
    if (a.low >= SharedWindow && a.high < SharedWindow + SharedWindowBytes) {
        a.Shift(SharedWindow);
        return shared(a);
    }
    u32 whole = w.mask, inWindow = 0;
    for (unsigned l = 0; l < Lanes; l++)
        inWindow |= a.at[l] - SharedWindow < SharedWindowBytes ? 1u << l : 0;
    int error = Success;
    for (u32 mask : {whole & inWindow, whole & ~inWindow}) {
        w.mask = mask;
        error = error != Success || mask == 0 ? error : InSpace(w, in, global, shared);
    }
    w.mask = whole;
    return error;
}

template <class T> void LoadParameter(Warp& w, const Instruction& in) {
    for (unsigned v = 0; v < in.vector; v++) {
        T value;
        std::memcpy(&value, w.block->parameters + in.displacement + v * sizeof(T), sizeof(T));
        Put<Slot<T>>(w, in.result[v], [=](unsigned) { return static_cast<Slot<T>>(value); });
    }
}

} // namespace

void LoadParameter(Warp& w, const Instruction& in) {
    switch (in.type) {
    case Type::U8: return LoadParameter<u8>(w, in);
    case Type::S8: return LoadParameter<s8>(w, in);
    case Type::U16: return LoadParameter<u16>(w, in);
    case Type::S16: return LoadParameter<s16>(w, in);
    case Type::U64: case Type::S64: case Type::F64: return LoadParameter<u64>(w, in);
    default: return LoadParameter<u32>(w, in);
    }
}

int LoadOrStore(Warp& w, const Instruction& in) {
    return InSpace(w, in, [&](Addresses& a) { return Global(w, in, a); }, [&](Addresses& a) { return Shared(w, in, a); });
}

int AtomicOperation(Warp& w, const Instruction& in) {
    return InSpace(w, in, [&](Addresses& a) { return AtomicGlobal(w, in, a); }, [&](Addresses& a) { return AtomicShared(w, in, a); });
}

SeenVersions::SeenVersions() : words(4096), versions(4096) {}

void SeenVersions::Clear() {
    std::fill(words.begin(), words.end(), 0);
    count = 0;
}

size_t SeenVersions::Place(u64 word) const {
    size_t mask = words.size() - 1, place = (word * 0x9E37'79B9'7F4A'7C15ull >> 32) & mask;
    while (words[place] != 0 && words[place] != word)
        place = (place + 1) & mask;
    return place;
}

void SeenVersions::Set(u64 word, u32 version) {
    if (2 * count >= words.size())
        Grow();
    size_t place = Place(word);
    count += words[place] == 0 ? 1 : 0;
    words[place] = word;
    versions[place] = version;
}

bool SeenVersions::Find(u64 word, u32& version) const {
    size_t place = Place(word);
    version = versions[place];
    return words[place] == word;
}

void SeenVersions::Grow() {
    std::vector<u64> oldWords(2 * words.size());
    std::vector<u32> oldVersions(2 * words.size());
    oldWords.swap(words);
    oldVersions.swap(versions);
    count = 0;
    for (size_t p = 0; p < oldWords.size(); p++)
        if (oldWords[p] != 0)
            Set(oldWords[p], oldVersions[p]);
}

} // namespace emulated
