// SPDX-License-Identifier: BSD-3-Clause
// A packet socket's stand-in: the connection to the simulator that sits at the program's descriptor after
// BIFURC_SIOCATTACH. The verbs of bifurc_uapi.h on it. All pointers are the program's and not trusted.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace bifurc::shim {

// Socket options of level SOL_PACKET on a stand-in: 0 or a negative errno. -ENOPROTOOPT: neither a verb in this
// direction nor a membership, which the stand-in carries on for the packet socket.
[[nodiscard]] int get_option(int fd, int option, void* optval, socklen_t* optlen) noexcept;
[[nodiscard]] int set_option(int fd, int option, const void* optval, socklen_t optlen) noexcept;

// Puts a stand-in at fd. -ENOTTY: not a matter for the simulator, let the kernel decide.
[[nodiscard]] int attach(int fd, const void* user_ifreq) noexcept;

// mmap(2) on a stand-in: the address, or a negative errno.
[[nodiscard]] long map(int fd, void* addr, std::size_t len, int prot, int flags, std::int64_t offset) noexcept;

}  // namespace bifurc::shim
