// What the checks found. Each place in a kernel is kept once, with the number of times.
#pragma once
#include "Common.h"

namespace emulated {

struct Kernel;

void AddProblem(const std::string& text);
void AddProblem(const Kernel& kernel, int pc, const char* what);

// One line per problem; empty when there was none.
std::string Problems();
void ClearProblems();

} // namespace emulated
