#include "Operations.h"
#include "Lanes.h"
#include "Options.h"
#include "Problems.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <stdexcept>

namespace emulated {
namespace {

// ---- the forms of instructions: F computes one lane

template <class T, class F> void Unary(Warp& w, const Instruction& i) {
    const T* a = w.At<T>(i.source[0]);
    Put<T>(w, i.result[0], [=](unsigned l) { return F::template Do<T>(a[l]); });
}

template <class T, class F> void Binary(Warp& w, const Instruction& i) {
    const T *a = w.At<T>(i.source[0]), *b = w.At<T>(i.source[1]);
    Put<T>(w, i.result[0], [=](unsigned l) { return F::template Do<T>(a[l], b[l]); });
}

template <class T, class F> void Ternary(Warp& w, const Instruction& i) {
    const T *a = w.At<T>(i.source[0]), *b = w.At<T>(i.source[1]), *c = w.At<T>(i.source[2]);
    Put<T>(w, i.result[0], [=](unsigned l) { return F::template Do<T>(a[l], b[l], c[l]); });
}

template <class T, class F> void Shift(Warp& w, const Instruction& i) {
    const T* a = w.At<T>(i.source[0]);
    const u32* b = w.At<u32>(i.source[1]);
    Put<T>(w, i.result[0], [=](unsigned l) { return F::template Do<T>(a[l], b[l]); });
}

// Products of twice the width, and the same with an addend.
template <class Wide, class T> void WideProduct(Warp& w, const Instruction& i) {
    const T *a = w.At<T>(i.source[0]), *b = w.At<T>(i.source[1]);
    Put<Wide>(w, i.result[0], [=](unsigned l) { return static_cast<Wide>(a[l]) * static_cast<Wide>(b[l]); });
}

template <class Wide, class T> void WideProductAdd(Warp& w, const Instruction& i) {
    const T *a = w.At<T>(i.source[0]), *b = w.At<T>(i.source[1]);
    const Wide* c = w.At<Wide>(i.source[2]);
    Put<Wide>(w, i.result[0], [=](unsigned l) { return static_cast<Wide>(a[l]) * static_cast<Wide>(b[l]) + c[l]; });
}

template <class F> void PredicateOperation(Warp& w, const Instruction& i) {
    u32 a = Predicate(w, i.source[0]), b = i.source[1] == None ? 0 : Predicate(w, i.source[1]);
    PutPredicate(w, i.result[0], F::template Do<u32>(a, b));
}

template <class T, class F> void Compare(Warp& w, const Instruction& i) {
    const T *a = w.At<T>(i.source[0]), *b = w.At<T>(i.source[1]);
    u32 bits = BitsWhere([=](unsigned l) { return F::template Do<T>(a[l], b[l]); });
    if (i.source[2] != None) {
        u32 c = Predicate(w, i.source[2]);
        c = i.negated ? ~c : c;
        bits = i.variant == 1 ? bits & c : i.variant == 2 ? bits | c : bits ^ c;
    }
    PutPredicate(w, i.result[0], bits);
    if (i.result[1] != None)
        PutPredicate(w, i.result[1], ~bits);
}

template <class T> void Select(Warp& w, const Instruction& i) {
    const T *a = w.At<T>(i.source[0]), *b = w.At<T>(i.source[1]);
    u32 p = Predicate(w, i.source[2]);
    Put<T>(w, i.result[0], [=](unsigned l) { return (p >> l & 1) ? a[l] : b[l]; });
}

void SelectPredicate(Warp& w, const Instruction& i) {
    u32 p = Predicate(w, i.source[2]);
    PutPredicate(w, i.result[0], (p & Predicate(w, i.source[0])) | (~p & Predicate(w, i.source[1])));
}

void Nothing(Warp&, const Instruction&) {}

// ---- one lane

struct Copy { template <class T> static T Do(T a) { return a; } };
struct Add { template <class T> static T Do(T a, T b) { return a + b; } };
struct Subtract { template <class T> static T Do(T a, T b) { return a - b; } };
struct Multiply { template <class T> static T Do(T a, T b) { return a * b; } };
struct And { template <class T> static T Do(T a, T b) { return a & b; } };
struct Or { template <class T> static T Do(T a, T b) { return a | b; } };
struct Xor { template <class T> static T Do(T a, T b) { return a ^ b; } };
struct Not { template <class T> static T Do(T a, T = 0) { return ~a; } };
struct Negate { template <class T> static T Do(T a) { return -a; } };

struct MultiplyAdd {
    template <class T> static T Do(T a, T b, T c) {
        if constexpr (std::is_floating_point_v<T>)
            return std::fma(a, b, c);
        else
            return a * b + c;
    }
};

struct Absolute {
    template <class T> static T Do(T a) {
        if constexpr (std::is_floating_point_v<T>)
            return std::fabs(a);
        else
            return a < 0 ? 0 - a : a;
    }
};

// A value that is not a number gives way to one that is.
struct Least {
    template <class T> static T Do(T a, T b) { return a < b || b != b ? a : b; }
};

struct Most {
    template <class T> static T Do(T a, T b) { return a > b || b != b ? a : b; }
};

// Integers: a division by zero gives what devices give, all ones.
struct Divide {
    template <class T> static T Do(T a, T b) {
        if constexpr (std::is_floating_point_v<T>)
            return a / b;
        else if constexpr (std::is_signed_v<T>)
            return b == 0 ? T(-1) : b == -1 ? T(0 - a) : T(a / b);
        else
            return b == 0 ? T(~T(0)) : T(a / b);
    }
};

struct Remainder {
    template <class T> static T Do(T a, T b) {
        if constexpr (std::is_signed_v<T>)
            return b == 0 ? a : b == -1 ? T(0) : T(a % b);
        else
            return b == 0 ? a : T(a % b);
    }
};

struct High {
    template <class T> static T Do(T a, T b) {
        if constexpr (sizeof(T) == 4 && std::is_signed_v<T>)
            return static_cast<T>((static_cast<s64>(a) * b) >> 32);
        else if constexpr (sizeof(T) == 4)
            return static_cast<T>((static_cast<u64>(a) * b) >> 32);
        else if constexpr (std::is_signed_v<T>)
            return static_cast<T>((static_cast<__int128>(a) * b) >> 64);
        else
            return static_cast<T>((static_cast<unsigned __int128>(a) * b) >> 64);
    }
};

struct Left {
    template <class T> static T Do(T a, u32 n) { return n >= 8 * sizeof(T) ? T(0) : T(a << n); }
};

struct Right {
    template <class T> static T Do(T a, u32 n) { return n < 8 * sizeof(T) ? T(a >> n) : a < T(0) ? T(-1) : T(0); }
};

struct Population { template <class T> static T Do(T a) { return static_cast<T>(__builtin_popcountll(a)); } };
struct LeadingZeros { template <class T> static T Do(T a) { return a == 0 ? 32 : static_cast<T>(__builtin_clz(static_cast<u32>(a))); } };

struct Reverse {
    template <class T> static T Do(T a) {
        u32 r = 0;
        for (int k = 0; k < 32; k++)
            r |= (static_cast<u32>(a) >> k & 1) << (31 - k);
        return static_cast<T>(r);
    }
};

struct ExtractBits {
    template <class T> static T Do(T a, T from, T count) {
        u32 start = from & 255, n = count & 255, value = start > 31 ? 0 : static_cast<u32>(a) >> start;
        return static_cast<T>(n > 31 ? value : value & ((1u << n) - 1));
    }
};

// The device's approximate functions, with a random error where the options ask for one.
float Approximate(float value) {
    if (options.approximation == 0 || !std::isfinite(value) || value == 0)
        return value;
    static thread_local u32 state = 12345;
    state = state * 1664525u + 1013904223u;
    int error = static_cast<int>((state >> 8) % (2 * options.approximation + 1)) - static_cast<int>(options.approximation);
    u32 bits;
    std::memcpy(&bits, &value, 4);
    bits += static_cast<u32>(error);
    std::memcpy(&value, &bits, 4);
    return value;
}

struct Exponential2 { template <class T> static T Do(T a) { return Approximate(std::exp2(a)); } };
struct Logarithm2 { template <class T> static T Do(T a) { return Approximate(std::log2(a)); } };
struct ApproximateReciprocal { template <class T> static T Do(T a) { return Approximate(1 / a); } };
struct ApproximateDivide { template <class T> static T Do(T a, T b) { return Approximate(a / b); } };
struct ReciprocalRoot { template <class T> static T Do(T a) { return Approximate(1 / std::sqrt(a)); } };
struct Tangent { template <class T> static T Do(T a) { return Approximate(std::tanh(a)); } };
struct Sine { template <class T> static T Do(T a) { return Approximate(std::sin(a)); } };
struct Cosine { template <class T> static T Do(T a) { return Approximate(std::cos(a)); } };
struct Reciprocal { template <class T> static T Do(T a) { return 1 / a; } };
struct Root { template <class T> static T Do(T a) { return std::sqrt(a); } };
struct ProductMinus { template <class T> static T Do(T a, T b, T c) { return std::fma(a, b, -c); } };
struct MinusProduct { template <class T> static T Do(T a, T b, T c) { return std::fma(-a, b, c); } };

// Comparisons; those with U hold where a side is not a number.
struct Equal { template <class T> static bool Do(T a, T b) { return a == b; } };
struct NotEqual { template <class T> static bool Do(T a, T b) { return a < b || a > b; } };
struct Less { template <class T> static bool Do(T a, T b) { return a < b; } };
struct LessEqual { template <class T> static bool Do(T a, T b) { return a <= b; } };
struct Greater { template <class T> static bool Do(T a, T b) { return a > b; } };
struct GreaterEqual { template <class T> static bool Do(T a, T b) { return a >= b; } };
struct EqualU { template <class T> static bool Do(T a, T b) { return !(a < b || a > b); } };
struct NotEqualU { template <class T> static bool Do(T a, T b) { return a != b; } };
struct LessU { template <class T> static bool Do(T a, T b) { return !(a >= b); } };
struct LessEqualU { template <class T> static bool Do(T a, T b) { return !(a > b); } };
struct GreaterU { template <class T> static bool Do(T a, T b) { return !(a <= b); } };
struct GreaterEqualU { template <class T> static bool Do(T a, T b) { return !(a < b); } };
struct Numbers { template <class T> static bool Do(T a, T b) { return a == a && b == b; } };
struct NotNumbers { template <class T> static bool Do(T a, T b) { return a != a || b != b; } };

// ---- conversions

template <class D, class S> void Convert(Warp& w, const Instruction& i) {
    const Slot<S>* a = w.At<Slot<S>>(i.source[0]);
    Put<Slot<D>>(w, i.result[0], [=](unsigned l) { return static_cast<Slot<D>>(static_cast<D>(static_cast<S>(a[l]))); });
}

enum Rounding : u8 { AsIs, Down, Up, ToEven, ToZero };

template <class T> T Rounded(T a, u8 rounding) {
    switch (rounding) {
    case Down: return std::floor(a);
    case Up: return std::ceil(a);
    case ToEven: return std::nearbyint(a);
    case ToZero: return std::trunc(a);
    default: return a;
    }
}

// Values beyond the integer's range become its ends, and those that are not numbers 0.
template <class D, class S> void ToInteger(Warp& w, const Instruction& i) {
    const S* a = w.At<S>(i.source[0]);
    u8 rounding = i.variant == AsIs ? u8{ToZero} : i.variant;
    Put<D>(w, i.result[0], [=](unsigned l) {
        double x = Rounded(static_cast<double>(a[l]), rounding);
        using Limits = std::numeric_limits<D>;
        return x != x ? D(0) : x <= static_cast<double>(Limits::min()) ? Limits::min() : x >= static_cast<double>(Limits::max()) ? Limits::max() : static_cast<D>(x);
    });
}

template <class T> void RoundFloat(Warp& w, const Instruction& i) {
    const T* a = w.At<T>(i.source[0]);
    u8 rounding = i.variant;
    Put<T>(w, i.result[0], [=](unsigned l) { return Rounded(a[l], rounding); });
}

void ToGenericShared(Warp& w, const Instruction& i) {
    const u64* a = w.At<u64>(i.source[0]);
    Put<u64>(w, i.result[0], [=](unsigned l) { return a[l] + SharedWindow; });
}

void FromGenericShared(Warp& w, const Instruction& i) {
    const u64* a = w.At<u64>(i.source[0]);
    Put<u64>(w, i.result[0], [=](unsigned l) { return a[l] - SharedWindow; });
}

// ---- lanes that read each other

void CheckParticipants(Warp& w, const u32* masks) {
    if (!options.divergence)
        return;
    for (u32 m = w.mask; m != 0; m &= m - 1) {
        if ((masks[__builtin_ctz(m)] & w.live) != w.mask) {
            AddProblem(*w.kernel, w.pc, "a shuffle or vote that not all of its lanes reach together");
            return;
        }
    }
}

enum ShuffleMode : u8 { FromIndex, FromAbove, FromBelow, Butterfly };

void Shuffle(Warp& w, const Instruction& i) {
    const u32 *value = w.At<u32>(i.source[0]), *by = w.At<u32>(i.source[1]), *clamp = w.At<u32>(i.source[2]);
    CheckParticipants(w, w.At<u32>(i.source[3]));
    u32 result[Lanes], valid = 0;
    for (u32 l = 0; l < Lanes; l++) {
        u32 segment = clamp[l] >> 8 & 31, last = (l & segment) | (clamp[l] & 31 & ~segment), b = by[l] & 31, from;
        bool within;
        switch (i.variant) {
        case FromIndex: from = (l & segment) | (b & ~segment & 31); within = from <= last; break;
        case FromAbove: from = l + b; within = from <= last; break;
        case FromBelow: from = l - b; within = static_cast<int>(from) >= static_cast<int>(last); break;
        default: from = l ^ b; within = from <= last; break;
        }
        from = within ? from & 31 : l;
        result[l] = value[from];
        valid |= within ? 1u << l : 0;
        if (options.divergence && (w.mask >> l & 1) && !(w.mask >> from & 1))
            AddProblem(*w.kernel, w.pc, "a shuffle reads a lane that is not active");
    }
    Put<u32>(w, i.result[0], [&](unsigned l) { return result[l]; });
    if (i.result[1] != None)
        PutPredicate(w, i.result[1], valid);
}

enum VoteMode : u8 { Ballot, Any, All };

void Vote(Warp& w, const Instruction& i) {
    CheckParticipants(w, w.At<u32>(i.source[1]));
    u32 bits = Predicate(w, i.source[0]) & w.mask;
    if (i.variant == Ballot)
        Put<u32>(w, i.result[0], [=](unsigned) { return bits; });
    else
        PutPredicate(w, i.result[0], (i.variant == Any ? bits != 0 : bits == w.mask) ? AllLanes : 0);
}

void ActiveMask(Warp& w, const Instruction& i) {
    u32 bits = w.mask;
    Put<u32>(w, i.result[0], [=](unsigned) { return bits; });
}

// ---- tables: an operation by type

#define FORM(Name) \
    template <class F> Operation Name##Of(Type t) { \
        switch (t) { \
        case Type::U32: return Name<u32, F>; \
        case Type::S32: return Name<s32, F>; \
        case Type::U64: return Name<u64, F>; \
        case Type::S64: return Name<s64, F>; \
        case Type::F32: return Name<float, F>; \
        case Type::F64: return Name<double, F>; \
        default: return nullptr; \
        } \
    } \
    template <class F> Operation Name##OfIntegers(Type t) { \
        switch (t) { \
        case Type::U32: return Name<u32, F>; \
        case Type::S32: return Name<s32, F>; \
        case Type::U64: return Name<u64, F>; \
        case Type::S64: return Name<s64, F>; \
        default: return nullptr; \
        } \
    }
