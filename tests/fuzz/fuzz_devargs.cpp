// SPDX-License-Identifier: BSD-3-Clause
// Whatever a user writes: it is either refused with a sentence, or what was parsed can be asked of a NIC.
#include <cstdlib>
#include <cstring>

#include "bus/bifurc/devargs.h"

using namespace bifurc::bus;

namespace {

void require(bool holds) {
    if (!holds) std::abort();
}

void check(std::string_view text, std::string_view named_iface) {
    Devargs parsed;
    Sentence why_not{};
    if (parse_devargs(text, named_iface, parsed, why_not)) {
        require(std::memchr(parsed.iface.data(), '\0', parsed.iface.size()) != nullptr);
        require(valid_iface(parsed.iface.data()));
        require(named_iface.empty() || named_iface == parsed.iface.data());
        require(parsed.pairs >= 1 && parsed.pairs <= kMaxPairs);
        require(parsed.first <= kMaxFirst || parsed.first == BIFURC_FIRST_ANY);
    } else {
        require(why_not[0] != '\0');
        require(std::memchr(why_not.data(), '\0', why_not.size()) != nullptr);
        for (const char* c = why_not.data(); *c != '\0'; ++c) require(*c >= ' ' && *c <= '~');
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    check(all, {});
    const std::size_t newline = all.find('\n');
    if (newline != std::string_view::npos) check(all.substr(newline + 1), all.substr(0, newline));
    return 0;
}
