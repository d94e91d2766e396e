// SPDX-License-Identifier: BSD-3-Clause
// libbifurc as the bus sees it, played by the test: what was asked, in which state, and which call is to fail.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bifurc/rte_bifurc.h"

struct rte_bifurc {
    std::string iface;
    int fd;
    std::uint32_t first, pairs;
    std::multiset<std::pair<std::uintptr_t, std::size_t>> dma;
};

namespace bifurc::test {

struct FakeClient {
    std::set<const rte_bifurc*> open;
    std::map<std::string, int> fail;  // by the call's name: the negative errno that it answers
    int dma_maps_before_failure = -1;
    std::vector<std::pair<std::uintptr_t, std::size_t>> dma_calls;  // of map and unmap
    int given_back = 0;
    std::uint32_t next_first = 32;
    std::uint32_t last_flags = 0;
    std::uint16_t device_id = 0x10fb;

    int answer(const char* call, rte_bifurc_error* err) const;
};

extern FakeClient fake;

}  // namespace bifurc::test
