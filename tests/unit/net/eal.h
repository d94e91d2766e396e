// SPDX-License-Identifier: BSD-3-Clause
// EAL inside the test process: ordinary memory, no devices, nothing left behind.
#pragma once

#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <memory>
#include <string>

namespace bifurc::test {

struct FreePool {
    void operator()(rte_mempool* pool) const { rte_mempool_free(pool); }
};
using Pool = std::unique_ptr<rte_mempool, FreePool>;

// Without caches, so that rte_mempool_avail_count is exact in every thread.
inline Pool make_pool(unsigned mbufs, unsigned data_room = RTE_MBUF_DEFAULT_BUF_SIZE) {
    static unsigned serial = 0;
    const std::string name = "pool" + std::to_string(serial++);
    return Pool{rte_pktmbuf_pool_create(name.c_str(), mbufs, 0, 0, static_cast<std::uint16_t>(data_room), 0)};
}

inline bool whole(const Pool& pool) { return rte_mempool_avail_count(pool.get()) == pool->size; }

}  // namespace bifurc::test
