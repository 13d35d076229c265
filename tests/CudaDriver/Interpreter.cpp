#include "Interpreter.h"
#include "Access.h"
#include "Options.h"
#include "Problems.h"
#include "Warp.h"
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <memory>

namespace emulated {
namespace {

enum class Stop { GivesWay, Barrier, Ended, Failed };

// Runs one warp until it stops.
class WarpRun {
public:
    WarpRun(Warp& w, bool givesWay) : w(w), kernel(*w.kernel), code(w.kernel->code.data()), givesWay(givesWay) {}

    int error = Success;

    Stop Run() {
        while (!w.stack.empty()) {
            if (w.stack.back().mask == 0) {
                w.stack.pop_back();
                continue;
            }
            Stop stop;
            if (RunTop(stop))
                return stop;
        }
        return Stop::Ended;
    }

private:
    Warp& w;
    Kernel& kernel;
    const Instruction* code;
    bool givesWay;

    u32 Guarded(const Instruction& in, u32 mask) const {
        if (in.guard == None)
            return mask;
        u32 p = *w.At<u32>(in.guard);
        return mask & (in.unless ? ~p : p);
    }

    // Runs the lanes on top of the stack until they stop (true) or the stack changes (false).
    bool RunTop(Stop& stop) {
        Frame& top = w.stack.back();
        int pc = top.pc;
        u32 active = top.mask;
        for (;;) {
            const Instruction& in = code[pc];
            switch (in.kind) {
            case Kind::Entry:
                if (pc == top.reconverge) {
                    w.stack.pop_back();
                    return false;
                }
                kernel.times[pc]++;
                kernel.lanes[pc] += __builtin_popcount(active);
                break;
            case Kind::Arithmetic:
                w.mask = Guarded(in, active);
                w.pc = pc;
                if (w.mask != 0)
                    in.run(w, in);
                break;
            case Kind::Load:
            case Kind::Store:
            case Kind::Atomic: {
                w.mask = Guarded(in, active);
                w.pc = pc;
                if (w.mask != 0)
                    error = in.kind == Kind::Atomic ? AtomicOperation(w, in) : LoadOrStore(w, in);
                if (error != Success) {
                    stop = Stop::Failed;
                    return true;
                }
                if (givesWay && in.kind == Kind::Load && in.space != Space::Shared) {
                    top.pc = pc + 1;
                    stop = Stop::GivesWay;
                    return true;
                }
                break;
            }
            case Kind::Branch: {
                u32 taken = Guarded(in, active);
                kernel.counters.branches++;
                if (taken == active) {
                    pc = in.target;
                    continue;
                }
                if (taken != 0) {
                    Diverge(in.reconverge, {{pc + 1, active & ~taken, in.reconverge}, {in.target, taken, in.reconverge}});
                    return false;
                }
                break;
            }
            case Kind::BranchIndexed:
                kernel.counters.branches++;
                w.pc = pc;
                BranchIndexed(in, pc, active);
                return false;
            case Kind::Barrier:
                kernel.counters.barriers++;
                if (active != w.live && options.divergence)
                    AddProblem(kernel, pc, "a barrier that not all lanes reach together");
                top.pc = pc + 1;
                stop = Stop::Barrier;
                return true;
            case Kind::WarpBarrier:
                if (active != w.live && options.divergence)
                    AddProblem(kernel, pc, "a barrier of a warp that not all lanes reach together");
                w.synchronized = ++w.block->clock;
                break;
            case Kind::Exit: {
                u32 ended = Guarded(in, active);
                w.live &= ~ended;
                for (Frame& f : w.stack)
                    f.mask &= ~ended;
                active &= ~ended;
                if (active == 0)
                    return false;
                break;
            }
            case Kind::Removed:
                break;
            }
            pc++;
        }
    }

    // The lanes on top go on in parts, and meet where the branch reconverges.
    void Diverge(int meet, std::initializer_list<Frame> parts) {
        kernel.counters.divergent++;
        Frame& top = w.stack.back();
        if (top.reconverge == meet)
            w.stack.pop_back();
        else
            top.pc = meet;
        for (const Frame& part : parts)
            if (part.pc != meet && part.mask != 0)
                w.stack.push_back(part);
    }

