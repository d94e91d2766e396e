// SPDX-License-Identifier: BSD-3-Clause
#include "rights.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace bifurc::fuzz {

void limit_locked_memory(std::size_t bytes) {
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_MEMLOCK, &limit);
    __user_cap_header_struct head{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, 2> data{};
    ::syscall(SYS_capget, &head, data.data());
    constexpr unsigned kBit = 1U << static_cast<unsigned>(CAP_IPC_LOCK);  // what lies above every limit
    data[0].effective &= ~kBit;
    data[0].permitted &= ~kBit;
    ::syscall(SYS_capset, &head, data.data());
}

}  // namespace bifurc::fuzz