FORM(Unary)
FORM(Binary)
FORM(Ternary)
FORM(Shift)
FORM(Compare)
#undef FORM

template <class F> Operation CompareOfFloats(Type t) { return t == Type::F32 ? Compare<float, F> : t == Type::F64 ? Compare<double, F> : nullptr; }
template <class F> Operation ApproximationOf(Type t) { return t == Type::F32 ? Unary<float, F> : nullptr; }

using ByType = Operation (*)(Type);

struct Entry {
    int sources;
    ByType find;
};

const std::map<std::string, Entry> Plain = {
    {"mov", {1, UnaryOf<Copy>}}, {"neg", {1, UnaryOf<Negate>}}, {"abs", {1, UnaryOf<Absolute>}},
    {"add", {2, BinaryOf<Add>}}, {"sub", {2, BinaryOf<Subtract>}}, {"mul", {2, BinaryOf<Multiply>}},
    {"div", {2, BinaryOf<Divide>}}, {"min", {2, BinaryOf<Least>}}, {"max", {2, BinaryOf<Most>}},
    {"mad", {3, TernaryOf<MultiplyAdd>}}, {"fma", {3, TernaryOf<MultiplyAdd>}},
    {"rem", {2, BinaryOfIntegers<Remainder>}}, {"and", {2, BinaryOfIntegers<And>}}, {"or", {2, BinaryOfIntegers<Or>}},
    {"xor", {2, BinaryOfIntegers<Xor>}}, {"not", {1, UnaryOfIntegers<Not>}}, {"brev", {1, UnaryOfIntegers<Reverse>}},
    {"bfe", {3, TernaryOfIntegers<ExtractBits>}},
    {"ex2", {1, ApproximationOf<Exponential2>}}, {"lg2", {1, ApproximationOf<Logarithm2>}},
    {"rsqrt", {1, ApproximationOf<ReciprocalRoot>}}, {"tanh", {1, ApproximationOf<Tangent>}},
    {"sin", {1, ApproximationOf<Sine>}}, {"cos", {1, ApproximationOf<Cosine>}},
};

