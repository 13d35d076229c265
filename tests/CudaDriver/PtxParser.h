// Reads the PTX that ILGPU writes: a subset, without functions, local memory and textures.
#pragma once
#include "Kernel.h"

namespace emulated {

// Throws std::runtime_error with the line that is not understood.
std::unique_ptr<Module> ParseModule(const std::string& text);

} // namespace emulated
