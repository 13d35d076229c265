#include "Preparation.h"
#include "Operations.h"
#include <algorithm>
#include <climits>
#include <cstring>
#include <map>

namespace emulated {
namespace {

// A basic block: instructions from its entry to the next one's.
struct BasicBlock {
    int first, end;
    std::vector<int> successors; // -1: the end of the kernel
};

std::vector<BasicBlock> BlocksOf(const Kernel& kernel) {
    std::vector<BasicBlock> blocks;
    std::vector<int> blockAt(kernel.code.size(), -1);
    for (int i = 0; i < static_cast<int>(kernel.code.size()); i++) {
        if (kernel.code[i].kind == Kind::Entry) {
            blockAt[i] = static_cast<int>(blocks.size());
            blocks.push_back({i, i + 1, {}});
        }
        blocks.back().end = i + 1;
    }
    for (BasicBlock& b : blocks) {
        const Instruction& last = kernel.code[b.end - 1];
        bool continues = last.guard != None || (last.kind != Kind::Branch && last.kind != Kind::BranchIndexed && last.kind != Kind::Exit);
        if (last.kind == Kind::Branch)
            b.successors.push_back(blockAt[last.target]);
        else if (last.kind == Kind::BranchIndexed)
            for (int target : kernel.tables[last.target])
                b.successors.push_back(blockAt[target]);
        else if (last.kind == Kind::Exit)
            b.successors.push_back(-1);
        if (continues)
            b.successors.push_back(b.end < static_cast<int>(kernel.code.size()) ? blockAt[b.end] : -1);
    }
    return blocks;
}

// Immediate postdominators, by the algorithm of Cooper, Harvey and Kennedy on the reversed graph. The last index stands
// for the end; so does the result of a block that never gets there.
class Postdominators {
public:
    explicit Postdominators(const std::vector<BasicBlock>& blocks)
        : blocks(blocks), end(static_cast<int>(blocks.size())), order(blocks.size() + 1, -1), immediate(blocks.size() + 1, -1) {
        std::vector<std::vector<int>> predecessors(blocks.size() + 1);
        for (int b = 0; b < end; b++)
            for (int s : blocks[b].successors)
                predecessors[s < 0 ? end : s].push_back(b);
        Number(predecessors);
        immediate[end] = end;
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t n = numbered.size() - 1; n-- > 0;)
                changed |= Update(numbered[n]);
        }
    }

    int Of(int block) const { return immediate[block] < 0 ? end : immediate[block]; }

private:
    const std::vector<BasicBlock>& blocks;
    int end;
    std::vector<int> order, immediate, numbered; // numbered: postorder from the end

    void Number(const std::vector<std::vector<int>>& predecessors) {
        std::vector<std::pair<int, size_t>> stack = {{end, 0}};
        std::vector<bool> seen(order.size());
        seen[end] = true;
        while (!stack.empty()) {
            auto& [node, next] = stack.back();
            if (next < predecessors[node].size()) {
                int p = predecessors[node][next++];
                if (!seen[p]) {
                    seen[p] = true;
                    stack.push_back({p, 0});
                }
                continue;
            }
            order[node] = static_cast<int>(numbered.size());
            numbered.push_back(node);
            stack.pop_back();
        }
    }

    bool Update(int block) {
        int meet = -1;
        for (int s : blocks[block].successors) {
            s = s < 0 ? end : s;
            if (immediate[s] >= 0)
                meet = meet < 0 ? s : Intersect(meet, s);
        }
        bool changed = meet != immediate[block];
        immediate[block] = meet;
        return changed;
    }

    int Intersect(int a, int b) const {
        while (a != b) {
            while (order[a] < order[b])
                a = immediate[a];
            while (order[b] < order[a])
                b = immediate[b];
        }
        return a;
    }
};

class Bits {
public:
    explicit Bits(size_t count) : words((count + 63) / 64) {}
    void Set(int i) { words[i / 64] |= 1ull << (i % 64); }
    bool Has(int i) const { return words[i / 64] >> (i % 64) & 1; }
    // this = uses | (out & ~sets); whether that changed it.
    bool Flow(const Bits& uses, const Bits& out, const Bits& sets) {
        bool changed = false;
        for (size_t w = 0; w < words.size(); w++) {
            u64 value = uses.words[w] | (out.words[w] & ~sets.words[w]);
            changed |= value != words[w];
            words[w] = value;
        }
        return changed;
    }
    void Include(const Bits& other) {
        for (size_t w = 0; w < words.size(); w++)
            words[w] |= other.words[w];
    }

private:
    std::vector<u64> words;
};

