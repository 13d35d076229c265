// The entry points that ILGPU 1.5.3 imports, and those that tests call. Everything is done when a call returns: streams
// and events hold nothing.
#include "Calls.h"
#include "Interpreter.h"
#include "Memory.h"
#include "Options.h"
#include "Problems.h"
#include "PtxParser.h"
#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

using namespace emulated;

#define EXPORT extern "C" __attribute__((visibility("default")))
#define BEGIN_WITH(needsContext) \
    Call call(__func__, needsContext); \
    if (call.failure != Success) \
    return call.failure
#define BEGIN BEGIN_WITH(true)
#define BEGIN_WITHOUT_CONTEXT BEGIN_WITH(false)

namespace {

constexpr unsigned MaxThreads = 1024;

// Host memory that a test or the end of the process asks for.
size_t CopyText(const std::string& text, char* to, size_t capacity) {
    if (capacity > 0) {
        size_t length = std::min(text.size(), capacity - 1);
        std::memcpy(to, text.data(), length);
        to[length] = 0;
    }
    return text.size();
}

void WriteReport() {
    if (options.report.empty())
        return;
    std::lock_guard<std::recursive_mutex> hold(TheDriver().gate);
    if (FILE* file = std::fopen(options.report.c_str(), "w")) {
        std::fputs(Report().c_str(), file);
        std::fclose(file);
    }
}

bool IsPinned(u64 address) {
    auto& pinned = TheDriver().pinned;
    auto next = pinned.upper_bound(address);
    return next != pinned.begin() && address < std::prev(next)->first + std::prev(next)->second;
}

// Whether a range that starts in a buffer of a device also ends in it.
bool Fits(const Allocation* a, u64 address, size_t bytes) {
    if (a == nullptr || a->Holds(address, bytes))
        return true;
    AddProblem("a copy beyond the end of a buffer of " + std::to_string(a->bytes) + " bytes");
    return false;
}

void CountCopy(const Allocation* to, const Allocation* from, u64 host, size_t bytes) {
    Copies& c = TheDriver().copies;
    (to != nullptr && from != nullptr ? c.within : to != nullptr ? c.toDevice : c.toHost)++;
    (to != nullptr && from != nullptr ? c.bytesWithin : to != nullptr ? c.bytesToDevice : c.bytesToHost) += bytes;
    c.pageable += (to == nullptr || from == nullptr) && !IsPinned(host) ? 1 : 0;
}

// Numbers of CUdevice_attribute that ILGPU asks for.
int Attribute(int attribute, int device) {
    switch (attribute) {
    case 1: case 2: case 3: return MaxThreads; // of a block, and along x and y
    case 4: return 64;                         // along z
    case 5: return INT_MAX;                    // blocks along x
    case 6: case 7: return 65535;
    case 8: return static_cast<int>(MaxSharedBytes);
    case 9: return 65536;                      // constant memory
    case 10: return Lanes;
    case 11: return INT_MAX;                   // pitch
    case 12: case 82: return 65536;            // registers of a block, and of a multiprocessor
    case 13: return 1'410'000;                 // kHz
    case 16: return static_cast<int>(options.multiprocessors);
    case 19: case 31: case 41: case 83: case 90: case 91: return 1; // host memory can be mapped, kernels run at once, one address space, ...
    case 33: return device + 1;                // bus, which tells devices apart
    case 36: return 1'215'000;                 // kHz of the memory
    case 37: return 5120;                      // bits of its bus
    case 38: return 40 << 20;                  // second-level cache
    case 39: return 2048;                      // threads of a multiprocessor
    case 40: return 2;                         // copy engines
    case 75: return static_cast<int>(options.capability / 10);
    case 76: return static_cast<int>(options.capability % 10);
    case 81: return 167'936;                   // shared memory of a multiprocessor
    default: return 0;
    }
}

const char* Describe(int error) {
    switch (error) {
    case Success: return "no error";
    case InvalidValue: return "an argument is not valid";
    case OutOfMemory: return "out of memory";
    case NotInitialized: return "the driver is not initialized";
    case NoDevice: return "no CUDA device was found";
    case InvalidDevice: return "no such device";
    case InvalidContext: return "the context is not valid";
    case InvalidPtx: return "the PTX is not valid";
    case NotFound: return "no such name";
    case IllegalAddress: return "an illegal memory access";
    case MisalignedAddress: return "a misaligned address";
    case LaunchFailed: return "a kernel failed";
    case 803: return "the driver does not match the kernel module";
    case 999: return "an unknown error";
    default: return "an error of the emulated driver";
    }
}

// The parameters of a launch as one buffer, from a list of pointers or from the buffer in "extra".
std::vector<u8> Parameters(const Kernel& kernel, void** parameters, void** extra) {
    std::vector<u8> buffer(std::max<u64>(kernel.parameterBytes, 1));
    void* const endOfList = nullptr;
    if (parameters != nullptr) {
        for (size_t p = 0; p < kernel.parameters.size(); p++)
            std::memcpy(&buffer[kernel.parameters[p].start], parameters[p], kernel.parameters[p].bytes);
        return buffer;
    }
    void* from = nullptr;
    size_t bytes = 0;
    for (int i = 0; extra != nullptr && extra[i] != endOfList; i += 2) {
        if (extra[i] == reinterpret_cast<void*>(1))
            from = extra[i + 1];
        else if (extra[i] == reinterpret_cast<void*>(2))
            bytes = *static_cast<size_t*>(extra[i + 1]);
    }
    if (bytes < kernel.parameterBytes)
        throw std::runtime_error("a launch of " + kernel.name + " with " + std::to_string(bytes) + " bytes of parameters, not " + std::to_string(kernel.parameterBytes));
    std::memcpy(buffer.data(), from, kernel.parameterBytes);
    return buffer;
}

double Milliseconds() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

} // namespace

