#include "Calls.h"
#include "Options.h"
#include <chrono>
#include <cstdlib>
#include <thread>

namespace emulated {

thread_local Context* current = nullptr;

Driver& TheDriver() {
    static Driver* driver = new Driver; // never destroyed: threads may call until the process ends
    return *driver;
}

// Errors after which a context cannot be used any more: uncorrectable memory errors, those of kernels, and unknown ones.
static bool BreaksContext(int error) { return error == 214 || error == 46 || (error >= 700 && error < 720 && error != 701) || error == 999; }

static void Sleep(int seconds) {
    if (seconds >= 0)
        std::this_thread::sleep_for(std::chrono::seconds(seconds));
    else
        for (;;)
            std::this_thread::sleep_for(std::chrono::hours(1));
}

Call::Call(const char* entry, bool needsContext) : hold(TheDriver().gate) {
    u64 number = ++TheDriver().calls[entry];
    for (const Failure& f : options.failures) {
        if (f.entry != entry || f.call != number)
            continue;
        if (f.kind == Failure::Kind::Abort)
            std::abort();
        if (f.kind == Failure::Kind::Code) {
            failure = Fail(f.value);
            return;
        }
        hold.unlock();
        Sleep(f.value);
        hold.lock();
    }
    if (!needsContext)
        return;
    failure = !TheDriver().initialized ? NotInitialized : current == nullptr ? InvalidContext : current->broken;
}

int Call::Fail(int error) {
    if (current != nullptr && BreaksContext(error))
        current->broken = error;
    return error;
}

} // namespace emulated