template <class F> void ForEachSource(const Instruction& in, F f) {
    for (int s : in.source)
        if (s != None)
            f(s);
    if (in.guard != None)
        f(in.guard);
}

template <class F> void ForEachResult(const Instruction& in, F f) {
    for (int r : in.result)
        if (r != None)
            f(r);
}

// The instructions between which each value is needed.
struct Lifetimes {
    std::vector<int> first, last;

    Lifetimes(const Kernel& kernel, size_t count) : first(count, INT_MAX), last(count, -1) {
        std::vector<BasicBlock> blocks = BlocksOf(kernel);
        std::vector<Bits> uses(blocks.size(), Bits(count)), sets = uses, in = uses, out = uses;
        for (size_t b = 0; b < blocks.size(); b++)
            Summarize(kernel, blocks[b], uses[b], sets[b]);
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t b = blocks.size(); b-- > 0;) {
                for (int s : blocks[b].successors)
                    if (s >= 0)
                        out[b].Include(in[s]);
                changed |= in[b].Flow(uses[b], out[b], sets[b]);
            }
        }
        for (size_t b = 0; b < blocks.size(); b++)
            for (int v = 0; v < static_cast<int>(count); v++) {
                if (in[b].Has(v))
                    Extend(v, blocks[b].first);
                if (out[b].Has(v))
                    Extend(v, blocks[b].end);
            }
    }

private:
    void Extend(int value, int at) {
        first[value] = std::min(first[value], at);
        last[value] = std::max(last[value], at);
    }

    void Summarize(const Kernel& kernel, const BasicBlock& block, Bits& uses, Bits& sets) {
        for (int i = block.first; i < block.end; i++) {
            const Instruction& in = kernel.code[i];
            ForEachSource(in, [&](int v) {
                if (!sets.Has(v))
                    uses.Set(v);
                Extend(v, i);
            });
            ForEachResult(in, [&](int v) {
                if (in.guard == None)
                    sets.Set(v);
                else if (!sets.Has(v))
                    uses.Set(v); // the lanes without the guard keep what they had
                Extend(v, i);
            });
        }
    }
};

unsigned SlotBytes(const Value& v) { return v.bytes == 0 ? 4 : v.bytes * Lanes; }

int PlaceConstant(Kernel& kernel, const Value& v) {
    size_t at = kernel.constants.size();
    unsigned element = v.bytes == 0 ? 4 : v.bytes;
    kernel.constants.resize(at + SlotBytes(v));
    for (size_t p = at; p < kernel.constants.size(); p += element)
        std::memcpy(&kernel.constants[p], &v.bits, element);
    return static_cast<int>(at) + 1;
}

// Registers or predicates in the order of their first use, each in the place of one that is no longer needed.
void PlaceRegisters(Kernel& kernel, const std::vector<Value>& values, const Lifetimes& lifetimes, bool predicates, std::vector<int>& position) {
    std::vector<int> order;
    for (size_t v = 0; v < values.size(); v++)
        if (values[v].use == Value::Use::Register && (values[v].bytes == 0) == predicates && lifetimes.last[v] >= 0)
            order.push_back(static_cast<int>(v));
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return lifetimes.first[a] < lifetimes.first[b]; });
    std::map<unsigned, std::vector<int>> unused;
    std::multimap<int, int> active; // by the last use
    for (int v : order) {
        while (!active.empty() && active.begin()->first < lifetimes.first[v]) {
            int ended = active.begin()->second;
            unused[SlotBytes(values[ended])].push_back(position[ended]);
            active.erase(active.begin());
        }
        std::vector<int>& same = unused[SlotBytes(values[v])];
        if (same.empty()) {
            position[v] = static_cast<int>(kernel.registerBytes);
            kernel.registerBytes += SlotBytes(values[v]);
        } else {
            position[v] = same.back();
            same.pop_back();
        }
        active.insert({lifetimes.last[v], v});
    }
}

