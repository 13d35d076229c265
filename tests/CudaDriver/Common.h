// Types and limits that all parts of the emulated driver share.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace emulated {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using s8 = int8_t;
using s16 = int16_t;
using s32 = int32_t;
using s64 = int64_t;

constexpr unsigned Lanes = 32;
constexpr u32 AllLanes = ~0u;

// Addresses of shared memory as a generic access sees them: each block has this window to itself.
constexpr u64 SharedWindow = 0x7000'0000'0000, SharedWindowBytes = 1 << 20;

// Shared memory of a block that the driver gives without an opt-in.
constexpr u64 MaxSharedBytes = 48 * 1024;

// The codes of CUresult that the driver returns by itself.
enum Result : int {
    Success = 0,
    InvalidValue = 1,
    OutOfMemory = 2,
    NotInitialized = 3,
    NoDevice = 100,
    InvalidDevice = 101,
    InvalidContext = 201,
    InvalidPtx = 218,
    NotFound = 500,
    IllegalAddress = 700,
    MisalignedAddress = 716,
    LaunchFailed = 719,
};

} // namespace emulated
