// SPDX-License-Identifier: BSD-3-Clause
#include "dispatch.h"

#include <linux/ethtool.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "ethtool.h"

namespace bifurc::sim {

using shim::Op;
using shim::Request;

namespace {

Answer failed(int error) { return {.error = error, .payload = {}, .fd = -1, .value = 0, .hang_up = false}; }

bool parse(std::span<const std::byte> message, Request& request) {
    if (message.size() < sizeof(request)) return false;
    std::memcpy(&request, message.data(), sizeof(request));
    return request.magic == shim::kMagic && request.payload_len <= shim::kMaxPayload &&
           request.payload_len == message.size() - sizeof(request) &&
           ::strnlen(request.ifname, sizeof(request.ifname)) < sizeof(request.ifname);
}

// net/ethtool/ioctl.c, dev_ethtool: these are everybody's, all else needs CAP_NET_ADMIN.
constexpr std::array<std::uint32_t, 29> kReadOnlyCommands = {
    ETHTOOL_GSET,          ETHTOOL_GDRVINFO,    ETHTOOL_GMSGLVL,     ETHTOOL_GLINK,     ETHTOOL_GCOALESCE,
    ETHTOOL_GRINGPARAM,    ETHTOOL_GPAUSEPARAM, ETHTOOL_GRXCSUM,     ETHTOOL_GTXCSUM,   ETHTOOL_GSG,
    ETHTOOL_GSTRINGS,      ETHTOOL_GSSET_INFO,  ETHTOOL_GSTATS,      ETHTOOL_GTSO,      ETHTOOL_GUFO,
    ETHTOOL_GGSO,          ETHTOOL_GGRO,        ETHTOOL_GFLAGS,      ETHTOOL_GFEATURES, ETHTOOL_GRXRINGS,
    ETHTOOL_GRXCLSRLCNT,   ETHTOOL_GRXCLSRULE,  ETHTOOL_GRXCLSRLALL, ETHTOOL_GRSSH,     ETHTOOL_GCHANNELS,
    ETHTOOL_GLINKSETTINGS, ETHTOOL_GPERMADDR,   ETHTOOL_GRXFH,       ETHTOOL_GRXFHINDIR};

Answer get_option(Session& session, const Request& request, std::span<const std::byte> payload, pid_t pid) {
    VerbReply reply = session.get_option(request.arg, payload, pid);
    Answer answer = failed(reply.error);
    answer.payload = std::move(reply.payload);
    answer.hang_up = session.is_over();  // which poll(2) shows as POLLHUP
    return answer;
}

Answer map(Session& session, const Request& request) {
    Answer answer;
    answer.error = session.map(request.offset, request.length, static_cast<int>(request.arg), answer.fd, answer.value);
    return answer;
}

}  // namespace

SimPort* Dispatcher::find(std::string_view name, const Attachment& attachment) const {
    if (!attachment.sees_netdevs) return nullptr;
    const auto port =
        std::ranges::find_if(ports_, [&](const auto& entry) { return !entry->gone() && entry->name() == name; });
    return port == ports_.end() ? nullptr : port->get();
}

Answer Dispatcher::handle(std::span<const std::byte> message, pid_t pid, UniqueFd fd, Attachment& attachment) {
    Request request;
    Answer garbage = failed(-EPROTO);
    garbage.hang_up = true;
    if (!parse(message, request)) return garbage;
    catch_up_();
    const auto payload = message.subspan(sizeof(request));
    switch (request.op) {
        case Op::owns:
            return failed(find(request.ifname, attachment) != nullptr ? 0 : -ENODEV);
        case Op::attach:
            return attach(request, pid, std::move(fd), attachment);
        case Op::ethtool:
            return ethtool(request, payload, pid, attachment);
        case Op::get_option:
        case Op::set_option:
        case Op::mmap:
            break;
        default:
            return garbage;
    }
    if (!attachment.session) return failed(-ENOPROTOOPT);
    Session& session = *attachment.session;
    if (request.op == Op::get_option) return get_option(session, request, payload, pid);
    if (request.op == Op::mmap) return map(session, request);
    return failed(session.set_option(request.arg, payload, std::move(fd)));
}

Answer Dispatcher::attach(const Request& request, pid_t pid, UniqueFd fd, Attachment& attachment) {
    // As a socket that the driver has taken on already: its rights stay those of the process that attached it first.
    if (attachment.session) return failed(0);
    SimPort* const port = find(request.ifname, attachment);
    if (port == nullptr) return failed(-ENODEV);
    if (!fd) return failed(-EBADF);
    const Admission admission = gate_.may_attach(pid, fd.get(), *port);
    if (admission.error != 0) return failed(admission.error);
    attachment.session = std::make_unique<Session>(*port, std::move(fd), admission.rights, attachment.wake);
    return failed(0);
}

Answer Dispatcher::ethtool(const Request& request, std::span<const std::byte> payload, pid_t pid,
                           const Attachment& attachment) {
    SimPort* const port = find(request.ifname, attachment);
    if (port == nullptr) return failed(-ENODEV);
    const bool reads = std::ranges::find(kReadOnlyCommands, request.arg) != kReadOnlyCommands.end();
    if (!reads && !gate_.may_configure(pid)) return failed(-EPERM);
    EthtoolReply reply = ethtool_ioctl(*port, request.arg, payload);
    Answer answer = failed(reply.error);
    answer.payload = std::move(reply.payload);
    return answer;
}

}  // namespace bifurc::sim
