// Replaces the library that finds OpenCL drivers. It has one platform without devices, and records that it was loaded and used.
//
//   FAKE_OPENCL_LOADED  file that is created when the library is loaded
//   FAKE_OPENCL_LISTED  file that is created when devices are listed
//   FAKE_OPENCL_CODE    error that clGetPlatformIDs returns instead of its platform
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define EXPORT extern "C" __attribute__((visibility("default")))

constexpr int Success = 0, DeviceNotFound = -1, InvalidValue = -30;
static int platform;

static void CreateFile(const char* variable) {
    const char* name = std::getenv(variable);
    if (FILE* file = name == nullptr ? nullptr : std::fopen(name, "w"))
        std::fclose(file);
}

__attribute__((constructor)) static void Load() { CreateFile("FAKE_OPENCL_LOADED"); }

EXPORT int clGetPlatformIDs(uint32_t entries, void** platforms, uint32_t* count) {
    if (const char* code = std::getenv("FAKE_OPENCL_CODE"))
        return std::atoi(code);
    if (entries > 0 && platforms != nullptr)
        platforms[0] = &platform;
    if (count != nullptr)
        *count = 1;
    return Success;
}

EXPORT int clGetPlatformInfo(void*, uint32_t, size_t capacity, void* value, size_t* bytes) {
    const char text[] = "OpenCL 3.0 fake";
    if (value != nullptr && capacity < sizeof text)
        return InvalidValue;
    if (value != nullptr)
        std::memcpy(value, text, sizeof text);
    if (bytes != nullptr)
        *bytes = sizeof text;
    return Success;
}

EXPORT int clGetDeviceIDs(void*, uint64_t, uint32_t, void**, uint32_t* count) {
    CreateFile("FAKE_OPENCL_LISTED");
    if (count != nullptr)
        *count = 0;
    return DeviceNotFound;
}
