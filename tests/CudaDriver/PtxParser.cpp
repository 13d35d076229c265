#include "PtxParser.h"
#include "Access.h"
#include "Operations.h"
#include "Options.h"
#include "Preparation.h"
#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <stdexcept>
#include <unordered_map>

namespace emulated {
namespace {

[[noreturn]] void Fail(const std::string& what, const std::string& where) { throw std::runtime_error(what + ": '" + where + "'"); }

std::string Trim(const std::string& s) {
    size_t first = s.find_first_not_of(" \t\r\n"), last = s.find_last_not_of(" \t\r\n");
    return first == std::string::npos ? "" : s.substr(first, last - first + 1);
}

// Parts separated by commas that stand in no brackets.
std::vector<std::string> Split(const std::string& s) {
    std::vector<std::string> parts;
    std::string part;
    int depth = 0;
    for (char c : s) {
        depth += c == '{' || c == '[' || c == '(' ? 1 : c == '}' || c == ']' || c == ')' ? -1 : 0;
        if (c == ',' && depth == 0) {
            parts.push_back(Trim(part));
            part.clear();
        } else {
            part += c;
        }
    }
    if (!Trim(part).empty())
        parts.push_back(Trim(part));
    return parts;
}

std::string WithoutComments(const std::string& text) {
    std::string clean;
    clean.reserve(text.size());
    for (size_t i = 0; i < text.size(); i++) {
        if (text.compare(i, 2, "//") == 0)
            i = std::min(text.find('\n', i), text.size() - 1);
        clean += text[i];
    }
    return clean;
}

u64 AlignUp(u64 position, u64 alignment) { return (position + alignment - 1) / alignment * alignment; }

// The number after a directive such as ".align"; otherwise what is given.
u64 NumberAfter(const std::string& text, const std::string& directive, u64 otherwise) {
    size_t at = text.find(directive);
    return at == std::string::npos ? otherwise : std::strtoull(text.c_str() + at + directive.size(), nullptr, 10);
}

// One declared array or scalar: ".align 4 .b8 name[64]".
struct Declaration {
    std::string name;
    u64 alignment, bytes;
};

Declaration ParseDeclaration(const std::string& text) {
    size_t bracket = text.find('['), end = bracket == std::string::npos ? text.size() : bracket;
    std::string head = Trim(text.substr(0, end));
    size_t space = head.find_last_of(" \t");
    Declaration d{head.substr(space + 1), 0, 0};
    u64 element = 1;
    for (size_t dot = head.find('.'); dot != std::string::npos; dot = head.find('.', dot + 1)) {
        Type type;
        if (ParseType(head.substr(dot + 1, head.find_first_of(" \t", dot) - dot - 1), type))
            element = BytesOf(type);
    }
    d.bytes = bracket == std::string::npos ? element : element * std::strtoull(text.c_str() + bracket + 1, nullptr, 10);
    d.alignment = std::max<u64>(1, NumberAfter(head, ".align", element));
    return d;
}

const char* const Places[] = {"%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z",
    "%nctaid.x", "%nctaid.y", "%nctaid.z", "%laneid", "%warpid", "%lanemask_lt"};
static_assert(sizeof(Places) / sizeof(*Places) == static_cast<size_t>(Place::Count));

class KernelParser {
public:
    explicit KernelParser(Kernel& kernel) : kernel(kernel) {
        for (size_t p = 0; p < static_cast<size_t>(Place::Count); p++) {
            Value v;
            v.name = Places[p];
            v.use = Value::Use::Place;
            v.place = static_cast<Place>(p);
            Add(v);
        }
    }

    void Parameters(const std::string& list) {
        for (const std::string& one : Split(list)) {
            Declaration d = ParseDeclaration(one);
            u64 start = AlignUp(kernel.parameterBytes, d.alignment);
            parameters[d.name] = start;
            kernel.parameters.push_back({start, d.bytes});
            kernel.parameterBytes = start + d.bytes;
        }
    }