const std::map<std::string, ByType> Comparisons = {
    {"eq", CompareOf<Equal>}, {"ne", CompareOf<NotEqual>}, {"lt", CompareOf<Less>}, {"le", CompareOf<LessEqual>},
    {"gt", CompareOf<Greater>}, {"ge", CompareOf<GreaterEqual>}, {"lo", CompareOfIntegers<Less>}, {"ls", CompareOfIntegers<LessEqual>},
    {"hi", CompareOfIntegers<Greater>}, {"hs", CompareOfIntegers<GreaterEqual>}, {"equ", CompareOfFloats<EqualU>},
    {"neu", CompareOfFloats<NotEqualU>}, {"ltu", CompareOfFloats<LessU>}, {"leu", CompareOfFloats<LessEqualU>},
    {"gtu", CompareOfFloats<GreaterU>}, {"geu", CompareOfFloats<GreaterEqualU>}, {"num", CompareOfFloats<Numbers>},
    {"nan", CompareOfFloats<NotNumbers>},
};

template <class D> Operation ConvertFrom(Type s) {
    switch (s) {
    case Type::U8: return Convert<D, u8>;
    case Type::S8: return Convert<D, s8>;
    case Type::U16: return Convert<D, u16>;
    case Type::S16: return Convert<D, s16>;
    case Type::U32: return Convert<D, u32>;
    case Type::S32: return Convert<D, s32>;
    case Type::U64: return Convert<D, u64>;
    case Type::S64: return Convert<D, s64>;
    default: return nullptr;
    }
}

