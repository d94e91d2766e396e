// SPDX-License-Identifier: BSD-3-Clause
// Features (ethtool -k, -K). They are the TAP's, which the kernel's stack really uses, but for those that the NIC
// brings.
#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "ethtool_netdev.h"
#include "ethtool_parts.h"
#include "shim/protocol.h"

namespace bifurc::sim {
namespace {

// By the kernel's names (net/ethtool/common.c), since the place of a feature differs between kernels. Ntuple filters
// are no offload: nothing.
struct NicFeature {
    std::string_view name;
    std::optional<Offload> offload;
};
constexpr std::array kNicFeatures{
    NicFeature{"rx-ntuple-filter", std::nullopt},
    NicFeature{"rx-checksum", Offload::rx_checksum},
    NicFeature{"tx-checksum-ip-generic", Offload::tx_checksum},
    NicFeature{"tx-tcp-segmentation", Offload::tso},
    NicFeature{"tx-tcp6-segmentation", Offload::tso},
    NicFeature{"rx-vlan-hw-parse", Offload::rx_vlan},
    NicFeature{"tx-vlan-hw-insert", Offload::tx_vlan},
    NicFeature{"rx-hashing", Offload::rx_hash},
    NicFeature{"rx-lro", Offload::lro},
};
constexpr unsigned kBlockBits = 32;

// Features come and go as a command, a count and so many blocks.
struct BlocksHead {
    std::uint32_t cmd = 0;
    std::uint32_t size = 0;
};
static_assert(sizeof(BlocksHead) == sizeof(ethtool_gfeatures) && sizeof(BlocksHead) == sizeof(ethtool_sfeatures));

template <typename Block>
struct Blocks {
    BlocksHead head;
    std::vector<Block> list;

