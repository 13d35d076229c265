#include "Calls.h"
#include "Options.h"
#include "Problems.h"
#include <cstdio>

namespace emulated {
namespace {

std::string Quoted(const std::string& s) {
    std::string q = "\"";
    for (char c : s) {
        if (c == '"' || c == '\\')
            q += '\\';
        q += c == '\n' ? std::string("\\n") : c == '\t' ? std::string(" ") : std::string(1, c);
    }
    return q + '"';
}

// Writes the members of an object one after the other.
class Object {
public:
    explicit Object(std::string& to) : to(to) { to += '{'; }
    void Add(const char* name, const std::string& json) {
        to += first ? "" : ", ";
        to += Quoted(name) + ": " + json;
        first = false;
    }
    void Add(const char* name, u64 number) { Add(name, std::to_string(number)); }
    void Add(const char* name, double number) {
        char text[32];
        std::snprintf(text, sizeof text, "%.6f", number);
        Add(name, std::string(text));
    }
    void End() { to += '}'; }

private:
    std::string& to;
    bool first = true;
};

std::string Json(const Traffic& t) {
    std::string json;
    Object o(json);
    o.Add("requests", t.requests);
    o.Add("bytes", t.bytes);
    o.Add("sectors", t.sectors);
    o.End();
    return json;
}

std::string Json(const SharedTraffic& t) {
    std::string json;
    Object o(json);
    o.Add("requests", t.requests);
    o.Add("waves", t.waves);
    o.Add("conflicts", t.conflicts);
    o.End();
    return json;
}

// One line per instruction: how often it ran, with how many lanes, and the passes over the banks per request.
std::string Detail(const Kernel& kernel) {
    std::string json = "[";
    int entry = 0;
    for (int i = 0; i < static_cast<int>(kernel.code.size()); i++) {
        entry = kernel.code[i].kind == Kind::Entry ? i : entry;
        char line[96];
        double lanes = kernel.times[entry] > 0 ? static_cast<double>(kernel.lanes[entry]) / kernel.times[entry] : 0;
        double waves = kernel.requests[i] > 0 ? static_cast<double>(kernel.waves[i]) / kernel.requests[i] : 0;
        std::snprintf(line, sizeof line, "%6d %12llu %5.2f %5.2f  ", i, static_cast<unsigned long long>(kernel.times[entry]), lanes, waves);
        json += (i > 0 ? ",\n" : "\n") + Quoted(line + kernel.texts[i]);
    }
    return json + "]";
}

std::string Json(const Kernel& kernel) {
    const Counters& c = kernel.counters;
    std::string json;
    Object o(json);
    o.Add("name", Quoted(kernel.name));
    o.Add("launches", c.launches);
    o.Add("blocks", c.blocks);
    o.Add("instructions", c.instructions);
    o.Add("meanLanes", c.instructions > 0 ? static_cast<double>(c.lanes) / c.instructions : 0.0);
    o.Add("branches", c.branches);
    o.Add("divergent", c.divergent);
    o.Add("barriers", c.barriers);
    o.Add("loads", Json(c.loads));
    o.Add("stores", Json(c.stores));
    o.Add("atomics", Json(c.atomics));
    o.Add("sharedLoads", Json(c.sharedLoads));
    o.Add("sharedStores", Json(c.sharedStores));
    o.Add("lost", c.lost);
    o.Add("sharedBytes", kernel.sharedBytes);
    o.Add("seconds", c.seconds);
    if (options.detail)
        o.Add("detail", Detail(kernel));
    o.End();
    return json;
}

std::string Json(const Copies& c) {
    std::string json;
    Object o(json);
    o.Add("toDevice", c.toDevice);
    o.Add("toHost", c.toHost);
    o.Add("within", c.within);
    o.Add("bytesToDevice", c.bytesToDevice);
    o.Add("bytesToHost", c.bytesToHost);
    o.Add("bytesWithin", c.bytesWithin);
    o.Add("pageable", c.pageable);
    o.End();
    return json;
}

template <class F> void ForEachKernel(F f) {
    for (auto& module : TheDriver().modules)
        for (auto& kernel : module->kernels)
            f(*kernel);
}

} // namespace

std::string Report() {
    std::string kernels = "[";
    ForEachKernel([&](const Kernel& kernel) {
        if (kernel.counters.launches > 0)
            kernels += (kernels.size() > 1 ? ",\n" : "\n") + Json(kernel);
    });
    std::string json;
    Object o(json);
    o.Add("kernels", kernels + "]");
    o.Add("copies", Json(TheDriver().copies));
    o.Add("problems", Quoted(Problems()));
    o.End();
    return json + "\n";
}

void ClearReport() {
    TheDriver().copies = Copies();
    ClearProblems();
    ForEachKernel([](Kernel& kernel) {
        kernel.counters = Counters();
        size_t count = kernel.code.size();
        for (auto* counts : {&kernel.times, &kernel.lanes, &kernel.waves, &kernel.requests})
            counts->assign(count, 0);
    });
}

} // namespace emulated
