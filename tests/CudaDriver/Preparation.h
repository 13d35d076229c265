// What happens to a kernel between reading and running it.
#pragma once
#include "Kernel.h"
#include <string>
#include <vector>

namespace emulated {

// A register, a constant, or a predicate of a kernel that is being read; operands are indices of these.
struct Value {
    enum class Use { Register, Constant, Place };
    std::string name;
    Use use = Use::Register;
    unsigned bytes = 4; // of a lane; 0 for predicates, which take one bit
    u64 bits = 0;       // of a constant
    Place place = Place::Count;
};

// Replaces a product and the sum that alone uses it by one instruction, as the assembler does.
void FuseMultiplyAdds(Kernel& kernel, const std::vector<Value>& values);

// Finds where the lanes that a branch separates meet again: at its immediate postdominator.
void FindReconvergence(Kernel& kernel);

// Gives values their byte positions; registers that are not needed at the same time share one.
void AssignPositions(Kernel& kernel, const std::vector<Value>& values);

} // namespace emulated