    void Body(const std::string& body) {
        StartBlock("(start)");
        for (size_t at = 0; (at = body.find_first_not_of(" \t\r\n", at)) != std::string::npos;) {
            size_t word = at;
            while (word < body.size() && (std::isalnum(static_cast<unsigned char>(body[word])) || body[word] == '_' || body[word] == '$'))
                word++;
            if (word > at && word < body.size() && body[word] == ':') {
                Label(body.substr(at, word - at));
                at = word + 1;
                continue;
            }
            size_t end = body.find(';', at);
            if (end == std::string::npos)
                Fail("a statement without an end", body.substr(at, 80));
            std::string statement = Trim(body.substr(at, end - at));
            if (statement[0] == '.')
                Directive(statement);
            else
                Statement(statement);
            at = end + 1;
        }
        Finish();
    }

private:
    Kernel& kernel;
    std::vector<Value> values;
    std::unordered_map<std::string, int> byName;
    std::map<std::pair<u64, unsigned>, int> byConstant;
    std::map<std::string, u64> parameters, shared;
    std::map<std::string, int> labels;
    std::map<std::string, std::vector<std::string>> targetLists;
    std::vector<std::pair<int, std::string>> jumps;
    std::string lastLabel;

    int Add(const Value& value) {
        byName[value.name] = static_cast<int>(values.size());
        values.push_back(value);
        return static_cast<int>(values.size()) - 1;
    }

    void Append(const Instruction& instruction, const std::string& text) {
        kernel.code.push_back(instruction);
        kernel.texts.push_back(text);
    }

    void StartBlock(const std::string& text) {
        if (!kernel.code.empty() && kernel.code.back().kind == Kind::Entry)
            return;
        Instruction entry;
        entry.kind = Kind::Entry;
        Append(entry, text);
    }

    void Label(const std::string& name) {
        StartBlock(name);
        labels[name] = static_cast<int>(kernel.code.size()) - 1;
        lastLabel = name;
    }

    void Directive(const std::string& s) {
        if (s.compare(0, 4, ".reg") == 0)
            Registers(s);
        else if (s.find(".shared") != std::string::npos)
            Shared(s);
        else if (s.compare(0, 14, ".branchtargets") == 0)
            targetLists[lastLabel] = Split(s.substr(14));
        else if (s.compare(0, 7, ".pragma") != 0 && s.compare(0, 4, ".loc") != 0)
            Fail("an unknown directive", s);
    }

    // ".reg .b32 %r<73>": registers %r0 to %r72.
    void Registers(const std::string& s) {
        size_t percent = s.find('%');
        Type type;
        if (percent == std::string::npos || !ParseType(Trim(s.substr(4, percent - 4)).substr(1), type))
            Fail("registers of an unknown type", s);
        for (const std::string& name : Split(s.substr(percent))) {
            size_t angle = name.find('<');
            unsigned count = angle == std::string::npos ? 1 : static_cast<unsigned>(std::stoul(name.substr(angle + 1)));
            for (unsigned r = 0; r < count; r++) {
                Value v;
                v.name = angle == std::string::npos ? name : name.substr(0, angle) + std::to_string(r);
                v.bytes = type == Type::Predicate ? 0 : std::max(4u, BytesOf(type));
                Add(v);
            }
        }
    }

    void Shared(const std::string& s) {
        Declaration d = ParseDeclaration(s);
        u64 start = AlignUp(kernel.sharedBytes, d.alignment);
        shared[d.name] = start;
        kernel.sharedBytes = start + d.bytes;
    }

    void Statement(std::string s) {
        Instruction in;
        std::string text = s;
        if (s[0] == '@') {
            size_t space = s.find_first_of(" \t");
            in.unless = s[1] == '!';
            in.guard = Register(s.substr(in.unless ? 2 : 1, space - (in.unless ? 2 : 1)));
            s = Trim(s.substr(space));
        }
        size_t space = s.find_first_of(" \t");
        try {
            Decode(in, Opcode(s.substr(0, space)), space == std::string::npos ? std::vector<std::string>() : Split(s.substr(space)));
        } catch (const std::exception& e) {
            Fail(e.what(), text);
        }
        Append(in, text);
        if (in.kind == Kind::Branch || in.kind == Kind::BranchIndexed || in.kind == Kind::Exit)
            StartBlock("(next)");
    }

    void Decode(Instruction& in, const Opcode& o, const std::vector<std::string>& operands) {
        const std::string& name = o.Name();
        if (name == "ret" || name == "exit")
            in.kind = Kind::Exit;
        else if (name == "bra" || name == "brx")
            Branch(in, name == "brx", operands);
        else if (name == "bar" || name == "barrier")
            Barrier(in, o);
        else if (name == "ld" || name == "st")
            Access(in, o, operands);
        else if (name == "atom" || name == "red")
            Atomically(in, o, operands);
        else
            Arithmetic(in, o, operands);
    }

    void Branch(Instruction& in, bool indexed, const std::vector<std::string>& operands) {
        in.kind = indexed ? Kind::BranchIndexed : Kind::Branch;
        if (indexed)
            in.source[0] = Operand(operands.at(0), Type::U32);
        jumps.push_back({static_cast<int>(kernel.code.size()), operands.at(indexed ? 1 : 0)});
    }