// ---- for tests

// Sets all options anew; null, or what is wrong with the text.
EXPORT const char* emulatedCudaConfigure(const char* text) {
    static std::string error;
    std::lock_guard<std::recursive_mutex> hold(TheDriver().gate);
    try {
        options = Options::Parse(text);
        TheDriver().calls.clear();
        return nullptr;
    } catch (const std::exception& e) {
        error = e.what();
        return error.c_str();
    }
}

// Both copy as much as fits, and return the whole length.
EXPORT size_t emulatedCudaProblems(char* to, size_t capacity) { return CopyText(Problems(), to, capacity); }

EXPORT size_t emulatedCudaReport(char* to, size_t capacity) {
    std::lock_guard<std::recursive_mutex> hold(TheDriver().gate);
    return CopyText(Report(), to, capacity);
}

// Sets counters to zero and forgets problems.
EXPORT void emulatedCudaReset() {
    std::lock_guard<std::recursive_mutex> hold(TheDriver().gate);
    ClearReport();
}

// ---- devices and contexts

EXPORT int cuInit(unsigned) {
    BEGIN_WITHOUT_CONTEXT;
    if (!TheDriver().initialized)
        std::atexit(WriteReport); // runs before the library's own objects are destroyed
    TheDriver().initialized = true;
    return options.devices == 0 ? NoDevice : Success;
}

EXPORT int cuDriverGetVersion(int* version) {
    BEGIN_WITHOUT_CONTEXT;
    *version = 12000;
    return Success;
}

EXPORT int cuGetErrorString(int error, const char** text) {
    *text = Describe(error);
    return Success;
}

EXPORT int cuDeviceGetCount(int* count) {
    BEGIN_WITHOUT_CONTEXT;
    *count = static_cast<int>(options.devices);
    return Success;
}

EXPORT int cuDeviceGet(int* device, int ordinal) {
    BEGIN_WITHOUT_CONTEXT;
    *device = ordinal;
    return ordinal >= 0 && ordinal < static_cast<int>(options.devices) ? Success : InvalidDevice;
}

EXPORT int cuDeviceGetName(char* name, int length, int device) {
    BEGIN_WITHOUT_CONTEXT;
    std::snprintf(name, static_cast<size_t>(length), "Emulated GPU %d", device);
    return Success;
}

EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int) {
    BEGIN_WITHOUT_CONTEXT;
    *bytes = options.memory;
    return Success;
}

EXPORT int cuDeviceGetAttribute(int* value, int attribute, int device) {
    BEGIN_WITHOUT_CONTEXT;
    *value = Attribute(attribute, device);
    return Success;
}

EXPORT int cuDeviceCanAccessPeer(int* can, int, int) {
    BEGIN_WITHOUT_CONTEXT;
    *can = 0;
    return Success;
}