template <class D> Operation ConvertFromFloat(Type s) { return s == Type::F32 ? ToInteger<D, float> : ToInteger<D, double>; }

Operation FindConversion(Type d, Type s) {
    if (s == Type::F32 || s == Type::F64) {
        switch (d) {
        case Type::U32: return ConvertFromFloat<u32>(s);
        case Type::S32: return ConvertFromFloat<s32>(s);
        case Type::U64: return ConvertFromFloat<u64>(s);
        case Type::S64: return ConvertFromFloat<s64>(s);
        case Type::F32: return s == Type::F32 ? RoundFloat<float> : Convert<float, double>;
        case Type::F64: return s == Type::F64 ? RoundFloat<double> : Convert<double, float>;
        default: return nullptr;
        }
    }
    switch (d) {
    case Type::U8: return ConvertFrom<u8>(s);
    case Type::S8: return ConvertFrom<s8>(s);
    case Type::U16: return ConvertFrom<u16>(s);
    case Type::S16: return ConvertFrom<s16>(s);
    case Type::U32: return ConvertFrom<u32>(s);
    case Type::S32: return ConvertFrom<s32>(s);
    case Type::U64: return ConvertFrom<u64>(s);
    case Type::S64: return ConvertFrom<s64>(s);
    case Type::F32: return ConvertFrom<float>(s);
    case Type::F64: return ConvertFrom<double>(s);
    default: return nullptr;
    }
}