    void BranchIndexed(const Instruction& in, int pc, u32 active) {
        const std::vector<int>& table = kernel.tables[in.target];
        const u32* index = w.At<u32>(in.source[0]);
        u32 rest = Guarded(in, active);
        std::vector<Frame> parts = {{pc + 1, active & ~rest, in.reconverge}};
        for (u32 t = 0; t < table.size(); t++) {
            u32 lanes = 0;
            for (u32 m = rest; m != 0; m &= m - 1)
                lanes |= index[__builtin_ctz(m)] == t ? m & -m : 0;
            rest &= ~lanes;
            if (lanes == active) {
                w.stack.back().pc = table[t];
                return;
            }
            parts.push_back({table[t], lanes, in.reconverge});
        }
        if (rest != 0)
            AddProblem(kernel, pc, "an indexed branch beyond its table");
        Frame& top = w.stack.back();
        kernel.counters.divergent++;
        if (top.reconverge == in.reconverge)
            w.stack.pop_back();
        else
            top.pc = in.reconverge;
        for (const Frame& part : parts)
            if (part.pc != in.reconverge && part.mask != 0)
                w.stack.push_back(part);
    }
};

// A warp and its registers.
struct WarpStorage {
    Warp warp;
    u8* registers = nullptr;
    size_t bytes = 0;

    WarpStorage() = default;
    WarpStorage(const WarpStorage&) = delete;
    ~WarpStorage() { std::free(registers); }

    void Reserve(size_t needed) {
        if (needed <= bytes)
            return;
        std::free(registers);
        bytes = (needed + 4095) / 4096 * 4096;
        registers = static_cast<u8*>(std::aligned_alloc(64, bytes));
        std::memset(registers, 0, bytes);
    }
};

struct BlockStorage {
    Block block;
    std::vector<std::unique_ptr<WarpStorage>> warps;
    SeenVersions seen;
};

// Blocks of former launches, whose memory is used again; under the lock of a call.
std::vector<std::unique_ptr<BlockStorage>> spare;

// Blocks of a launch, made when their turn comes and used again for the next ones.
class BlocksInFlight {
public:
    BlocksInFlight(Kernel& kernel, Extent grid, Extent size, u64 sharedBytes, const u8* parameters)
        : kernel(kernel), grid(grid), size(size), sharedBytes(sharedBytes), parameters(parameters) {}

    ~BlocksInFlight() {
        for (auto& storage : owned)
            spare.push_back(std::move(storage));
    }

    int Run() {
        for (unsigned b = 0; b < options.blocks && next < grid.Count(); b++) {
            if (spare.empty())
                spare.push_back(std::make_unique<BlockStorage>());
            owned.push_back(std::move(spare.back()));
            spare.pop_back();
            Start(*owned.back());
        }
        while (!ready.empty()) {
            Warp* w = Next();
            WarpRun run(*w, options.seed != 0);
            switch (run.Run()) {
            case Stop::GivesWay: ready.push_back(w); break;
            case Stop::Barrier: Wait(*w->block); break;
            case Stop::Ended: End(*w->block); break;
            case Stop::Failed: return run.error;
            }
        }
        return Success;
    }

private:
    Kernel& kernel;
    Extent grid, size;
    u64 sharedBytes;
    const u8* parameters;
    std::vector<std::unique_ptr<BlockStorage>> owned;
    std::deque<Warp*> ready;
    u64 next = 0; // block of the grid
    u64 random = options.seed * 0x9E37'79B9'7F4A'7C15ull | 1;

    Warp* Next() {
        if (options.seed != 0) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            std::swap(ready.front(), ready[(random >> 11) % ready.size()]);
        }
        Warp* w = ready.front();
        ready.pop_front();
        return w;
    }

