// SPDX-License-Identifier: BSD-3-Clause
#include "netlink.h"

#include <gtest/gtest.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bifurc::shim {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::uint16_t kEthtoolFamily = 21;
constexpr std::uint16_t kOtherFamily = 30;

void pad(Bytes& bytes) { bytes.resize(NLMSG_ALIGN(bytes.size())); }

Bytes attribute(std::uint16_t type, const void* data, std::size_t len) {
    const nlattr header{static_cast<std::uint16_t>(NLA_HDRLEN + len), type};
    Bytes bytes(NLA_HDRLEN + len);
    std::memcpy(bytes.data(), &header, sizeof(header));
    if (len != 0) std::memcpy(bytes.data() + NLA_HDRLEN, data, len);
    pad(bytes);
    return bytes;
}

Bytes text(std::uint16_t type, const char* value) { return attribute(type, value, std::strlen(value) + 1); }

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Bytes message(std::uint16_t family, std::uint8_t cmd, const Bytes& attributes) {
    const nlmsghdr header{static_cast<std::uint32_t>(NLMSG_HDRLEN + GENL_HDRLEN + attributes.size()), family,
                          NLM_F_REQUEST | NLM_F_ACK, 7, 0};
    const genlmsghdr generic{cmd, 1, 0};
    Bytes bytes(NLMSG_HDRLEN + GENL_HDRLEN);
    std::memcpy(bytes.data(), &header, sizeof(header));
    std::memcpy(bytes.data() + NLMSG_HDRLEN, &generic, sizeof(generic));
    return bytes + attributes;
}

Bytes header_nest(const Bytes& inside) {
    return attribute(ETHTOOL_A_LINKINFO_HEADER | NLA_F_NESTED, inside.data(), inside.size());
}

Bytes request_for(const char* netdev, std::uint16_t family = kEthtoolFamily) {
    return message(family, ETHTOOL_MSG_FEATURES_SET, header_nest(text(ETHTOOL_A_HEADER_DEV_NAME, netdev)));
}

std::uint8_t cmd_of(const Bytes& message) { return static_cast<std::uint8_t>(message[NLMSG_HDRLEN]); }

class Judge final : public NetlinkJudge {
public:
    bool owns(const NetdevReference& netdev) noexcept override {
        asked++;
        return std::string_view(netdev.name) == "eth0" || netdev.ifindex == 5;
    }
    bool is_ethtool_family(std::uint16_t id) noexcept override { return id == kEthtoolFamily; }
    bool hides_ethtool_family() noexcept override { return hides; }

    bool hides = false;
    int asked = 0;
};

TEST(Netlink, ARequestForASimulatedNetdevLosesItsCommandAndNothingElse) {
    Judge judge;
    const Bytes before = request_for("eth0");
    Bytes after = before;
    ASSERT_TRUE(refuse_requests(after, judge));
    EXPECT_EQ(cmd_of(after), kNoSuchCommand);
    after[NLMSG_HDRLEN] = before[NLMSG_HDRLEN];
    EXPECT_EQ(after, before);
}

TEST(Netlink, TheNetdevMayBeNamedByIndex) {
    Judge judge;
    const std::uint32_t index = 5;
    Bytes bytes = message(kEthtoolFamily, ETHTOOL_MSG_LINKINFO_GET,
                          header_nest(attribute(ETHTOOL_A_HEADER_DEV_INDEX, &index, sizeof(index))));
    EXPECT_TRUE(refuse_requests(bytes, judge));
}

TEST(Netlink, ANameNeedsNoTerminator) {
    Judge judge;
    Bytes bytes =
        message(kEthtoolFamily, ETHTOOL_MSG_LINKINFO_GET, header_nest(attribute(ETHTOOL_A_HEADER_DEV_NAME, "eth0", 4)));
    EXPECT_TRUE(refuse_requests(bytes, judge));
}

TEST(Netlink, EverythingElseIsLeftAlone) {
    const auto untouched = [](Bytes bytes) {
        Judge judge;
        const Bytes before = bytes;
        return !refuse_requests(bytes, judge) && bytes == before;
    };
    EXPECT_TRUE(untouched(request_for("lo")));
    EXPECT_TRUE(untouched(request_for("eth00")));
    EXPECT_TRUE(untouched(request_for("eth0", kOtherFamily))) << "nl80211 and others";
    EXPECT_TRUE(untouched(request_for("eth0", NLMSG_DONE)));
    EXPECT_TRUE(untouched(request_for("a-name-beyond-any-netdevs-own")));
    EXPECT_TRUE(untouched(message(kEthtoolFamily, ETHTOOL_MSG_LINKINFO_GET, {}))) << "a dump of all netdevs";
    EXPECT_TRUE(untouched(message(kEthtoolFamily, ETHTOOL_MSG_LINKINFO_GET, header_nest({}))));
    EXPECT_TRUE(untouched(message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, text(CTRL_ATTR_FAMILY_NAME, "ethtool"))));
    EXPECT_TRUE(untouched({}));
}

