// SPDX-License-Identifier: BSD-3-Clause
// Features (ethtool -k, -K). They are the TAP's, which the kernel's stack really uses, but for the one that the NIC
// brings: ntuple filters.
#include <algorithm>
#include <optional>
#include <string_view>

#include "ethtool_netdev.h"
#include "ethtool_parts.h"
#include "shim/protocol.h"

namespace bifurc::sim {
namespace {

constexpr std::string_view kNtupleName = "rx-ntuple-filter";  // the kernel's; ethtool shows it as ntuple-filters
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

// The place of a feature differs between kernels: its name tells. Nothing: this kernel has no such feature.
std::optional<std::size_t> ntuple_bit(Port& port) {
    ethtool_gstrings strings{};
    strings.cmd = ETHTOOL_GSTRINGS;
    strings.string_set = ETH_SS_FEATURES;
    const EthtoolReply names = get_strings(port, answer(strings).payload);
    if (names.error != 0) return std::nullopt;
    const auto* text = reinterpret_cast<const char*>(names.payload.data() + sizeof(strings));
    const std::size_t count = (names.payload.size() - sizeof(strings)) / ETH_GSTRING_LEN;
    for (std::size_t bit = 0; bit < count; ++bit) {
        const char* name = text + bit * ETH_GSTRING_LEN;
        if (std::string_view(name, ::strnlen(name, ETH_GSTRING_LEN)) == kNtupleName) return bit;
    }
    return std::nullopt;
}

void put(std::uint32_t& word, std::uint32_t mask, bool on) { word = on ? word | mask : word & ~mask; }

}  // namespace

EthtoolReply get_legacy_feature(Port& port, Payload payload) {
    ethtool_value value{};
    if (!take(payload, value)) return failed(-EINVAL);
    const int error = netdev_ethtool(port.name(), std::as_writable_bytes(std::span(&value, 1)));
    return error != 0 ? failed(error) : answer(value);
}

EthtoolReply get_flags(Port& port, Payload payload) {
    EthtoolReply reply = get_legacy_feature(port, payload);
    ethtool_value value{};
    if (!take(reply.payload, value)) return reply;
    put(value.data, ETH_FLAG_NTUPLE, port.ntuple());
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

    const std::optional<std::size_t> bit = ntuple_bit(port);
    if (bit && *bit / kBlockBits < features.list.size()) {
        ethtool_get_features_block& block = features.list[*bit / kBlockBits];
        const std::uint32_t mask = 1U << *bit % kBlockBits;
        put(block.available, mask, true);
        put(block.never_changed, mask, false);
        put(block.requested, mask, port.ntuple());
        put(block.active, mask, port.ntuple());
    }
    return {.error = 0, .payload = features.bytes()};
}

EthtoolReply set_features(Port& port, Payload payload) {
    Set features;
    if (!features.take_from(payload)) return failed(-EINVAL);
    std::optional<bool> ntuple;
    const std::optional<std::size_t> bit = ntuple_bit(port);
    if (bit && *bit / kBlockBits < features.list.size()) {
        ethtool_set_features_block& block = features.list[*bit / kBlockBits];
        const std::uint32_t mask = 1U << *bit % kBlockBits;
        if ((block.valid & mask) != 0) ntuple = (block.requested & mask) != 0;
        put(block.valid, mask, false);
        put(block.requested, mask, false);
    }
    // Also without any other feature: the kernel checks the rest of the structure.
    std::vector<std::byte> bytes = features.bytes();
    if (const int error = netdev_ethtool(port.name(), bytes); error != 0) return failed(error);
    if (ntuple && *ntuple != port.ntuple()) return failed(port.set_ntuple(*ntuple));
    return {};
}

}  // namespace bifurc::sim
