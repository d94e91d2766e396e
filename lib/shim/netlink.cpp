// SPDX-License-Identifier: BSD-3-Clause
#include "netlink.h"

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

namespace bifurc::shim {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::size_t aligned(std::size_t len) { return (len + NLMSG_ALIGNTO - 1) & ~std::size_t{NLMSG_ALIGNTO - 1}; }

constexpr std::size_t kHeadersLen = NLMSG_HDRLEN + GENL_HDRLEN;

// The attributes of a message or nest, one after the other; the end is where the next one would not be whole.
class Attributes {
public:
    explicit Attributes(Bytes rest) noexcept : rest_(rest) {}

    bool next() noexcept {
        nlattr header{};
        if (rest_.size() < sizeof(header)) return false;
        std::memcpy(&header, rest_.data(), sizeof(header));
        if (header.nla_len < sizeof(header) || header.nla_len > rest_.size()) return false;
        type_ = header.nla_type & NLA_TYPE_MASK;
        payload_ = rest_.subspan(sizeof(header), header.nla_len - sizeof(header));
        rest_ = rest_.subspan(std::min(aligned(header.nla_len), rest_.size()));
        return true;
    }
    [[nodiscard]] int type() const noexcept { return type_; }
    [[nodiscard]] Bytes payload() const noexcept { return payload_; }

    // The payload of the first attribute of a type; empty if there is none.
    static Bytes find(Bytes all, int type) noexcept {
        Attributes attributes(all);
        while (attributes.next())
            if (attributes.type() == type) return attributes.payload();
        return {};
    }

private:
    Bytes rest_;
    Bytes payload_;
    int type_ = 0;
};

// A string attribute may or may not bring its NUL.
bool is_text(Bytes payload, const char* text) noexcept {
    const std::size_t len = std::strlen(text);
    const bool terminated = payload.size() == len + 1 && payload[len] == std::byte{0};
    return (terminated || payload.size() == len) && std::memcmp(payload.data(), text, len) == 0;
}

// ETHTOOL_A_*_HEADER is attribute 1 of every request of the family (kernel: Documentation/networking/ethtool-netlink).
constexpr int kHeaderAttribute = ETHTOOL_A_LINKINFO_HEADER;

bool find_netdev(Bytes attributes, NetdevReference& netdev) noexcept {
    const Bytes header = Attributes::find(attributes, kHeaderAttribute);
    const Bytes index = Attributes::find(header, ETHTOOL_A_HEADER_DEV_INDEX);
    if (index.size() == sizeof(netdev.ifindex)) std::memcpy(&netdev.ifindex, index.data(), sizeof(netdev.ifindex));
    const Bytes name = Attributes::find(header, ETHTOOL_A_HEADER_DEV_NAME);
    const auto* end = std::find(name.data(), name.data() + name.size(), std::byte{0});
    const auto len = static_cast<std::size_t>(end - name.data());
    if (len < sizeof(netdev.name) && len > 0) std::memcpy(netdev.name, name.data(), len);
    return netdev.ifindex != 0 || netdev.name[0] != '\0';
}

struct Message {
    nlmsghdr header{};
    genlmsghdr generic{};
    Bytes attributes;
};

bool is_refused(const Message& message, NetlinkJudge& judge) noexcept {
    if (message.header.nlmsg_type == GENL_ID_CTRL)
        return message.generic.cmd == CTRL_CMD_GETFAMILY &&
               is_text(Attributes::find(message.attributes, CTRL_ATTR_FAMILY_NAME), ETHTOOL_GENL_NAME) &&
               judge.hides_ethtool_family();
    NetdevReference netdev;
    // The judge's questions cost system calls: what only the message says comes first.
    return message.header.nlmsg_type > GENL_ID_CTRL && find_netdev(message.attributes, netdev) && judge.owns(netdev) &&
           judge.is_ethtool_family(message.header.nlmsg_type);
}

}  // namespace

bool refuse_requests(std::span<std::byte> datagram, NetlinkJudge& judge) noexcept {
    bool changed = false;
    while (datagram.size() >= kHeadersLen) {
        Message message;
        std::memcpy(&message.header, datagram.data(), sizeof(message.header));
        const std::size_t len = message.header.nlmsg_len;
        if (len < NLMSG_HDRLEN || len > datagram.size()) break;
        if (len >= kHeadersLen) {
            std::memcpy(&message.generic, datagram.data() + NLMSG_HDRLEN, sizeof(message.generic));
            message.attributes = datagram.subspan(kHeadersLen, len - kHeadersLen);
            if (is_refused(message, judge)) {
                datagram[NLMSG_HDRLEN + offsetof(genlmsghdr, cmd)] = std::byte{kNoSuchCommand};
                changed = true;
            }
        }
        datagram = datagram.subspan(std::min(aligned(len), datagram.size()));
    }
    return changed;
}

void write_family_query(std::span<std::byte, kFamilyQueryLen> query) noexcept {
    constexpr std::size_t kNameLen = sizeof(ETHTOOL_GENL_NAME);
    static_assert(kHeadersLen + NLA_HDRLEN + aligned(kNameLen) == kFamilyQueryLen);
    const nlmsghdr header{.nlmsg_len = kFamilyQueryLen,
                          .nlmsg_type = GENL_ID_CTRL,
                          .nlmsg_flags = NLM_F_REQUEST,
                          .nlmsg_seq = 1,
                          .nlmsg_pid = 0};
    const genlmsghdr generic{.cmd = CTRL_CMD_GETFAMILY, .version = 1, .reserved = 0};
    const nlattr name{.nla_len = NLA_HDRLEN + kNameLen, .nla_type = CTRL_ATTR_FAMILY_NAME};
    std::ranges::fill(query, std::byte{0});
    std::memcpy(query.data(), &header, sizeof(header));
    std::memcpy(query.data() + NLMSG_HDRLEN, &generic, sizeof(generic));
    std::memcpy(query.data() + kHeadersLen, &name, sizeof(name));
    std::memcpy(query.data() + kHeadersLen + NLA_HDRLEN, ETHTOOL_GENL_NAME, kNameLen);
}

std::uint16_t family_id_in(std::span<const std::byte> answer) noexcept {
    nlmsghdr header{};
    if (answer.size() < kHeadersLen) return 0;
    std::memcpy(&header, answer.data(), sizeof(header));
    if (header.nlmsg_type != GENL_ID_CTRL || header.nlmsg_len < kHeadersLen) return 0;
    const std::size_t len = std::min<std::size_t>(header.nlmsg_len, answer.size());
    const Bytes id = Attributes::find(answer.subspan(kHeadersLen, len - kHeadersLen), CTRL_ATTR_FAMILY_ID);
    std::uint16_t value = 0;
    if (id.size() == sizeof(value)) std::memcpy(&value, id.data(), sizeof(value));
    return value;
}

}  // namespace bifurc::shim
