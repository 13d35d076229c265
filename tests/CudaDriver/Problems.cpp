#include "Problems.h"
#include "Kernel.h"
#include <map>
#include <mutex>

namespace emulated {

static std::mutex gate;
static std::map<std::string, u64> counts;

void AddProblem(const std::string& text) {
    std::lock_guard<std::mutex> hold(gate);
    counts[text]++;
}

void AddProblem(const Kernel& kernel, int pc, const char* what) {
    AddProblem(std::string(what) + " in " + kernel.name + ", instruction " + std::to_string(pc) + ": " + kernel.texts[pc]);
}

std::string Problems() {
    std::lock_guard<std::mutex> hold(gate);
    std::string text;
    for (const auto& [problem, count] : counts)
        text += problem + " (" + std::to_string(count) + " times)\n";
    return text;
}

void ClearProblems() {
    std::lock_guard<std::mutex> hold(gate);
    counts.clear();
}

} // namespace emulated
