// SPDX-License-Identifier: BSD-3-Clause
// From a name or a handed-over socket to a socket that knows the verbs, or the errno that says why not.
#include "bifurc/attach.h"

#include <gtest/gtest.h>

#include "fake_kernel.h"

namespace bifurc::client {
namespace {

TEST(OpenSocket, AttachesAStockSocketUnderItsNameAndAsksAgain) {
    FakeKernel kernel;
    const auto attached = open_socket(kernel, "eth0");
    ASSERT_TRUE(attached.ok());
    EXPECT_EQ(kernel.attached_as, "eth0");
    EXPECT_STREQ(attached.value().iface, "eth0");
    EXPECT_EQ(attached.value().info.pairs_free, 32u);
    EXPECT_EQ(kernel.open.count(attached.value().fd), 1u);
    kernel.close(attached.value().fd);
}

TEST(OpenSocket, NeedsNoAttachWhereTheKernelKnowsTheVerbs) {
    FakeKernel kernel;
    kernel.attached = true;
    const auto attached = open_socket(kernel, "eth0");
    ASSERT_TRUE(attached.ok());
    EXPECT_EQ(kernel.attached_as, "");
    kernel.close(attached.value().fd);
}

struct Refusal {
    const char* what;
    std::function<void(FakeKernel&)> arrange;
    int code;
    const char* iface = "eth0";
};

// What is given may be an alternative name, longer than names are; attaching goes by the name proper.
TEST(OpenSocket, TakesAlternativeNames) {
    FakeKernel kernel;
    kernel.alternative_name = std::string(127, 'x');
    const auto attached = open_socket(kernel, kernel.alternative_name.c_str());
    ASSERT_TRUE(attached.ok());
    EXPECT_STREQ(attached.value().iface, "eth0");
}

class OpenRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(OpenRefusal, HasItsErrnoAndLeavesNoSocket) {
    FakeKernel kernel;
    GetParam().arrange(kernel);
    EXPECT_EQ(open_socket(kernel, GetParam().iface).code(), GetParam().code);
    EXPECT_TRUE(kernel.open.empty());
}

bifurc_info other_version() {
    bifurc_info info = good_info();
    info.abi_version = BIFURC_ABI_VERSION + 1;
    return info;
}

const std::string kTooLong(128, 'x');

const Refusal kRefusals[] = {
    {"empty_name", [](FakeKernel&) {}, EINVAL, ""},
    {"long_name", [](FakeKernel&) {}, EINVAL, kTooLong.c_str()},
    {"no_netdev", [](FakeKernel&) {}, ENODEV, "eth1"},
    {"no_socket", [](FakeKernel& k) { k.socket_answer = -EPERM; }, EPERM},
    {"gone_before_bind", [](FakeKernel& k) { k.bind_answer = -ENXIO; }, ENODEV},
    {"stock_driver_opnotsupp", [](FakeKernel& k) { k.attach_answer = -EOPNOTSUPP; }, EOPNOTSUPP},
    {"stock_driver_notty", [](FakeKernel& k) { k.attach_answer = -ENOTTY; }, EOPNOTSUPP},
    {"stock_driver_inval", [](FakeKernel& k) { k.attach_answer = -EINVAL; }, EOPNOTSUPP},
    {"no_capability", [](FakeKernel& k) { k.attach_answer = -EPERM; }, EPERM},
    {"ioctl_of_somebody_else", [](FakeKernel& k) { k.get.erase(BIFURC_INFO); }, EOPNOTSUPP},
    {"other_version", [](FakeKernel& k) { k.answer(BIFURC_INFO, other_version()); }, EPROTONOSUPPORT},
    {"older_structures", [](FakeKernel& k) { k.refuse(BIFURC_INFO, E2BIG); }, E2BIG},
};
INSTANTIATE_TEST_SUITE_P(All, OpenRefusal, testing::ValuesIn(kRefusals),
                         [](const auto& info) { return info.param.what; });

// INFO's numbers become lengths, divisors and bounds: nonsense must not get that far.
struct Nonsense {
    const char* what;
    void (*spoil)(bifurc_info&);
};
class InfoNonsense : public testing::TestWithParam<Nonsense> {};

TEST_P(InfoNonsense, IsRefused) {
    FakeKernel kernel;
    bifurc_info info = good_info();
    GetParam().spoil(info);
    kernel.answer(BIFURC_INFO, info);
    EXPECT_EQ(open_socket(kernel, "eth0").code(), EPROTO);
}

const Nonsense kNonsense[] = {
    {"no_bar", [](bifurc_info& i) { i.bar_len = 0; }},
    {"ragged_bar", [](bifurc_info& i) { i.bar_len = kBarLen + 1; }},
    {"endless_bar", [](bifurc_info& i) { i.bar_len = std::uint64_t{1} << 62; }},
    {"ring_multiple_zero", [](bifurc_info& i) { i.ring_multiple = 0; }},
    {"ring_min_zero", [](bifurc_info& i) { i.ring_min = 0; }},
    {"ring_min_above_max", [](bifurc_info& i) { i.ring_min = i.ring_max + 1; }},
    {"kernel_has_more_than_all", [](bifurc_info& i) { i.pairs_kernel = i.pairs_total + 1; }},
    {"free_more_than_all", [](bifurc_info& i) { i.pairs_free = i.pairs_total + 1; }},
    {"split_beyond_all", [](bifurc_info& i) { i.first = 63, i.pairs = 2; }},
    {"split_wraps", [](bifurc_info& i) { i.first = 0xffffffff, i.pairs = 2; }},
    {"driver_without_end", [](bifurc_info& i) { std::memset(i.driver, 'x', sizeof(i.driver)); }},
    {"address_without_end", [](bifurc_info& i) { std::memset(i.pci_address, '0', sizeof(i.pci_address)); }},
};
INSTANTIATE_TEST_SUITE_P(All, InfoNonsense, testing::ValuesIn(kNonsense),
                         [](const auto& info) { return info.param.what; });

TEST(OpenSocket, RefusesAnAnswerThatIsShorterThanVersionOne) {
    FakeKernel kernel;
    kernel.get[BIFURC_INFO] = [](void* value, socklen_t* len) {
        const bifurc_info info = good_info();
        std::memcpy(value, &info, sizeof(info));
        *len = sizeof(info) - 1;
        return 0;
    };
    EXPECT_EQ(open_socket(kernel, "eth0").code(), EPROTO);
}

TEST(AdoptSocket, LearnsTheNetdevFromInfo) {
    FakeKernel kernel;
    kernel.attached = true;
    kernel.bound_answer = -EOPNOTSUPP;  // getsockname need not work on an attached socket
    char iface[16] = "";
    const auto attached = adopt_socket(kernel, kernel.backing(), iface);
    ASSERT_TRUE(attached.ok());
    EXPECT_STREQ(attached.value().iface, "eth0");
    kernel.close(attached.value().fd);
}

TEST(AdoptSocket, AttachesOneThatIsNotYet) {
    FakeKernel kernel;
    char iface[16] = "";
    const auto attached = adopt_socket(kernel, kernel.backing(), iface);
    ASSERT_TRUE(attached.ok());
    EXPECT_EQ(kernel.attached_as, "eth0");
    kernel.close(attached.value().fd);
}

TEST(AdoptSocket, ClosesWhatItCannotUse) {
    FakeKernel kernel;
    char iface[16] = "";
    kernel.bound_answer = -ENOTSOCK;
    EXPECT_EQ(adopt_socket(kernel, kernel.backing(), iface).code(), ENOTSOCK);
    kernel.bound_answer = 0;  // bound to no netdev
    EXPECT_EQ(adopt_socket(kernel, kernel.backing(), iface).code(), ENODEV);
    EXPECT_TRUE(kernel.open.empty());
    EXPECT_EQ(adopt_socket(kernel, -1, iface).code(), EBADF);
}

}  // namespace
}  // namespace bifurc::client
