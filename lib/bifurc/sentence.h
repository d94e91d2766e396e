// SPDX-License-Identifier: BSD-3-Clause
// One sentence for each failure: netdev, cause, remedy.
#pragma once

#include <cstdint>

#include "rte_bifurc.h"

namespace bifurc::client {

enum class Verb { any, open, info, split, map, dma_map, dma_unmap, sync, eventfd, events, stats, filter, give_back };

// What a sentence may name.
struct Facts {
    const char* iface = "";
    std::uint32_t first = BIFURC_FIRST_ANY;  // as the caller asked
    std::uint32_t pairs = 0;
    std::uint64_t va = 0;
    std::uint64_t len = 0;
    std::uint32_t pairs_total = 0;  // as INFO answered after the failure; total 0: not known
    std::uint32_t pairs_kernel = 0;
    std::uint32_t pairs_free = 0;
    bool all_owned = false;           // BIFURC_FEATURE_ALL_OWNED
    std::uint64_t capabilities = 0;   // the caller's effective ones, bit n for capability n
    bool own_user_namespace = false;  // the caller is in one that is not the initial one
    const char* lockdown = nullptr;   // the mode, if the kernel is locked down
};

// Fills err (NULL is allowed) and answers -code.
int explain(Verb verb, int code, const Facts& facts, rte_bifurc_error* err) noexcept;

}  // namespace bifurc::client
