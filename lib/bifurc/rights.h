// SPDX-License-Identifier: BSD-3-Clause
// What the kernel demands of a process that borrows queues, and where it tells what is missing.
#pragma once

#include <linux/capability.h>

#include <cstdint>
#include <string_view>

namespace bifurc {

struct Capability {
    int number;
    const char* name;
};
// For a packet socket, for attaching it, for a raw split. The last two count in the initial user namespace.
inline constexpr Capability kCapabilities[] = {
    {CAP_NET_RAW, "CAP_NET_RAW"},
    {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
    {CAP_SYS_RAWIO, "CAP_SYS_RAWIO"},
};

constexpr bool lacks(std::uint64_t effective, int capability) noexcept { return (effective >> capability & 1) == 0; }

// The inode is PROC_USER_INIT_INO of the kernel's proc_ns.h, the same on every machine.
inline constexpr char kUserNamespaceFile[] = "/proc/self/ns/user";
inline constexpr std::uint64_t kInitialUserNamespace = 0xEFFFFFFD;

// kernel_lockdown(7): the mode in force stands in brackets. The file is missing without the lockdown module, and where
// securityfs is not mounted.
inline constexpr char kLockdownFile[] = "/sys/kernel/security/lockdown";

// "integrity" or "confidentiality", which both forbid raw splits; else nullptr.
constexpr const char* lockdown_mode(std::string_view file) noexcept {
    if (file.find("[integrity]") != std::string_view::npos) return "integrity";
    if (file.find("[confidentiality]") != std::string_view::npos) return "confidentiality";
    return nullptr;
}

}  // namespace bifurc
