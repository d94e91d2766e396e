// SPDX-License-Identifier: BSD-3-Clause
// Every failure is one sentence that names the netdev, the cause and the remedy.
#include "bifurc/sentence.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include <cerrno>
#include <string>

namespace bifurc::client {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }

Facts facts(std::uint32_t first, std::uint32_t pairs, std::uint32_t kernel, std::uint32_t free) {
    Facts facts;
    facts.iface = "eth0";
    facts.first = first;
    facts.pairs = pairs;
    facts.va = 0x7f0000001000;
    facts.len = 8192;
    facts.pairs_total = 64;
    facts.pairs_kernel = kernel;
    facts.pairs_free = free;
    facts.capabilities = kAll;
    return facts;
}

std::string say(Verb verb, int code, const Facts& what) {
    rte_bifurc_error err;
    EXPECT_EQ(explain(verb, code, what, &err), -code);
    EXPECT_EQ(err.code, -code);
    return err.text;
}

struct Case {
    const char* name;
    Verb verb;
    int code;
    Facts facts;
    const char* text;
};

class Sentence : public testing::TestWithParam<Case> {};

TEST_P(Sentence, NamesCauseAndRemedy) {
    EXPECT_EQ(say(GetParam().verb, GetParam().code, GetParam().facts), GetParam().text);
}

const Facts kPlain = facts(32, 2, 32, 32);
const Facts kAny = facts(BIFURC_FIRST_ANY, 8, 62, 2);

Facts in_a_mode_of_the_driver() {
    Facts what = facts(BIFURC_FIRST_ANY, 1, 8, 0);
    what.pairs_total = 8;
    what.all_owned = true;
    return what;
}

Facts with_capabilities(std::uint64_t effective) {
    Facts what = kPlain;
    what.capabilities = effective;
    return what;
}

Facts in_a_user_namespace_of_its_own() {
    Facts what = kPlain;
    what.own_user_namespace = true;
    return what;
}

Facts in_a_locked_down_kernel() {
    Facts what = kPlain;
    what.lockdown = "integrity";
    return what;
}