TEST(Netlink, OnlyTheMessageIsReadWhereItSaysEnough) {
    Judge judge;
    Bytes bytes = message(kEthtoolFamily, ETHTOOL_MSG_LINKINFO_GET, {});
    ASSERT_FALSE(refuse_requests(bytes, judge));
    EXPECT_EQ(judge.asked, 0);
}

TEST(Netlink, EachMessageOfADatagramIsJudgedAlone) {
    Judge judge;
    const Bytes first = request_for("lo");
    const Bytes last = request_for("eth0");
    Bytes bytes = first + last + first;
    ASSERT_TRUE(refuse_requests(bytes, judge));
    EXPECT_EQ(static_cast<std::uint8_t>(bytes[NLMSG_HDRLEN]), ETHTOOL_MSG_FEATURES_SET);
    EXPECT_EQ(static_cast<std::uint8_t>(bytes[first.size() + NLMSG_HDRLEN]), kNoSuchCommand);
    EXPECT_EQ(static_cast<std::uint8_t>(bytes[first.size() + last.size() + NLMSG_HDRLEN]), ETHTOOL_MSG_FEATURES_SET);
}

TEST(Netlink, TheFamilyIsHiddenFromWhoMustNotSeeIt) {
    Judge judge;
    judge.hides = true;
    Bytes query = message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, text(CTRL_ATTR_FAMILY_NAME, "ethtool"));
    EXPECT_TRUE(refuse_requests(query, judge));
    Bytes other = message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, text(CTRL_ATTR_FAMILY_NAME, "ethtool2"));
    EXPECT_FALSE(refuse_requests(other, judge));
    Bytes policy = message(GENL_ID_CTRL, CTRL_CMD_GETPOLICY, text(CTRL_ATTR_FAMILY_NAME, "ethtool"));
    EXPECT_FALSE(refuse_requests(policy, judge));
}

// The vector's exact size is what the address sanitizer guards.
TEST(Netlink, ADatagramCutAnywhereIsSafe) {
    Judge judge;
    const Bytes whole = request_for("lo") + request_for("eth0");
    for (std::size_t len = 0; len < whole.size(); len++) {
        Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(len));
        EXPECT_FALSE(refuse_requests(cut, judge)) << len;
    }
}

TEST(Netlink, LengthsThatLieAreSafe) {
    const Bytes whole = request_for("eth0");
    for (std::size_t at = 0; at + 2 <= whole.size(); at += 2) {
        for (const std::uint16_t lie : {0, 1, 3, 4, 5, 0x7fff, 0xffff}) {
            Judge judge;
            Bytes bytes = whole;
            std::memcpy(bytes.data() + at, &lie, sizeof(lie));
            Bytes after = bytes;
            const bool changed = refuse_requests(after, judge);
            EXPECT_TRUE(changed || after == bytes);
        }
    }
}

TEST(Netlink, NoiseIsSafe) {
    std::minstd_rand random(1);
    for (int round = 0; round < 20'000; round++) {
        Judge judge;
        judge.hides = true;
        Bytes bytes = request_for("eth0");
        for (int i = 0; i < 3; i++) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        bytes.resize(random() % (bytes.size() + 1));
        (void)refuse_requests(bytes, judge);
    }
}

TEST(Netlink, TheFamilyQueryIsOneAndItsAnswerIsUnderstood) {
    Judge judge;
    judge.hides = true;
    Bytes query(kFamilyQueryLen);
    write_family_query(std::span<std::byte, kFamilyQueryLen>(query));
    EXPECT_TRUE(refuse_requests(query, judge));

    const std::uint16_t id = 21;
    const Bytes answer = message(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY,
                                 text(CTRL_ATTR_FAMILY_NAME, "ethtool") + attribute(CTRL_ATTR_FAMILY_ID, &id, 2));
    EXPECT_EQ(family_id_in(answer), id);
    for (std::size_t len = 0; len + 4 < answer.size(); len++) EXPECT_EQ(family_id_in(std::span(answer).first(len)), 0);
    EXPECT_EQ(family_id_in(message(NLMSG_ERROR, 0, attribute(CTRL_ATTR_FAMILY_ID, &id, 2))), 0);
}

}  // namespace
}  // namespace bifurc::shim
