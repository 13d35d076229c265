// A kernel in the form in which it is interpreted.
#pragma once
#include "Common.h"
#include "Counters.h"
#include <memory>
#include <string>
#include <vector>

namespace emulated {

struct Warp;
struct Instruction;

using Operation = void (*)(Warp&, const Instruction&);

enum class Kind : u8 {
    Arithmetic, // everything that stays within the warp's registers
    Entry,      // start of a basic block; not part of the PTX
    Load,
    Store,
    Atomic,
    Branch,
    BranchIndexed,
    Barrier,
    WarpBarrier,
    Exit,
    Removed, // taken into another instruction
};

enum class Space : u8 { Generic, Global, Shared };

enum class Atomic : u8 { Add, And, Or, Xor, Max, Min, Exchange, CompareAndSwap };

enum class Type : u8 { Predicate, U8, S8, U16, S16, U32, S32, U64, S64, F32, F64 };

constexpr unsigned BytesOf(Type t) {
    switch (t) {
    case Type::U8: case Type::S8: return 1;
    case Type::U16: case Type::S16: return 2;
    case Type::U64: case Type::S64: case Type::F64: return 8;
    default: return 4;
    }
}

constexpr int None = -1;
constexpr int MaxSources = 5, MaxResults = 4;

// Operands are numbers of values while a kernel is prepared, and then byte positions: even ones in the registers of the
// warp, odd ones (less 1) in the constants of the kernel.
struct Instruction {
    Operation run = nullptr;
    Kind kind = Kind::Arithmetic;
    Space space = Space::Generic;
    Atomic atomic = Atomic::Add;
    Type type = Type::U32;
    u8 vector = 1;      // elements of a load or store
    u8 variant = 0;     // rounding, comparison or mode, as the operation has it
    bool unless = false; // the guard holds where its predicate is false
    bool narrow = false; // the address has 32 bits
    bool negated = false; // the third source, a predicate, is negated
    int guard = None;
    int result[MaxResults] = {None, None, None, None};
    int source[MaxSources] = {None, None, None, None, None};
    s64 displacement = 0;
    int target = None;     // of a branch: an instruction, or a table
    int reconverge = None; // where the lanes that a branch separates meet again

    unsigned Bytes() const { return BytesOf(type) * vector; }
};

// What a lane knows of its place; the order of Special() in the parser.
enum class Place : u8 { ThreadX, ThreadY, ThreadZ, SizeX, SizeY, SizeZ, BlockX, BlockY, BlockZ, GridX, GridY, GridZ, Lane, Warp, LanesBefore, Count };

struct Parameter {
    u64 start, bytes;
};

struct Kernel {
    std::string name;
    std::vector<Instruction> code;
    std::vector<std::string> texts; // of the instructions
    std::vector<std::vector<int>> tables; // targets of indexed branches
    std::vector<u8> constants;
    std::vector<Parameter> parameters; // in order
    u64 parameterBytes = 0, sharedBytes = 0, registerBytes = 0;
    int placeAt[static_cast<int>(Place::Count)]; // byte position in the registers, or None
    unsigned maxThreads = 0; // 0: no bound

    Counters counters;
    std::vector<u64> times, lanes; // of each basic block, by its entry
    std::vector<u64> waves, requests; // of each access to shared memory
};

struct Module {
    std::vector<std::unique_ptr<Kernel>> kernels;
};

} // namespace emulated
