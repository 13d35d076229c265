// The arithmetic of PTX on 32 lanes at a time.
#pragma once
#include "Kernel.h"
#include <string>
#include <vector>

namespace emulated {

// The parts of "mul.wide.s32".
struct Opcode {
    std::string text;
    std::vector<std::string> parts;

    explicit Opcode(const std::string& text);
    const std::string& Name() const { return parts[0]; }
    bool Has(const char* part) const;
    // The type at the end, or the one before it; predicate if there is none.
    Type LastType(int fromEnd = 0) const;
};

// What an arithmetic instruction takes and gives.
struct Shape {
    Operation run = nullptr;
    Type result = Type::U32;
    std::vector<Type> sources;
    u8 variant = 0;
};

bool ParseType(const std::string& text, Type& type);

// Throws std::runtime_error for an instruction that is not known.
Shape FindArithmetic(const Opcode& opcode);

// The instruction that takes the place of "product, then sum" when multiply-adds are fused.
enum class Fused : u8 { Add, ProductMinus, MinusProduct };
Operation FusedMultiplyAdd(Fused form);
bool IsFloatProduct(Operation run);
bool IsFloatSum(Operation run, bool& difference);

} // namespace emulated
