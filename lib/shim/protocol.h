// SPDX-License-Identifier: BSD-3-Clause
// What the shim says to the simulator: one SOCK_SEQPACKET message per request over a Unix connection, one per reply.
//
// Every request carries, by SCM_RIGHTS, a reply socket of its own (one end of a socketpair) as its first descriptor, so
// that threads and forked processes may share a connection without any lock or memory. The kernel adds the sender's
// credentials (SO_PASSCRED): their pid is whose memory DMA_MAP means. Both sides check every length; the simulator
// answers a request that it cannot parse with -EPROTO and closes that connection, and nobody else notices.
//
// A connection that sent `attach` is a packet socket's stand-in: the program's descriptor is replaced by it (dup2), the
// real packet socket moves to the simulator with the request, and what the connection was given ends with its last
// descriptor. On such a connection the simulator sends a single-byte message each time that something waits where
// nothing waited before (BIFURC_EVENTS); the shim takes one for each answer that told something.
#pragma once

#include <cstdint>

namespace bifurc::shim {

inline constexpr char kSocketEnv[] = "BIFURC_SIM_SOCKET";  // path of the simulator's listening socket
inline constexpr std::uint32_t kMagic = 0x62667263;        // "bfrc"; steps with every change of these structures
inline constexpr std::uint32_t kMaxPayload = 128 * 1024;

enum class Op : std::uint32_t {
    owns = 1,    // ifname: is this netdev the simulator's? 0 or -ENODEV
    attach,      // ifname; second fd: the AF_PACKET socket bound to it
    get_option,  // arg: BIFURC_* verb; payload: the structure in, the reply's: the structure out
    set_option,  // arg: BIFURC_* verb or a SOL_PACKET membership; payload: the structure. EVENTFD: second fd if fd >= 0
    mmap,        // offset, length, arg: PROT_*; reply: an fd and `value`, the offset in it, to map shared
    ethtool,     // ifname, arg: ETHTOOL_* command; payload: the command's structure; reply: the changed one
};

struct Request {
    std::uint32_t magic;
    Op op;
    std::uint32_t arg;
    std::uint32_t payload_len;  // bytes that follow this header
    std::uint64_t offset;
    std::uint64_t length;
    char ifname[16];  // NUL-terminated
};
static_assert(sizeof(Request) == 48);

struct Reply {
    std::uint32_t magic;
    std::int32_t error;  // 0 or negative errno
    std::uint32_t payload_len;
    std::uint32_t reserved;
    std::uint64_t value;
};
static_assert(sizeof(Reply) == 24);

// DMA_MAP's segments array: appended to the reply's structure (nr_segments of them); the shim copies it to the
// program's `segments`. get_option's other structures have no pointers.

inline constexpr int kReplyTimeoutMs = 10'000;  // then the verb fails with ETIMEDOUT

}  // namespace bifurc::shim
