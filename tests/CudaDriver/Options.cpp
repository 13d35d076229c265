#include "Options.h"
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <stdexcept>

namespace emulated {

static u64 Number(const std::string& key, const std::string& text) {
    size_t end = 0;
    u64 value = 0;
    try {
        value = std::stoull(text, &end, 10);
    } catch (const std::exception&) {
        end = 0;
    }
    if (end == 0 || end != text.size())
        throw std::invalid_argument("'" + key + "' is '" + text + "', not a whole number");
    return value;
}

static u64 Bytes(const std::string& key, const std::string& text) {
    static const std::map<char, int> shifts = {{'K', 10}, {'M', 20}, {'G', 30}};
    auto unit = text.empty() ? shifts.end() : shifts.find(text.back());
    return unit == shifts.end() ? Number(key, text) : Number(key, text.substr(0, text.size() - 1)) << unit->second;
}

// ENTRY:CALL:WHAT, with WHAT a CUresult, "hang", "sleep" and seconds, or "abort".
static Failure ParseFailure(const std::string& text) {
    size_t first = text.find(':'), second = text.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos)
        throw std::invalid_argument("'fail' is '" + text + "', not ENTRY:CALL:CODE");
    Failure failure;
    failure.entry = text.substr(0, first);
    failure.call = Number("fail", text.substr(first + 1, second - first - 1));
    std::string what = text.substr(second + 1);
    if (what == "abort") {
        failure.kind = Failure::Kind::Abort;
    } else if (what == "hang") {
        failure.kind = Failure::Kind::Sleep;
        failure.value = -1;
    } else if (what.compare(0, 5, "sleep") == 0) {
        failure.kind = Failure::Kind::Sleep;
        failure.value = static_cast<int>(Number("fail", what.substr(5)));
    } else {
        failure.value = static_cast<int>(Number("fail", what));
    }
    return failure;
}

static void SetChecks(Options& o, const std::string& list) {
    o.alignment = o.initialized = o.sharedInitialized = o.races = o.divergence = false;
    const std::map<std::string, bool*> names = {
        {"alignment", &o.alignment}, {"initialized", &o.initialized}, {"shared-initialized", &o.sharedInitialized},
        {"races", &o.races}, {"divergence", &o.divergence},
    };
    std::istringstream parts(list);
    for (std::string part; std::getline(parts, part, ',');) {
        auto name = names.find(part);
        if (name != names.end())
            *name->second = true;
        else if (part != "bounds") // always checked
            throw std::invalid_argument("'check' names '" + part + "', which is no check");
    }
}

static void Set(Options& o, const std::string& key, const std::string& value) {
    if (key == "blocks")
        o.blocks = static_cast<unsigned>(Number(key, value));
    else if (key == "seed")
        o.seed = Number(key, value);
    else if (key == "fuse")
        o.fuse = Number(key, value) != 0;
    else if (key == "approximation")
        o.approximation = static_cast<unsigned>(Number(key, value));
    else if (key == "check")
        SetChecks(o, value);
    else if (key == "lost")
        o.lost = Number(key, value) != 0;
    else if (key == "detail")
        o.detail = Number(key, value) != 0;
    else if (key == "devices")
        o.devices = static_cast<unsigned>(Number(key, value));
    else if (key == "memory")
        o.memory = Bytes(key, value);
    else if (key == "capability")
        o.capability = static_cast<unsigned>(Number(key, value));
    else if (key == "multiprocessors")
        o.multiprocessors = static_cast<unsigned>(Number(key, value));
    else if (key == "fail")
        o.failures.push_back(ParseFailure(value));
    else if (key == "report")
        o.report = value;
    else
        throw std::invalid_argument("'" + key + "' is no option");
}

Options Options::Parse(const std::string& text) {
    Options o;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        size_t equals = word.find('=');
        if (equals == std::string::npos)
            throw std::invalid_argument("'" + word + "' is not NAME=VALUE");
        Set(o, word.substr(0, equals), word.substr(equals + 1));
    }
    if (o.blocks == 0)
        throw std::invalid_argument("'blocks' is 0; at least 1 block is in flight");
    return o;
}

// A program that is run by hand takes its options from the environment.
static Options OfEnvironment() {
    const char* text = std::getenv("EMULATED_CUDA");
    try {
        return Options::Parse(text == nullptr ? "" : text);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "EMULATED_CUDA: %s\n", e.what());
        std::exit(2);
    }
}

Options options = OfEnvironment();

} // namespace emulated