    static void Barrier(Instruction& in, const Opcode& o) {
        if (o.Has("red") || o.Has("arrive"))
            throw std::runtime_error("this barrier is not known to the emulated driver");
        in.kind = o.Has("warp") ? Kind::WarpBarrier : Kind::Barrier;
    }

    void Access(Instruction& in, const Opcode& o, const std::vector<std::string>& operands) {
        bool loads = o.Name() == "ld";
        in.type = o.LastType();
        in.vector = o.Has("v4") ? 4 : o.Has("v2") ? 2 : 1;
        std::string list = operands.at(loads ? 0 : 1);
        std::vector<std::string> names = list[0] == '{' ? Split(list.substr(1, list.size() - 2)) : std::vector<std::string>{list};
        if (names.size() != in.vector)
            throw std::runtime_error("the vector does not have as many elements as its instruction");
        if (o.Has("local") || o.Has("const"))
            throw std::runtime_error("this space is not known to the emulated driver");
        for (size_t n = 0; n < names.size(); n++) {
            if (loads)
                in.result[n] = Register(names[n]);
            else
                in.source[n + 1] = Operand(names[n], in.type);
        }
        if (o.Has("param"))
            ParameterAddress(in, operands.at(1));
        else
            Address(in, o, operands.at(loads ? 1 : 0));
        in.kind = o.Has("param") ? Kind::Arithmetic : loads ? Kind::Load : Kind::Store;
    }

    void Atomically(Instruction& in, const Opcode& o, const std::vector<std::string>& operands) {
        static const std::map<std::string, emulated::Atomic> operations = {
            {"add", emulated::Atomic::Add}, {"and", emulated::Atomic::And}, {"or", emulated::Atomic::Or}, {"xor", emulated::Atomic::Xor},
            {"max", emulated::Atomic::Max}, {"min", emulated::Atomic::Min}, {"exch", emulated::Atomic::Exchange}, {"cas", emulated::Atomic::CompareAndSwap},
        };
        size_t next = 0;
        in.kind = Kind::Atomic;
        in.type = o.LastType();
        bool known = false;
        for (const std::string& part : o.parts) {
            auto found = operations.find(part);
            if (found != operations.end())
                in.atomic = found->second, known = true;
        }
        if (!known || o.Has("v2") || o.Has("v4"))
            throw std::runtime_error("this atomic operation is not known to the emulated driver");
        if (o.Name() == "atom")
            in.result[0] = Register(operands.at(next++));
        Address(in, o, operands.at(next++));
        for (int s = 1; next < operands.size(); s++, next++)
            in.source[s] = Operand(operands[next], in.type);
    }

    void Arithmetic(Instruction& in, const Opcode& o, const std::vector<std::string>& operands) {
        Shape shape = FindArithmetic(o);
        in.run = shape.run;
        in.variant = shape.variant;
        in.type = shape.result;
        if (shape.sources.empty() && shape.result == Type::U32 && operands.size() != 1)
            return; // a fence
        Results(in, operands.at(0));
        for (size_t s = 0; s < shape.sources.size(); s++) {
            std::string operand = operands.at(s + 1);
            in.negated |= operand[0] == '!';
            if (operand[0] == '!' && o.Name() != "setp")
                throw std::runtime_error("a negated operand is not known to the emulated driver");
            in.source[s] = Operand(operand[0] == '!' ? operand.substr(1) : operand, shape.sources[s]);
        }
    }

    // One register, or two as "%p1|%p2".
    void Results(Instruction& in, const std::string& s) {
        size_t bar = s.find('|');
        in.result[0] = Register(Trim(s.substr(0, bar)));
        if (bar != std::string::npos)
            in.result[1] = Register(Trim(s.substr(bar + 1)));
    }

    int Register(const std::string& name) {
        auto found = byName.find(name);
        if (found == byName.end())
            throw std::runtime_error("no register '" + name + "' is declared");
        return found->second;
    }

    int Operand(const std::string& s, Type type) {
        if (s.at(0) == '%')
            return Register(s);
        auto variable = shared.find(s);
        if (variable != shared.end())
            return Constant(variable->second, type);
        return Constant(Number(s), type);
    }