    bool take_from(Payload payload) {
        if (!take(payload, head) || (payload.size() - sizeof(head)) / sizeof(Block) < head.size) return false;
        list.resize(head.size);
        if (!list.empty()) std::memcpy(list.data(), payload.data() + sizeof(head), list.size() * sizeof(Block));
        return true;
    }
    [[nodiscard]] std::vector<std::byte> bytes() const {
        EthtoolReply all = answer(head);
        append(all, list.data(), list.size());
        return all.payload;
    }
};

using Get = Blocks<ethtool_get_features_block>;
using Set = Blocks<ethtool_set_features_block>;

struct Place {
    std::size_t bit;
    const NicFeature* feature;
};

// Where this kernel has them; some it may not have.
std::vector<Place> places_of_nic_features(Port& port) {
    std::vector<Place> places;
    ethtool_gstrings strings{};
    strings.cmd = ETHTOOL_GSTRINGS;
    strings.string_set = ETH_SS_FEATURES;
    const EthtoolReply names = get_strings(port, answer(strings).payload);
    if (names.error != 0) return places;
    const auto* text = reinterpret_cast<const char*>(names.payload.data() + sizeof(strings));
    const std::size_t count = (names.payload.size() - sizeof(strings)) / ETH_GSTRING_LEN;
    for (std::size_t bit = 0; bit < count; ++bit) {
        const char* name = text + bit * ETH_GSTRING_LEN;
        const std::string_view given(name, ::strnlen(name, ETH_GSTRING_LEN));
        const auto* feature = std::ranges::find(kNicFeatures, given, &NicFeature::name);
        if (feature != kNicFeatures.end()) places.push_back({bit, feature});
    }
    return places;
}

bool is_on(const Port& port, const NicFeature& feature) {
    return feature.offload ? port.offload(*feature.offload) : port.ntuple();
}

int switch_feature(Port& port, const NicFeature& feature, bool on) {
    if (is_on(port, feature) == on) return 0;
    if (!feature.offload) return port.set_ntuple(on);
    port.set_offload(*feature.offload, on);
    return 0;
}

void put(std::uint32_t& word, std::uint32_t mask, bool on) { word = on ? word | mask : word & ~mask; }

}  // namespace

// One word about one feature: the NIC's offloads, or what the TAP says.
EthtoolReply get_legacy_feature(Port& port, Payload payload) {
    ethtool_value value{};
    if (!take(payload, value)) return failed(-EINVAL);
    const auto answer_with = [&](Offload which) {
        value.data = port.offload(which) ? 1 : 0;
        return answer(value);
    };
    if (value.cmd == ETHTOOL_GRXCSUM) return answer_with(Offload::rx_checksum);
    if (value.cmd == ETHTOOL_GTXCSUM) return answer_with(Offload::tx_checksum);
    if (value.cmd == ETHTOOL_GTSO) return answer_with(Offload::tso);
    const int error = netdev_ethtool(port.name(), std::as_writable_bytes(std::span(&value, 1)));
    return error != 0 ? failed(error) : answer(value);
}

EthtoolReply get_flags(Port& port, Payload payload) {
    EthtoolReply reply = get_legacy_feature(port, payload);
    ethtool_value value{};
    if (!take(reply.payload, value)) return reply;
    put(value.data, ETH_FLAG_NTUPLE, port.ntuple());
    put(value.data, ETH_FLAG_RXVLAN, port.offload(Offload::rx_vlan));
    put(value.data, ETH_FLAG_TXVLAN, port.offload(Offload::tx_vlan));
    put(value.data, ETH_FLAG_RXHASH, port.offload(Offload::rx_hash));
    put(value.data, ETH_FLAG_LRO, port.offload(Offload::lro));
    return answer(value);
}

EthtoolReply get_features(Port& port, Payload payload) {
    BlocksHead asked;
    if (!take(payload, asked)) return failed(-EINVAL);
    constexpr std::uint32_t kMaxBlocks = 64;  // no kernel is near it; the answer says how many it has
    Get features;
    features.head = {.cmd = ETHTOOL_GFEATURES, .size = std::min(asked.size, kMaxBlocks)};
    features.list.resize(features.head.size);
    std::vector<std::byte> bytes = features.bytes();
    if (const int error = netdev_ethtool(port.name(), bytes); error != 0) return failed(error);
    const std::size_t len = features.list.size() * sizeof(ethtool_get_features_block);
    if (len != 0) std::memcpy(features.list.data(), bytes.data() + sizeof(features.head), len);
    std::memcpy(&features.head, bytes.data(), sizeof(features.head));

    for (const Place& place : places_of_nic_features(port)) {
        if (place.bit / kBlockBits >= features.list.size()) continue;
        ethtool_get_features_block& block = features.list[place.bit / kBlockBits];
        const std::uint32_t mask = 1U << place.bit % kBlockBits;
        const bool on = is_on(port, *place.feature);
        put(block.available, mask, true);
        put(block.never_changed, mask, false);
        put(block.requested, mask, on);
        put(block.active, mask, on);
    }
    return {.error = 0, .payload = features.bytes()};
}

EthtoolReply set_features(Port& port, Payload payload) {
    Set features;
    if (!features.take_from(payload)) return failed(-EINVAL);
    struct Wish {
        const NicFeature* feature;
        bool on;
    };
    std::vector<Wish> wishes;
    for (const Place& place : places_of_nic_features(port)) {
        if (place.bit / kBlockBits >= features.list.size()) continue;
        ethtool_set_features_block& block = features.list[place.bit / kBlockBits];
        const std::uint32_t mask = 1U << place.bit % kBlockBits;
        if ((block.valid & mask) != 0) wishes.push_back({place.feature, (block.requested & mask) != 0});
        put(block.valid, mask, false);
        put(block.requested, mask, false);
    }
    // Also without any other feature: the kernel checks the rest of the structure.
    std::vector<std::byte> bytes = features.bytes();
    if (const int error = netdev_ethtool(port.name(), bytes); error != 0) return failed(error);
    for (const Wish& wish : wishes)
        if (const int error = switch_feature(port, *wish.feature, wish.on); error != 0) return failed(error);
    return {};
}

}  // namespace bifurc::sim
