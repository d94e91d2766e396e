// SPDX-License-Identifier: BSD-3-Clause
// From a netdev's name, or from a socket that somebody else opened, to a socket that knows the verbs.
#pragma once

#include "bifurc_uapi.h"
#include "kernel.h"
#include "result.h"

namespace bifurc::client {

struct Attached {
    int fd = -1;
    char iface[16] = {};  // asked before attaching: getsockname may not answer afterwards
    bifurc_info info = {};
};

Result<Attached> open_socket(Kernel& kernel, const char* iface) noexcept;

// Takes fd over: on failure it is closed. `iface` gets the netdev's name as far as it could be learnt.
Result<Attached> adopt_socket(Kernel& kernel, int fd, char (&iface)[16]) noexcept;

}  // namespace bifurc::client