    static u64 Number(const std::string& s) {
        char* end = nullptr;
        bool bits = s.size() > 2 && s[0] == '0' && std::strchr("fFdD", s[1]) != nullptr;
        u64 value = bits ? std::strtoull(s.c_str() + 2, &end, 16) : s[0] == '-' ? static_cast<u64>(std::strtoll(s.c_str(), &end, 0)) : std::strtoull(s.c_str(), &end, 0);
        if (end == nullptr || (*end != 0 && *end != 'U'))
            throw std::runtime_error("'" + s + "' is no operand");
        return value;
    }

    int Constant(u64 bits, Type type) {
        Value v;
        v.use = Value::Use::Constant;
        v.bytes = type == Type::Predicate ? 0 : std::max(4u, BytesOf(type));
        v.bits = type == Type::Predicate && bits != 0 ? AllLanes : bits;
        auto [found, added] = byConstant.insert({{v.bits, v.bytes}, static_cast<int>(values.size())});
        if (added)
            values.push_back(v);
        return found->second;
    }

    // "[%rd1+8]" or "[name+8]": a register or a constant, and a displacement.
    void Address(Instruction& in, const Opcode& o, const std::string& s) {
        auto [base, displacement] = SplitAddress(s);
        in.space = o.Has("global") ? Space::Global : o.Has("shared") ? Space::Shared : Space::Generic;
        in.displacement = displacement;
        in.source[0] = Operand(base, Type::U64);
        in.narrow = values[in.source[0]].bytes == 4;
    }

    void ParameterAddress(Instruction& in, const std::string& s) {
        auto [name, displacement] = SplitAddress(s);
        auto found = parameters.find(name);
        if (found == parameters.end())
            throw std::runtime_error("no parameter '" + name + "' is declared");
        in.displacement = static_cast<s64>(found->second) + displacement;
        in.run = LoadParameter;
    }

    static std::pair<std::string, s64> SplitAddress(const std::string& s) {
        if (s.size() < 3 || s[0] != '[' || s.back() != ']')
            throw std::runtime_error("'" + s + "' is no address");
        size_t plus = s.find('+');
        if (plus == std::string::npos)
            return {Trim(s.substr(1, s.size() - 2)), 0};
        return {Trim(s.substr(1, plus - 1)), std::strtoll(s.c_str() + plus + 1, nullptr, 0)};
    }

    int TargetOf(const std::string& label) const {
        auto found = labels.find(label);
        if (found == labels.end())
            Fail("no such label", label);
        return found->second;
    }

    void Finish() {
        StartBlock("(end)");
        Instruction exit;
        exit.kind = Kind::Exit;
        Append(exit, "(end)");
        for (const auto& [at, label] : jumps) {
            Instruction& in = kernel.code[at];
            if (in.kind == Kind::Branch) {
                in.target = TargetOf(label);
                continue;
            }
            in.target = static_cast<int>(kernel.tables.size());
            kernel.tables.emplace_back();
            for (const std::string& one : targetLists[label])
                kernel.tables.back().push_back(TargetOf(one));
        }
        if (options.fuse)
            FuseMultiplyAdds(kernel, values);
        FindReconvergence(kernel);
        AssignPositions(kernel, values);
        size_t count = kernel.code.size();
        for (auto* counts : {&kernel.times, &kernel.lanes, &kernel.waves, &kernel.requests})
            counts->assign(count, 0);
    }
};

void ParseKernel(Kernel& kernel, const std::string& text, size_t& at) {
    size_t open = text.find('(', at), brace = text.find('{', at);
    kernel.name = Trim(text.substr(at, std::min(open, brace) - at));
    KernelParser parser(kernel);
    size_t head = at;
    if (open < brace) {
        head = text.find(')', open);
        parser.Parameters(text.substr(open + 1, head - open - 1));
    }
    kernel.maxThreads = static_cast<unsigned>(NumberAfter(text.substr(head, brace - head), ".maxntid", 0));
    int depth = 1;
    for (at = brace + 1; depth > 0 && at < text.size(); at++)
        depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
    parser.Body(text.substr(brace + 1, at - brace - 2));
}

} // namespace

std::unique_ptr<Module> ParseModule(const std::string& ptx) {
    auto module = std::make_unique<Module>();
    std::string text = WithoutComments(ptx);
    if (text.find(".func") != std::string::npos)
        throw std::runtime_error("the module holds functions, which the emulated driver does not know");
    for (size_t at = 0; (at = text.find(".entry", at)) != std::string::npos;) {
        at += 6;
        module->kernels.push_back(std::make_unique<Kernel>());
        ParseKernel(*module->kernels.back(), text, at);
    }
    if (module->kernels.empty())
        throw std::runtime_error("the module holds no kernel");
    return module;
}

} // namespace emulated
