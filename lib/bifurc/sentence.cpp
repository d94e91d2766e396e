// SPDX-License-Identifier: BSD-3-Clause
#include "sentence.h"

#include <cerrno>
#include <cstring>
#include <iterator>
#include <string_view>

#include "rights.h"
#include "text.h"

namespace bifurc::client {
namespace {

using Condition = bool (*)(const Facts&) noexcept;

struct Row {
    Verb verb;
    int code;
    Condition when;  // nullptr: always
    const char* text;
};

bool may_not_attach(const Facts& facts) noexcept {
    return lacks(facts.capabilities, CAP_NET_RAW) || lacks(facts.capabilities, CAP_NET_ADMIN);
}
bool may_not_be_raw(const Facts& facts) noexcept {
    return lacks(facts.capabilities, CAP_NET_ADMIN) || lacks(facts.capabilities, CAP_SYS_RAWIO);
}
bool locked_down(const Facts& facts) noexcept { return facts.lockdown != nullptr; }
bool own_user_namespace(const Facts& facts) noexcept { return facts.own_user_namespace; }
// The kernel's share can be made smaller, but one pair always stays its own.
bool kernel_can_free(const Facts& facts) noexcept {
    return facts.pairs > facts.pairs_free && facts.pairs_kernel > facts.pairs - facts.pairs_free;
}
bool kernel_owns_first(const Facts& facts) noexcept { return facts.first < facts.pairs_kernel && facts.first > 0; }
bool no_such_pairs(const Facts& facts) noexcept {
    if (facts.pairs_total == 0 || facts.pairs == 0) return false;
    return facts.pairs > facts.pairs_total ||
           (facts.first != BIFURC_FIRST_ANY && facts.first > facts.pairs_total - facts.pairs);
}
bool more_than_all(const Facts& facts) noexcept { return facts.pairs_total != 0 && facts.pairs > facts.pairs_total; }
bool no_pairs_asked(const Facts& facts) noexcept { return facts.pairs == 0; }
bool all_owned(const Facts& facts) noexcept { return facts.all_owned; }
bool free_is_scattered(const Facts& facts) noexcept { return facts.pairs <= facts.pairs_free && facts.pairs_free != 0; }

// setcap(8) sets all capabilities of a file, so the remedy names all, not just the missing ones.
constexpr char kLacksCapabilities[] =
    "{iface}: borrowing queues needs {caps}, which this process lacks; run it with `sudo`, or once "
    "`sudo setcap cap_net_raw,cap_net_admin,cap_sys_rawio+ep PROGRAM`";

// The first row that fits speaks: for one verb before those for any, with a condition before those without.
constexpr Row kRows[] = {
    {Verb::open, EINVAL, nullptr,
     "'{iface}' cannot be a netdev's name: give 1 to 127 characters, as `ip link` shows them"},
    {Verb::open, ENODEV, nullptr,
     "{iface}: there is no such netdev in this network namespace; `ip link` lists those that there are"},
    {Verb::open, EAFNOSUPPORT, nullptr,
     "{iface}: this kernel has no packet sockets; load them with `modprobe af_packet`"},
    {Verb::open, EBADF, nullptr, "the socket handed over is not open in this process; pass it with SCM_RIGHTS"},
    {Verb::open, ENOTSOCK, nullptr, "the descriptor handed over is not a packet socket; pass the one of rte_bifurc_fd"},
    {Verb::open, EUSERS, nullptr,
     "{iface}: no more sockets can be attached to it; end programs that hold some, `ss -0` shows them"},
    {Verb::open, EMFILE, nullptr, "{iface}: this process has too many files open; raise the limit with `ulimit -n`"},
    {Verb::open, EPERM, may_not_attach, kLacksCapabilities},
    {Verb::open, EPERM, nullptr,
     "{iface}: this process's capabilities do not reach the user namespace that the netdev belongs to; run it as root "
     "of the machine, outside of the container"},
    {Verb::split, EPERM, may_not_be_raw, kLacksCapabilities},
    {Verb::any, EPERM, locked_down,
     "{iface}: this kernel is locked down ({lockdown}) and lets no program drive a NIC's queues; switch Secure Boot "
     "off, or boot without lockdown={lockdown}"},
    {Verb::split, EPERM, own_user_namespace,
     "{iface}: this process is in a user namespace of its own, and only the initial one's CAP_NET_ADMIN and "
     "CAP_SYS_RAWIO count for driving a NIC's queues; run it as root of the machine, outside of the container"},
    {Verb::split, EPERM, nullptr,
     "{iface}: the process that attached this socket lacked CAP_NET_ADMIN or CAP_SYS_RAWIO in the initial user "
     "namespace, and the socket cannot gain them; let a process that has both open the netdev anew, or see `dmesg` if "
     "this one has: the kernel may be locked down"},

    {Verb::split, ENOSPC, all_owned,
     "{iface}: the port is in a mode (DCB, SR-IOV or L2 forwarding offload) in which all queues are its driver's; "
     "switch that off: `bifurc-ctl doctor {iface}` says how"},
    {Verb::split, ENOSPC, free_is_scattered,
     "{iface}: {free} queue pairs are free, but no {pairs} neighbouring ones; ask for fewer, or close other programs "
     "that hold some"},
    {Verb::split, ENOSPC, kernel_can_free,
     "{iface}: {pairs} queue pairs were asked for and {free} are free; free some of the kernel's {kernel} with "
     "`ethtool -L {iface} combined {fewer}`"},
    {Verb::split, ENOSPC, nullptr,
     "{iface}: {pairs} queue pairs were asked for, {free} of the NIC's {total} are free and the kernel keeps {kernel}; "
     "ask for fewer, or close other programs that hold some"},
    {Verb::split, EBUSY, kernel_owns_first,
     "{iface}: queue pair {first} is the kernel's, which owns 0 to {kernel_last}; ask for {kernel} or above, or "
     "free it with `ethtool -L {iface} combined {first}`"},
    {Verb::split, EBUSY, nullptr,
     "{iface}: queue pairs {first} to {last} are taken, by the kernel or by another program; leave `first` out to get "
     "any that are free"},
    {Verb::split, EALREADY, nullptr,
     "{iface}: this handle holds queue pairs already; give them back first, or open another handle"},
    {Verb::split, EACCES, nullptr,
     "{iface}: isolation=strict was asked for and cannot be had, because register pages would be shared or no IOMMU "
     "confines this NIC alone; see `bifurc-ctl doctor {iface}`, or leave out isolation=strict"},
    {Verb::split, EINVAL, no_pairs_asked, "{iface}: no queue pairs were asked for; ask for 1 or more"},
    {Verb::split, EINVAL, more_than_all,
     "{iface}: {pairs} queue pairs were asked for and the NIC has {total}; ask for fewer"},
    {Verb::split, EINVAL, no_such_pairs,
     "{iface}: the NIC has {total} queue pairs, and {pairs} from {first} on go beyond them; ask for fewer or lower "
     "ones"},
    {Verb::any, ENETDOWN, nullptr, "{iface}: the netdev is down; bring it up with `ip link set {iface} up`"},
    {Verb::any, ENETRESET, nullptr,
     "{iface}: the kernel has reset the queues meanwhile; map the registers again and set the queues up anew"},
    {Verb::any, ENOTCONN, nullptr, "{iface}: this handle holds no queue pairs; split some first"},

    {Verb::map, ENODATA, nullptr, "{iface}: the registers are not mapped yet; call rte_bifurc_map first"},
    {Verb::map, ENOMEM, nullptr,
     "{iface}: there is no address space for the register window; raise the limit with `ulimit -v unlimited`"},
    {Verb::dma_map, EFAULT, nullptr,
     "{iface}: the {len} bytes at {va} cannot be pinned for the device; give memory that this process may write, "
     "mapped in full, and not of a file outside of tmpfs and hugetlbfs"},
    {Verb::dma_map, ENOMEM, nullptr,
     "{iface}: pinning {len} bytes at {va} goes beyond what this user may lock, all of the user's programs taken "
     "together, or memory is short; raise the limit with `ulimit -l unlimited`, or end another program"},
    {Verb::dma_map, EINVAL, nullptr, "{iface}: {len} bytes at {va} are no range of memory; give one that is not empty"},
    {Verb::dma_unmap, ENOENT, nullptr,
     "{iface}: {len} bytes at {va} were never mapped for the device; unmap just what one dma_map call was given"},
    {Verb::sync, EINVAL, nullptr,
     "{iface}: not all of the {pairs} queue pairs from {first} on belong to this handle; name those that split "
     "answered"},
    {Verb::eventfd, EINVAL, nullptr,
     "{iface}: queue pair {first} does not belong to this handle, or the descriptor is no eventfd; check both"},
    {Verb::eventfd, EBADF, nullptr, "{iface}: the eventfd for queue pair {first} is not open; pass one of eventfd(2)"},
    {Verb::eventfd, EOPNOTSUPP, nullptr,
     "{iface}: the driver gives split queues no interrupts; poll the queues instead"},
    {Verb::stats, EINVAL, nullptr,
     "{iface}: queue pair {first} does not belong to this handle; name one of those that split answered"},
    {Verb::stats, EOPNOTSUPP, nullptr, "{iface}: the driver keeps no counters of split queues; do without them"},
    {Verb::filter, EINVAL, nullptr, "{iface}: the netdev takes no such address filter; check the MAC address"},
    {Verb::filter, ENOENT, nullptr,
     "{iface}: this MAC address was not added by this handle; remove only what was added"},
    {Verb::filter, ENOSPC, nullptr,
     "{iface}: the netdev has no room for one more address; remove one, or use promiscuous"},
    {Verb::filter, ENOBUFS, nullptr,
     "{iface}: this socket may hold no more memberships; raise the limit with `sysctl net.core.optmem_max`"},

    {Verb::any, EOPNOTSUPP, nullptr,
     "{iface}: its driver cannot split queue pairs; choose a netdev that `bifurc-ctl list` shows as able, or load the "
     "driver with bifurc support"},
    {Verb::any, EPROTONOSUPPORT, nullptr,
     "{iface}: its driver speaks another version of the bifurc ABI than this library's {abi}; install the libbifurc "
     "that came with the driver"},
    {Verb::any, E2BIG, nullptr,
     "{iface}: its driver speaks an older bifurc ABI than this library's {abi}; update the driver"},
    {Verb::any, EPROTO, nullptr,
     "{iface}: its driver answered what makes no sense in bifurc ABI {abi}, so nothing of it was used; install driver "
     "and library of the same release"},
    {Verb::any, ETIMEDOUT, nullptr,
     "{iface}: the device did not finish in time; see `dmesg`, and reset it with `ip link set {iface} down` and `up`"},
    {Verb::any, ENODEV, nullptr, "{iface}: the netdev is gone; close this handle and open it again once it is back"},
    {Verb::any, ENOMEM, nullptr, "{iface}: memory is short; free some and try again"},
};

const Row* find_row(Verb verb, int code, const Facts& facts) noexcept {
    for (const Row& row : kRows) {
        if (row.code != code || (row.verb != verb && row.verb != Verb::any)) continue;
        if (row.when == nullptr || row.when(facts)) return &row;
    }
    return nullptr;
}

void put_missing_capabilities(Text& out, const Facts& facts) noexcept {
    bool any = false;
    for (const Capability& capability : kCapabilities) {
        if (!lacks(facts.capabilities, capability.number)) continue;
        if (any) out.put(" and ");
        out.put(capability.name);
        any = true;
    }
}

void put_word(Text& out, std::string_view word, const Facts& facts) noexcept {
    const struct {
        std::string_view word;
        std::uint64_t value;
    } numbers[] = {
        {"abi", BIFURC_ABI_VERSION},
        {"first", facts.first},
        {"last", std::uint64_t{facts.first} + facts.pairs - 1},
        {"pairs", facts.pairs},
        {"free", facts.pairs_free},
        {"total", facts.pairs_total},
        {"kernel", facts.pairs_kernel},
        {"kernel_last", std::uint64_t{facts.pairs_kernel} - 1},
        {"fewer", std::uint64_t{facts.pairs_kernel} - (facts.pairs - facts.pairs_free)},
        {"len", facts.len},
    };
    for (const auto& number : numbers) {
        if (number.word == word) return out.put_number(number.value);
    }
    if (word == "iface") return out.put(facts.iface);
    if (word == "lockdown") return out.put(facts.lockdown);
    if (word == "va") return out.put_hex(facts.va);
    if (word == "caps") return put_missing_capabilities(out, facts);
}

void expand(Text& out, std::string_view text, const Facts& facts) noexcept {
    while (!text.empty()) {
        const std::size_t open = text.find('{');
        const std::size_t end = text.find('}', open);
        if (end == std::string_view::npos) return out.put(text);
        out.put(text.substr(0, open));
        put_word(out, text.substr(open + 1, end - open - 1), facts);
        text.remove_prefix(end + 1);
    }
}

}  // namespace

int explain(Verb verb, int code, const Facts& facts, rte_bifurc_error* err) noexcept {
    if (err == nullptr) return -code;
    err->code = -code;
    Text out{err->text, sizeof(err->text)};
    if (const Row* row = find_row(verb, code, facts); row != nullptr) {
        expand(out, row->text, facts);
        return -code;
    }
    // An errno that the ABI does not know: its usual meaning is the best there is to say.
    char buffer[128];
    out.put(facts.iface);
    out.put(": unexpected error: ");
    out.put(strerror_r(code, buffer, sizeof(buffer)));
    out.put("; see `dmesg` for what the driver says");
    return -code;
}

}  // namespace bifurc::client