u8 RoundingOf(const Opcode& o) {
    return o.Has("rmi") || o.Has("rm") ? Down : o.Has("rpi") || o.Has("rp") ? Up : o.Has("rni") ? ToEven : o.Has("rzi") ? ToZero : AsIs;
}

// ---- families of instructions

Shape FindPredicateOperation(const Opcode& o) {
    static const std::map<std::string, Operation> operations = {
        {"and", PredicateOperation<And>}, {"or", PredicateOperation<Or>}, {"xor", PredicateOperation<Xor>}, {"not", PredicateOperation<Not>},
    };
    if (o.Name() == "mov")
        return {PredicateOperation<Or>, Type::Predicate, {Type::Predicate}};
    if (o.Name() == "selp")
        return {SelectPredicate, Type::Predicate, {Type::Predicate, Type::Predicate, Type::Predicate}};
    auto found = operations.find(o.Name());
    if (found == operations.end())
        return {};
    return {found->second, Type::Predicate, std::vector<Type>(o.Name() == "not" ? 1 : 2, Type::Predicate)};
}

Shape FindComparison(const Opcode& o) {
    auto found = Comparisons.find(o.parts.at(1));
    Type t = o.LastType();
    Shape shape = {found == Comparisons.end() ? nullptr : found->second(t), Type::Predicate, {t, t}};
    shape.variant = o.Has("and") ? 1 : o.Has("or") ? 2 : o.Has("xor") ? 3 : 0;
    if (shape.variant != 0)
        shape.sources.push_back(Type::Predicate);
    return shape;
}

