// What is checked and counted at an access to shared memory.
#pragma once
#include "Addresses.h"

namespace emulated {

void CheckShared(Warp& warp, const Instruction& instruction, const Addresses& addresses);
void CountShared(Warp& warp, const Instruction& instruction, const Addresses& addresses);

} // namespace emulated
