// SPDX-License-Identifier: BSD-3-Clause
// From a stock packet socket to one that knows the verbs.
#include <sys/ioctl.h>

#include "abi.h"

namespace bifurc::abi {
namespace {

bool needs_attach() {
    const Fd fd = bound();
    bifurc_info info{};
    return get(fd.get(), BIFURC_INFO, info) == ENOPROTOOPT;
}

TEST(Attach, VerbsBeforeItAreUnknownOptions) {
    if (!needs_attach()) GTEST_SKIP() << "this kernel's packet sockets know the verbs by themselves";
    const Fd fd = bound();
    bifurc_split split{};
    EXPECT_EQ(get(fd.get(), BIFURC_SPLIT, split), ENOPROTOOPT);
    EXPECT_EQ(give_back(fd.get()), ENOPROTOOPT);
}

TEST(Attach, TwiceChangesNothing) {
    const Fd fd = open_port();
    ASSERT_EQ(split(fd.get(), 1), 0);
    if (needs_attach()) {
        EXPECT_EQ(attach(fd.get()), 0);
    }
    EXPECT_EQ(info(fd.get()).pairs, 1u);
}

TEST(Attach, NeedsTheNetdevThatTheSocketIsBoundTo) {
    if (!needs_attach()) GTEST_SKIP() << "this kernel's packet sockets know the verbs by themselves";
    const Fd unbound{::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
    EXPECT_NE(attach(unbound.get()), 0);
    const Fd fd = bound();
    EXPECT_EQ(attach(fd.get(), "no-such-netdev"), ENODEV);
}

TEST(Attach, OfASocketThatIsNoPacketSocketIsRefused) {
    if (!needs_attach()) GTEST_SKIP() << "this kernel's packet sockets know the verbs by themselves";
    const Fd udp{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    EXPECT_NE(attach(udp.get()), 0);
}

TEST(Attach, ToADriverThatCannotSplitIsRefused) {
    if (options().other_netdev.empty()) GTEST_SKIP() << "no --other-netdev was given";
    const Fd fd = bound(options().other_netdev);
    const int code = attach(fd.get(), options().other_netdev);
    EXPECT_TRUE(code == EOPNOTSUPP || code == ENOTTY || code == EINVAL) << code;
    bifurc_info info{};
    EXPECT_EQ(get(fd.get(), BIFURC_INFO, info), ENOPROTOOPT);
}

TEST(Attach, WithABadPointerIsEfault) {
    const Fd fd = bound();
    EXPECT_EQ(::ioctl(fd.get(), BIFURC_SIOCATTACH, nullptr), -1);
    EXPECT_EQ(errno, EFAULT);
}

TEST(Info, Describes) {
    const Fd fd = open_port();
    const bifurc_info got = info(fd.get());
    EXPECT_EQ(got.abi_version, static_cast<std::uint32_t>(BIFURC_ABI_VERSION));
    EXPECT_TRUE(got.chip == BIFURC_CHIP_82599 || got.chip == BIFURC_CHIP_82576);
    EXPECT_GT(got.bar_len, 0u);
    EXPECT_EQ(got.bar_len % kPage, 0u);
    EXPECT_GT(got.ring_multiple, 0u);
    EXPECT_LE(got.ring_min, got.ring_max);
    EXPECT_LE(got.pairs_kernel + got.pairs_free, got.pairs_total);
    EXPECT_EQ(got.pairs, 0u);
    EXPECT_LE(got.mtu, got.mtu_max);
    EXPECT_TRUE(got.page_protection == BIFURC_PAGES_SHARED || got.page_protection == BIFURC_PAGES_EXCLUSIVE);
    EXPECT_TRUE(got.dma_protection == BIFURC_DMA_NONE || got.dma_protection == BIFURC_DMA_IOMMU);
}

TEST(Info, OptionsOfNobodyStayUnknown) {
    const Fd fd = open_port();
    bifurc_info unused{};
    EXPECT_EQ(get(fd.get(), BIFURC_RETURN + 1, unused), ENOPROTOOPT);
}

}  // namespace
}  // namespace bifurc::abi
