// SPDX-License-Identifier: BSD-3-Clause
// Generic netlink of the family "ethtool". The kernel would answer such requests for the TAP; programs that meet a
// kernel without the command fall back to SIOCETHTOOL, which the shim carries. So the shim sends a copy of the request
// whose command the kernel does not know, and the kernel itself answers EOPNOTSUPP, with the right sequence number.
//
// Pure functions over one datagram; nothing in it is trusted. Nothing is asked that the message does not say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace bifurc::shim {

inline constexpr std::uint8_t kNoSuchCommand = 0xff;  // of no generic netlink family

// The netdev that a request's header attribute names: by name, by index (0: not given), or both.
struct NetdevReference {
    char name[16] = {};
    std::uint32_t ifindex = 0;
};

// Who answers the questions that a message raises.
class NetlinkJudge {
public:
    // Is this netdev the simulator's?
    virtual bool owns(const NetdevReference& netdev) noexcept = 0;
    // Is this the id of the family "ethtool"?
    virtual bool is_ethtool_family(std::uint16_t id) noexcept = 0;
    // Should this program believe that there is no family "ethtool"?
    virtual bool hides_ethtool_family() noexcept = 0;

protected:
    ~NetlinkJudge() = default;
};

// Changes the datagram's requests that are to be refused. False: it is as it was.
[[nodiscard]] bool refuse_requests(std::span<std::byte> datagram, NetlinkJudge& judge) noexcept;

// CTRL_CMD_GETFAMILY's request for "ethtool" and the id in its answer (0: not there), for the judge.
inline constexpr std::size_t kFamilyQueryLen = 32;
void write_family_query(std::span<std::byte, kFamilyQueryLen> query) noexcept;
[[nodiscard]] std::uint16_t family_id_in(std::span<const std::byte> answer) noexcept;

}  // namespace bifurc::shim