    void Start(BlockStorage& storage) {
        Block& b = storage.block;
        unsigned threads = static_cast<unsigned>(size.Count()), warps = (threads + Lanes - 1) / Lanes;
        b.kernel = &kernel;
        b.x = static_cast<u32>(next % grid.x);
        b.y = static_cast<u32>(next / grid.x % grid.y);
        b.z = static_cast<u32>(next / grid.x / grid.y);
        next++;
        b.parameters = parameters;
        b.seen = &storage.seen;
        if (options.lost)
            storage.seen.Clear();
        b.shared.assign(sharedBytes, 0xCD);
        for (auto* stamps : {&b.shadow.written, &b.shadow.read, &b.shadow.readBefore})
            stamps->assign(options.races || options.sharedInitialized ? sharedBytes / 4 + 4 : 0, 0);
        b.clock = b.synchronized = 1;
        b.running = warps;
        b.waiting = 0;
        b.warps.clear();
        for (unsigned n = 0; n < warps; n++) {
            if (n == storage.warps.size())
                storage.warps.push_back(std::make_unique<WarpStorage>());
            storage.warps[n]->Reserve(kernel.registerBytes);
            b.warps.push_back(&storage.warps[n]->warp);
            StartWarp(storage.warps[n]->warp, b, n, threads, storage.warps[n]->registers);
        }
    }

    void StartWarp(Warp& w, Block& b, unsigned index, unsigned threads, u8* registers) {
        w.base[0] = registers;
        w.base[1] = kernel.constants.data() - 1;
        w.kernel = &kernel;
        w.block = &b;
        w.index = index;
        w.synchronized = 1;
        unsigned count = std::min(Lanes, threads - index * Lanes);
        w.live = count == Lanes ? AllLanes : (1u << count) - 1;
        w.stack.assign(1, {0, w.live, None});
        for (u32 l = 0; l < Lanes; l++) {
            u32 t = index * Lanes + l;
            u32 places[] = {t % size.x, t / size.x % size.y, t / size.x / size.y, size.x, size.y, size.z, b.x, b.y, b.z,
                grid.x, grid.y, grid.z, l, index, (1u << l) - 1};
            for (int p = 0; p < static_cast<int>(Place::Count); p++)
                if (kernel.placeAt[p] != None)
                    w.At<u32>(kernel.placeAt[p])[l] = places[p];
        }
        ready.push_back(&w);
    }

    void Wait(Block& b) {
        b.waiting++;
        Release(b);
    }

    void Release(Block& b) {
        if (b.waiting == 0 || b.waiting < b.running)
            return;
        b.waiting = 0;
        b.synchronized = ++b.clock;
        for (Warp* w : b.warps)
            if (!w->stack.empty()) {
                w->synchronized = b.clock;
                ready.push_back(w);
            }
    }

    void End(Block& b) {
        b.running--;
        if (b.waiting > 0 && options.divergence)
            AddProblem(kernel, 0, "a warp ends while others wait at a barrier");
        Release(b);
        if (b.running > 0 || next >= grid.Count())
            return;
        for (auto& storage : owned)
            if (&storage->block == &b)
                return Start(*storage);
    }
};

// The number of instructions and active lanes, from how often each basic block was entered.
void CountInstructions(Kernel& kernel, std::vector<u64>& times, std::vector<u64>& lanes) {
    int entry = 0;
    for (int i = 0; i < static_cast<int>(kernel.code.size()); i++) {
        Kind kind = kernel.code[i].kind;
        if (kind == Kind::Entry) {
            entry = i;
        } else if (kind != Kind::Removed) {
            kernel.counters.instructions += kernel.times[entry] - times[entry];
            kernel.counters.lanes += kernel.lanes[entry] - lanes[entry];
        }
    }
}

// Of this thread, so that other work on the machine does not count.
double ProcessorSeconds() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

} // namespace

int Launch(Kernel& kernel, Extent grid, Extent block, u64 dynamicShared, const u8* parameters) {
    double start = ProcessorSeconds();
    std::vector<u64> times = kernel.times, lanes = kernel.lanes;
    BlocksInFlight blocks(kernel, grid, block, kernel.sharedBytes + dynamicShared, parameters);
    int error = blocks.Run();
    CountInstructions(kernel, times, lanes);
    kernel.counters.launches++;
    kernel.counters.blocks += grid.Count();
    kernel.counters.seconds += ProcessorSeconds() - start;
    return error;
}

} // namespace emulated