Shape FindProduct(const Opcode& o) {
    Type t = o.LastType();
    bool adds = o.Name() == "mad", isSigned = t == Type::S32;
    if (o.Has("wide")) {
        if (t != Type::S32 && t != Type::U32)
            return {};
        Type wide = isSigned ? Type::S64 : Type::U64;
        if (!adds)
            return {isSigned ? WideProduct<s64, s32> : WideProduct<u64, u32>, wide, {t, t}};
        return {isSigned ? WideProductAdd<s64, s32> : WideProductAdd<u64, u32>, wide, {t, t, wide}};
    }
    if (o.Has("hi"))
        return {adds ? nullptr : BinaryOfIntegers<High>(t), t, {t, t}};
    return adds ? Shape{TernaryOf<MultiplyAdd>(t), t, {t, t, t}} : Shape{BinaryOf<Multiply>(t), t, {t, t}};
}

Shape FindShift(const Opcode& o) {
    Type t = o.LastType();
    if (o.Name() == "shl")
        return {ShiftOfIntegers<Left>(t), t, {t, Type::U32}};
    return {ShiftOfIntegers<Right>(t), t, {t, Type::U32}};
}

Shape FindAddressConversion(const Opcode& o) {
    Operation run = !o.Has("shared") ? Unary<u64, Copy> : o.Has("to") ? FromGenericShared : ToGenericShared;
    return {run, Type::U64, {Type::U64}};
}

Shape FindExchange(const Opcode& o) {
    if (o.Name() == "activemask")
        return {ActiveMask, Type::U32, {}};
    if (o.Name() == "vote") {
        u8 mode = o.Has("ballot") ? Ballot : o.Has("any") ? Any : All;
        return {o.Has("uni") ? nullptr : Vote, mode == Ballot ? Type::U32 : Type::Predicate, {Type::Predicate, Type::U32}, mode};
    }
    u8 mode = o.Has("idx") ? FromIndex : o.Has("down") ? FromAbove : o.Has("up") ? FromBelow : Butterfly;
    return {Shuffle, Type::U32, {Type::U32, Type::U32, Type::U32, Type::U32}, mode};
}

Shape FindCount(const Opcode& o) {
    Type t = o.LastType();
    if (BytesOf(t) != 4)
        return {};
    return {o.Name() == "popc" ? Unary<u32, Population> : Unary<u32, LeadingZeros>, Type::U32, {t}};
}