const Case kCases[] = {
    {"bad_name", Verb::open, EINVAL, kPlain,
     "'eth0' cannot be a netdev's name: give 1 to 127 characters, as `ip link` shows them"},
    {"no_netdev", Verb::open, ENODEV, kPlain,
     "eth0: there is no such netdev in this network namespace; `ip link` lists those that there are"},
    {"no_packet_sockets", Verb::open, EAFNOSUPPORT, kPlain,
     "eth0: this kernel has no packet sockets; load them with `modprobe af_packet`"},
    {"adopt_closed", Verb::open, EBADF, kPlain,
     "the socket handed over is not open in this process; pass it with SCM_RIGHTS"},
    {"adopt_other", Verb::open, ENOTSOCK, kPlain,
     "the descriptor handed over is not a packet socket; pass the one of rte_bifurc_fd"},
    {"files", Verb::open, EMFILE, kPlain,
     "eth0: this process has too many files open; raise the limit with `ulimit -n`"},
    {"cannot_split", Verb::open, EOPNOTSUPP, kPlain,
     "eth0: its driver cannot split queue pairs; choose a netdev that `bifurc-ctl list` shows as able, or load the "
     "driver with bifurc support"},
    {"all_capabilities_missing", Verb::open, EPERM, with_capabilities(0),
     "eth0: borrowing queues needs CAP_NET_RAW and CAP_NET_ADMIN and CAP_SYS_RAWIO, which this process lacks; run it "
     "with `sudo`, or once `sudo setcap cap_net_raw,cap_net_admin,cap_sys_rawio+ep PROGRAM`"},
    {"one_capability_missing", Verb::split, EPERM, with_capabilities(kAll & ~bit(CAP_SYS_RAWIO)),
     "eth0: borrowing queues needs CAP_SYS_RAWIO, which this process lacks; run it with `sudo`, or once `sudo setcap "
     "cap_net_raw,cap_net_admin,cap_sys_rawio+ep PROGRAM`"},
    {"capability_for_attaching_missing", Verb::open, EPERM, with_capabilities(kAll & ~bit(CAP_NET_ADMIN)),
     "eth0: borrowing queues needs CAP_NET_ADMIN, which this process lacks; run it with `sudo`, or once `sudo setcap "
     "cap_net_raw,cap_net_admin,cap_sys_rawio+ep PROGRAM`"},
    {"other_user_namespace_without_rawio", Verb::open, EPERM, with_capabilities(kAll & ~bit(CAP_SYS_RAWIO)),
     "eth0: this process's capabilities do not reach the user namespace that the netdev belongs to; run it as root of "
     "the machine, outside of the container"},
    {"locked_down", Verb::split, EPERM, in_a_locked_down_kernel(),
     "eth0: this kernel is locked down (integrity) and lets no program drive a NIC's queues; switch Secure Boot off, "
     "or boot without lockdown=integrity"},
    {"locked_down_meanwhile", Verb::map, EPERM, in_a_locked_down_kernel(),
     "eth0: this kernel is locked down (integrity) and lets no program drive a NIC's queues; switch Secure Boot off, "
     "or boot without lockdown=integrity"},
    {"own_user_namespace", Verb::split, EPERM, in_a_user_namespace_of_its_own(),
     "eth0: this process is in a user namespace of its own, and only the initial one's CAP_NET_ADMIN and CAP_SYS_RAWIO "
     "count for driving a NIC's queues; run it as root of the machine, outside of the container"},
    {"attached_without_rights", Verb::split, EPERM, kPlain,
     "eth0: the process that attached this socket lacked CAP_NET_ADMIN or CAP_SYS_RAWIO in the initial user namespace, "
     "and the socket cannot gain them; let a process that has both open the netdev anew, or see `dmesg` if this one has: "
     "the kernel may be locked down"},
    {"other_user_namespace", Verb::open, EPERM, kPlain,
     "eth0: this process's capabilities do not reach the user namespace that the netdev belongs to; run it as root of "
     "the machine, outside of the container"},
    {"other_version", Verb::open, EPROTONOSUPPORT, kPlain,
     "eth0: its driver speaks another version of the bifurc ABI than this library's 1; install the libbifurc that came "
     "with the driver"},
    {"older_driver", Verb::info, E2BIG, kPlain,
     "eth0: its driver speaks an older bifurc ABI than this library's 1; update the driver"},
    {"nonsense", Verb::map, EPROTO, kPlain,
     "eth0: its driver answered what makes no sense in bifurc ABI 1, so nothing of it was used; install driver and "
     "library of the same release"},
    {"kernel_can_free", Verb::split, ENOSPC, kAny,
     "eth0: 8 queue pairs were asked for and 2 are free; free some of the kernel's 62 with `ethtool -L eth0 combined "
     "56`"},
    {"all_owned", Verb::split, ENOSPC, in_a_mode_of_the_driver(),
     "eth0: the port is in a mode (DCB, SR-IOV or L2 forwarding offload) in which all queues are its driver's; switch "
     "that off: `bifurc-ctl doctor eth0` says how"},
    {"kernel_cannot_free", Verb::split, ENOSPC, facts(BIFURC_FIRST_ANY, 60, 32, 2),
     "eth0: 60 queue pairs were asked for, 2 of the NIC's 64 are free and the kernel keeps 32; ask for fewer, or close "
     "other programs that hold some"},
    {"free_is_scattered", Verb::split, ENOSPC, facts(BIFURC_FIRST_ANY, 8, 32, 20),
     "eth0: 20 queue pairs are free, but no 8 neighbouring ones; ask for fewer, or close other programs that hold "
     "some"},
    {"taken_by_kernel", Verb::split, EBUSY, facts(16, 2, 32, 32),
     "eth0: queue pair 16 is the kernel's, which owns 0 to 31; ask for 32 or above, or free it with `ethtool -L eth0 "
     "combined 16`"},
    {"taken", Verb::split, EBUSY, facts(40, 2, 32, 30),
     "eth0: queue pairs 40 to 41 are taken, by the kernel or by another program; leave `first` out to get any that are "
     "free"},
    {"too_many_sockets", Verb::open, EUSERS, kPlain,
     "eth0: no more sockets can be attached to it; end programs that hold some, `ss -0` shows them"},
    {"split_twice", Verb::split, EALREADY, kPlain,
     "eth0: this handle holds queue pairs already; give them back first, or open another handle"},
    {"not_isolated", Verb::split, EACCES, kPlain,
     "eth0: isolation=strict was asked for and cannot be had, because register pages would be shared or no IOMMU "
     "confines this NIC alone; see `bifurc-ctl doctor eth0`, or leave out isolation=strict"},
    {"no_pairs_asked", Verb::split, EINVAL, facts(BIFURC_FIRST_ANY, 0, 32, 32),
     "eth0: no queue pairs were asked for; ask for 1 or more"},
    {"beyond_the_nic", Verb::split, EINVAL, facts(63, 2, 32, 32),
     "eth0: the NIC has 64 queue pairs, and 2 from 63 on go beyond them; ask for fewer or lower ones"},
    {"more_than_the_nic_has", Verb::split, EINVAL, facts(BIFURC_FIRST_ANY, 100, 32, 32),
     "eth0: 100 queue pairs were asked for and the NIC has 64; ask for fewer"},
    {"down", Verb::split, ENETDOWN, kPlain, "eth0: the netdev is down; bring it up with `ip link set eth0 up`"},
    {"reset", Verb::sync, ENETRESET, kPlain,
     "eth0: the kernel has reset the queues meanwhile; map the registers again and set the queues up anew"},
    {"no_split_yet", Verb::map, ENOTCONN, kPlain, "eth0: this handle holds no queue pairs; split some first"},
    {"no_address_space", Verb::map, ENOMEM, kPlain,
     "eth0: there is no address space for the register window; raise the limit with `ulimit -v unlimited`"},
    {"not_pinnable", Verb::dma_map, EFAULT, kPlain,
     "eth0: the 8192 bytes at 0x7f0000001000 cannot be pinned for the device; give memory that this process may write, "
     "mapped in full, and not of a file outside of tmpfs and hugetlbfs"},
    {"lock_limit", Verb::dma_map, ENOMEM, kPlain,
     "eth0: pinning 8192 bytes at 0x7f0000001000 goes beyond what this user may lock, all of the user's programs taken "
     "together, or memory is short; raise the limit with `ulimit -l unlimited`, or end another program"},
    {"no_range", Verb::dma_map, EINVAL, kPlain,
     "eth0: 8192 bytes at 0x7f0000001000 are no range of memory; give one that is not empty"},
    {"never_mapped", Verb::dma_unmap, ENOENT, kPlain,
     "eth0: 8192 bytes at 0x7f0000001000 were never mapped for the device; unmap just what one dma_map call was "
     "given"},
    {"sync_of_others", Verb::sync, EINVAL, kPlain,
     "eth0: not all of the 2 queue pairs from 32 on belong to this handle; name those that split answered"},
    {"interrupt_of_others", Verb::eventfd, EINVAL, kPlain,
     "eth0: queue pair 32 does not belong to this handle, or the descriptor is no eventfd; check both"},
    {"eventfd_closed", Verb::eventfd, EBADF, kPlain,
     "eth0: the eventfd for queue pair 32 is not open; pass one of eventfd(2)"},
    {"no_interrupts", Verb::eventfd, EOPNOTSUPP, kPlain,
     "eth0: the driver gives split queues no interrupts; poll the queues instead"},
    {"stats_of_others", Verb::stats, EINVAL, kPlain,
     "eth0: queue pair 32 does not belong to this handle; name one of those that split answered"},
    {"no_stats", Verb::stats, EOPNOTSUPP, kPlain,
     "eth0: the driver keeps no counters of split queues; do without them"},
    {"filter_refused", Verb::filter, EINVAL, kPlain,
     "eth0: the netdev takes no such address filter; check the MAC address"},
    {"filter_unknown", Verb::filter, ENOENT, kPlain,
     "eth0: this MAC address was not added by this handle; remove only what was added"},
    {"filter_full", Verb::filter, ENOSPC, kPlain,
     "eth0: the netdev has no room for one more address; remove one, or use promiscuous"},
    {"memberships_full", Verb::filter, ENOBUFS, kPlain,
     "eth0: this socket may hold no more memberships; raise the limit with `sysctl net.core.optmem_max`"},
    {"slow_device", Verb::give_back, ETIMEDOUT, kPlain,
     "eth0: the device did not finish in time; see `dmesg`, and reset it with `ip link set eth0 down` and `up`"},
    {"gone", Verb::events, ENODEV, kPlain,
     "eth0: the netdev is gone; close this handle and open it again once it is back"},
    {"memory", Verb::info, ENOMEM, kPlain, "eth0: memory is short; free some and try again"},
    {"errno_that_the_abi_does_not_know", Verb::split, EXDEV, kPlain,
     "eth0: unexpected error: Invalid cross-device link; see `dmesg` for what the driver says"},
};
INSTANTIATE_TEST_SUITE_P(All, Sentence, testing::ValuesIn(kCases), [](const auto& info) { return info.param.name; });

TEST(SentenceText, NeedsNoPlaceToWriteTo) { EXPECT_EQ(explain(Verb::split, EBUSY, kPlain, nullptr), -EBUSY); }

// The remedy must be one that works: `ethtool -L` takes no 0.
TEST(SentenceText, NeverTellsTheKernelToKeepNothing) {
    EXPECT_EQ(say(Verb::split, EBUSY, facts(0, 2, 32, 32)).find("combined 0"), std::string::npos);
    EXPECT_EQ(say(Verb::split, ENOSPC, facts(BIFURC_FIRST_ANY, 64, 32, 32)).find("combined 0"), std::string::npos);
}

TEST(SentenceText, FitsWhateverTheNumbers) {
    const std::string iface(400, 'x');
    Facts what = facts(UINT32_MAX - 1, UINT32_MAX, UINT32_MAX, UINT32_MAX - 2);
    what.iface = iface.c_str();
    for (int code = 1; code < 134; ++code) {
        for (int verb = 0; verb <= static_cast<int>(Verb::give_back); ++verb)
            EXPECT_LT(say(static_cast<Verb>(verb), code, what).size(), sizeof(rte_bifurc_error{}.text));
    }
}

}  // namespace
}  // namespace bifurc::client