EXPORT int cuDeviceGetP2PAttribute(int* value, int, int, int) {
    BEGIN_WITHOUT_CONTEXT;
    *value = 0;
    return Success;
}

EXPORT int cuCtxCreate_v2(Context** context, unsigned, int device) {
    BEGIN_WITHOUT_CONTEXT;
    *context = current = new Context{static_cast<unsigned>(device), Success};
    return Success;
}

// A context that other threads may still name as their current one is kept.
EXPORT int cuCtxDestroy_v2(Context* context) {
    BEGIN_WITHOUT_CONTEXT;
    current = current == context ? nullptr : current;
    return Success;
}

EXPORT int cuCtxSetCurrent(Context* context) {
    BEGIN_WITHOUT_CONTEXT;
    current = context;
    return Success;
}

EXPORT int cuCtxSynchronize() {
    BEGIN;
    return Success;
}

EXPORT int cuCtxGetCacheConfig(int* config) {
    BEGIN;
    *config = 0;
    return Success;
}

EXPORT int cuCtxSetCacheConfig(int) {
    BEGIN;
    return Success;
}

EXPORT int cuCtxGetSharedMemConfig(int* config) {
    BEGIN;
    *config = 0;
    return Success;
}

EXPORT int cuCtxSetSharedMemConfig(int) {
    BEGIN;
    return Success;
}

EXPORT int cuCtxEnablePeerAccess(Context*, unsigned) {
    BEGIN;
    return Success;
}

EXPORT int cuCtxDisablePeerAccess(Context*) {
    BEGIN;
    return Success;
}

// ---- memory

EXPORT int cuMemGetInfo_v2(size_t* unused, size_t* total) {
    BEGIN;
    *total = options.memory;
    *unused = options.memory - std::min(options.memory, BytesInUse(current->device));
    return Success;
}

EXPORT int cuMemAlloc_v2(u64* address, size_t bytes) {
    BEGIN;
    if (bytes == 0)
        return InvalidValue;
    *address = Allocate(bytes, current->device);
    return *address == 0 ? OutOfMemory : Success;
}

EXPORT int cuMemFree_v2(u64 address) {
    BEGIN;
    return address == 0 || Free(address) ? Success : InvalidValue;
}

EXPORT int cuMemAllocHost_v2(void** address, size_t bytes) {
    BEGIN;
    constexpr size_t page = 4096;
    *address = std::aligned_alloc(page, (bytes + page - 1) / page * page);
    TheDriver().pinned[reinterpret_cast<u64>(*address)] = bytes;
    return *address == nullptr ? OutOfMemory : Success;
}

EXPORT int cuMemFreeHost(void* address) {
    BEGIN;
    TheDriver().pinned.erase(reinterpret_cast<u64>(address));
    std::free(address);
    return Success;
}

EXPORT int cuMemHostRegister_v2(void* address, size_t bytes, unsigned) {
    BEGIN;
    TheDriver().pinned[reinterpret_cast<u64>(address)] = bytes;
    return Success;
}

EXPORT int cuMemHostUnregister(void* address) {
    BEGIN;
    TheDriver().pinned.erase(reinterpret_cast<u64>(address));
    return Success;
}

EXPORT int cuMemHostGetDevicePointer_v2(void** device, void* host, unsigned) {
    BEGIN;
    *device = host;
    return Success;
}

EXPORT int cuPointerGetAttribute(void* value, int attribute, u64 address) {
    BEGIN;
    constexpr int memoryType = 2, onHost = 1, onDevice = 2;
    if (attribute != memoryType || (FindAllocation(address) == nullptr && !IsPinned(address)))
        return InvalidValue;
    *static_cast<int*>(value) = FindAllocation(address) != nullptr ? onDevice : onHost;
    return Success;
}

EXPORT int cuMemcpyAsync(u64 to, u64 from, size_t bytes, void*) {
    BEGIN;
    Allocation *a = FindAllocation(to), *b = FindAllocation(from);
    if (!Fits(a, to, bytes) || !Fits(b, from, bytes))
        return InvalidValue;
    CountCopy(a, b, a != nullptr ? from : to, bytes);
    if (a != nullptr && b != nullptr)
        a->CopyMarks(to, *b, from, bytes);
    else if (a != nullptr)
        a->MarkWritten(to, bytes);
    std::memmove(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes);
    return Success;
}