bool IsRounded(const Kernel& kernel, int at) { return kernel.texts[at].find(".rn") != std::string::npos; }

// The instruction at i, a sum, takes in the product at p, its source number s.
void Fuse(Kernel& kernel, int p, int i, int s, bool difference) {
    Instruction &product = kernel.code[p], &sum = kernel.code[i];
    int other = sum.source[1 - s];
    sum.run = FusedMultiplyAdd(!difference ? Fused::Add : s == 0 ? Fused::ProductMinus : Fused::MinusProduct);
    sum.source[0] = product.source[0];
    sum.source[1] = product.source[1];
    sum.source[2] = other;
    product = Instruction();
    product.kind = Kind::Removed;
}

} // namespace

void FuseMultiplyAdds(Kernel& kernel, const std::vector<Value>& values) {
    std::vector<int> uses(values.size()), sets(values.size()), productOf(values.size(), None);
    for (const Instruction& in : kernel.code) {
        ForEachSource(in, [&](int v) { uses[v]++; });
        ForEachResult(in, [&](int v) { sets[v]++; });
    }
    std::vector<int> known; // values of productOf that are set
    auto forget = [&](auto condition) {
        known.erase(std::remove_if(known.begin(), known.end(), [&](int v) {
            bool drop = condition(v);
            productOf[v] = drop ? None : productOf[v];
            return drop;
        }), known.end());
    };
    for (int i = 0; i < static_cast<int>(kernel.code.size()); i++) {
        Instruction& in = kernel.code[i];
        if (in.kind == Kind::Entry)
            forget([](int) { return true; });
        bool difference, plain = in.kind == Kind::Arithmetic && in.guard == None && !IsRounded(kernel, i);
        if (plain && IsFloatSum(in.run, difference)) {
            for (int s : {1, 0}) {
                int product = productOf[in.source[s]];
                if (product != None && uses[in.source[s]] == 1 && sets[in.source[s]] == 1) {
                    Fuse(kernel, product, i, s, difference);
                    break;
                }
            }
        }
        ForEachResult(in, [&](int r) {
            forget([&](int v) { return v == r || kernel.code[productOf[v]].source[0] == r || kernel.code[productOf[v]].source[1] == r; });
        });
        if (plain && IsFloatProduct(in.run)) {
            productOf[in.result[0]] = i;
            known.push_back(in.result[0]);
        }
    }
}

void FindReconvergence(Kernel& kernel) {
    std::vector<BasicBlock> blocks = BlocksOf(kernel);
    Postdominators postdominators(blocks);
    for (size_t b = 0; b < blocks.size(); b++) {
        Instruction& last = kernel.code[blocks[b].end - 1];
        if (last.kind != Kind::Branch && last.kind != Kind::BranchIndexed)
            continue;
        int meet = postdominators.Of(static_cast<int>(b));
        last.reconverge = meet == static_cast<int>(blocks.size()) ? blocks.back().first : blocks[meet].first;
    }
}

void AssignPositions(Kernel& kernel, const std::vector<Value>& values) {
    Lifetimes lifetimes(kernel, values.size());
    std::vector<int> position(values.size(), None);
    PlaceRegisters(kernel, values, lifetimes, false, position);
    std::fill(std::begin(kernel.placeAt), std::end(kernel.placeAt), None);
    for (size_t v = 0; v < values.size(); v++) {
        if (values[v].use == Value::Use::Register || lifetimes.last[v] < 0)
            continue;
        if (values[v].use == Value::Use::Constant) {
            position[v] = PlaceConstant(kernel, values[v]);
            continue;
        }
        position[v] = static_cast<int>(kernel.registerBytes);
        kernel.placeAt[static_cast<int>(values[v].place)] = position[v];
        kernel.registerBytes += SlotBytes(values[v]);
    }
    PlaceRegisters(kernel, values, lifetimes, true, position); // last, because vectors are aligned
    auto replace = [&](int& operand) { operand = operand == None ? None : position[operand]; };
    for (Instruction& in : kernel.code) {
        for (int& operand : in.result)
            replace(operand);
        for (int& operand : in.source)
            replace(operand);
        replace(in.guard);
    }
}

} // namespace emulated