Shape FindFloat(const Opcode& o) {
    Type t = o.LastType();
    bool approximate = o.Has("approx") || o.Has("full");
    if (o.Name() == "sqrt")
        return {UnaryOf<Root>(t), t, {t}};
    if (o.Name() == "rcp")
        return {approximate ? Unary<float, ApproximateReciprocal> : UnaryOf<Reciprocal>(t), t, {t}};
    return {approximate ? Binary<float, ApproximateDivide> : BinaryOf<Divide>(t), t, {t, t}};
}

Shape Find(const Opcode& o) {
    const std::string& name = o.Name();
    Type t = o.LastType();
    if (name == "setp")
        return FindComparison(o);
    if (t == Type::Predicate && o.parts.back() == "pred")
        return FindPredicateOperation(o);
    if (name == "selp")
        return {BytesOf(t) == 8 ? Select<u64> : Select<u32>, t, {t, t, Type::Predicate}};
    if (name == "cvt")
        return {FindConversion(o.LastType(1), t), o.LastType(1), {t}, RoundingOf(o)};
    if (name == "cvta")
        return FindAddressConversion(o);
    if (name == "mad" || name == "mul")
        return FindProduct(o);
    if (name == "shl" || name == "shr")
        return FindShift(o);
    if (name == "shfl" || name == "vote" || name == "activemask")
        return FindExchange(o);
    if (name == "popc" || name == "clz")
        return FindCount(o);
    if (name == "sqrt" || name == "rcp" || (name == "div" && (t == Type::F32 || t == Type::F64)))
        return FindFloat(o);
    if (name == "membar" || name == "fence")
        return {Nothing, Type::U32, {}};
    auto found = Plain.find(name);
    if (found == Plain.end())
        return {};
    return {found->second.find(t), t, std::vector<Type>(found->second.sources, t)};
}

} // namespace

Opcode::Opcode(const std::string& text) : text(text) {
    size_t start = 0;
    for (size_t dot; (dot = text.find('.', start)) != std::string::npos; start = dot + 1)
        parts.push_back(text.substr(start, dot - start));
    parts.push_back(text.substr(start));
}

bool Opcode::Has(const char* part) const { return std::find(parts.begin() + 1, parts.end(), part) != parts.end(); }

bool ParseType(const std::string& text, Type& type) {
    static const std::map<std::string, Type> types = {
        {"pred", Type::Predicate}, {"b8", Type::U8}, {"u8", Type::U8}, {"s8", Type::S8}, {"b16", Type::U16}, {"u16", Type::U16},
        {"s16", Type::S16}, {"b32", Type::U32}, {"u32", Type::U32}, {"s32", Type::S32}, {"f32", Type::F32}, {"b64", Type::U64},
        {"u64", Type::U64}, {"s64", Type::S64}, {"f64", Type::F64},
    };
    auto found = types.find(text);
    if (found == types.end())
        return false;
    type = found->second;
    return true;
}

Type Opcode::LastType(int fromEnd) const {
    for (size_t p = parts.size(); p-- > 1;) {
        Type type;
        if (ParseType(parts[p], type) && fromEnd-- == 0)
            return type;
    }
    return Type::Predicate;
}

Shape FindArithmetic(const Opcode& opcode) {
    Shape shape = Find(opcode);
    if (shape.run == nullptr)
        throw std::runtime_error("the instruction '" + opcode.text + "' is not known to the emulated driver");
    return shape;
}

Operation FusedMultiplyAdd(Fused form) {
    switch (form) {
    case Fused::Add: return Ternary<float, MultiplyAdd>;
    case Fused::ProductMinus: return Ternary<float, ProductMinus>;
    default: return Ternary<float, MinusProduct>;
    }
}

bool IsFloatProduct(Operation run) { return run == static_cast<Operation>(Binary<float, Multiply>); }

bool IsFloatSum(Operation run, bool& difference) {
    difference = run == static_cast<Operation>(Binary<float, Subtract>);
    return difference || run == static_cast<Operation>(Binary<float, Add>);
}

} // namespace emulated