EXPORT int cuMemsetD8Async(u64 to, u8 value, size_t bytes, void*) {
    BEGIN;
    Allocation* a = FindAllocation(to);
    if (a == nullptr || !Fits(a, to, bytes))
        return InvalidValue;
    a->MarkWritten(to, bytes);
    std::memset(reinterpret_cast<void*>(to), value, bytes);
    return Success;
}

// ---- kernels

EXPORT int cuModuleLoadDataEx(Module** module, const char* text, unsigned count, int* names, void** values) {
    BEGIN;
    try {
        TheDriver().modules.push_back(ParseModule(text));
        *module = TheDriver().modules.back().get();
        return Success;
    } catch (const std::exception& e) {
        constexpr int errorLog = 5;
        AddProblem(e.what());
        for (unsigned i = 0; i < count; i++)
            if (names[i] == errorLog)
                std::snprintf(static_cast<char*>(values[i]), 512, "%s", e.what());
        return InvalidPtx;
    }
}

EXPORT int cuModuleLoadData(Module** module, const char* text) { return cuModuleLoadDataEx(module, text, 0, nullptr, nullptr); }

EXPORT int cuModuleUnload(Module*) {
    BEGIN;
    return Success;
}

EXPORT int cuModuleGetFunction(Kernel** function, Module* module, const char* name) {
    BEGIN;
    for (auto& kernel : module->kernels)
        if (kernel->name == name) {
            *function = kernel.get();
            return Success;
        }
    return NotFound;
}

EXPORT int cuLaunchKernel(Kernel* kernel, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ,
    unsigned sharedBytes, void*, void** parameters, void** extra) {
    BEGIN;
    Extent grid{gridX, gridY, gridZ}, block{blockX, blockY, blockZ};
    if (grid.Count() == 0 || block.Count() == 0 || block.Count() > MaxThreads || (kernel->maxThreads != 0 && block.Count() > kernel->maxThreads) || kernel->sharedBytes + sharedBytes > MaxSharedBytes) {
        AddProblem("a launch of " + kernel->name + " with " + std::to_string(block.Count()) + " threads and " + std::to_string(kernel->sharedBytes + sharedBytes) + " bytes of shared memory, which it cannot have");
        return InvalidValue;
    }
    try {
        std::vector<u8> buffer = Parameters(*kernel, parameters, extra);
        return call.Fail(Launch(*kernel, grid, block, sharedBytes, buffer.data()));
    } catch (const std::exception& e) {
        AddProblem(e.what());
        return InvalidValue;
    }
}

EXPORT int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Kernel*, int, size_t) {
    BEGIN;
    *blocks = 1;
    return Success;
}

EXPORT int cuOccupancyMaxPotentialBlockSize(int* grid, int* block, Kernel*, void*, size_t, int) {
    BEGIN;
    *grid = 1;
    *block = 256;
    return Success;
}

// ---- streams and events

EXPORT int cuStreamCreate(void** stream, unsigned) {
    BEGIN;
    static size_t count = 0;
    *stream = reinterpret_cast<void*>(16 * ++count);
    return Success;
}

EXPORT int cuStreamCreateWithPriority(void** stream, unsigned flags, int) { return cuStreamCreate(stream, flags); }

EXPORT int cuStreamDestroy_v2(void*) {
    BEGIN;
    return Success;
}

EXPORT int cuStreamSynchronize(void*) {
    BEGIN;
    return Success;
}

EXPORT int cuEventCreate(double** event, unsigned) {
    BEGIN;
    *event = new double(0);
    return Success;
}

EXPORT int cuEventDestroy_v2(double* event) {
    BEGIN;
    delete event;
    return Success;
}

EXPORT int cuEventRecord(double* event, void*) {
    BEGIN;
    *event = Milliseconds();
    return Success;
}

EXPORT int cuEventQuery(double*) {
    BEGIN;
    return Success;
}

EXPORT int cuEventSynchronize(double*) {
    BEGIN;
    return Success;
}

EXPORT int cuEventElapsedTime(float* milliseconds, double* start, double* end) {
    BEGIN;
    *milliseconds = static_cast<float>(*end - *start);
    return Success;
}
