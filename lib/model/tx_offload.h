// SPDX-License-Identifier: BSD-3-Clause
// What the NIC does to a frame before it goes out: checksums, segmentation, VLAN tag, padding. 82599 DS 7.2.3 to 7.2.5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "packet.h"

namespace bifurc::model {

// A context descriptor, DS 7.2.3.2.3.
struct TxContext {
    std::uint32_t mac_len = 0;
    std::uint32_t ip_len = 0;
    std::uint16_t vlan = 0;
    bool ipv4 = false;
    L4 l4 = L4::none;
    std::uint32_t l4_len = 0;
    std::uint32_t mss = 0;
};

[[nodiscard]] TxContext decode_context(std::uint32_t vlan_macip_lens, std::uint32_t type_tucmd,
                                       std::uint32_t mss_l4len_idx) noexcept;

// What the first data descriptor of a packet asks for.
inline constexpr std::size_t kShortestFrame = 60;  // without CRC; HLREG0.TXPADEN is on in every mode that drivers use

struct TxRequest {
    bool ip_checksum = false;
    bool l4_checksum = false;
    bool segment = false;
    bool vlan_insert = false;
    std::uint16_t vlan = 0;
    std::optional<std::size_t> payload_len;  // PAYLEN; a legacy descriptor has none
};

// Nothing but padding.
[[nodiscard]] inline bool plain(const TxRequest& request) noexcept {
    return !request.ip_checksum && !request.l4_checksum && !request.segment && !request.vlan_insert;
}
// The headers' lengths and the packet's agree with the request.
[[nodiscard]] bool possible(const TxContext& context, const TxRequest& request, std::size_t frame_len) noexcept;
// How many frames the packet becomes.
[[nodiscard]] std::size_t segments(const TxContext& context, const TxRequest& request, std::size_t frame_len) noexcept;
// Makes the i-th of them in `out`, which is overwritten. Requires possible().
void make_segment(const TxContext& context, const TxRequest& request, Bytes packet, std::size_t i,
                  std::vector<std::byte>& out);

}  // namespace bifurc::model
