// SPDX-License-Identifier: BSD-3-Clause
#include "client.h"

#include <cerrno>
#include <cstring>
#include <new>

#include "names.h"
#include "rights.h"

using bifurc::client::Facts;

rte_bifurc::rte_bifurc(bifurc::client::Kernel& the_kernel, const bifurc::client::Attached& attached) noexcept
    : kernel(the_kernel),
      fd(attached.fd),
      bar_len(attached.info.bar_len),
      verbs(the_kernel, attached.fd),
      generation(attached.info.generation),
      window(the_kernel),
      memberships(the_kernel, attached.fd, attached.info.ifindex) {
    std::memcpy(iface, attached.iface, sizeof(iface));
}

// The socket goes first: with it everything ends on the kernel's side, whatever state it was in. The window's addresses
// are free again only afterwards.
rte_bifurc::~rte_bifurc() { kernel.close(fd); }

Facts rte_bifurc::facts() const noexcept {
    Facts facts = bifurc::client::facts_of(kernel, iface);
    if (const auto info = verbs.info(); info.ok()) {
        facts.pairs_total = info.value().pairs_total;
        facts.pairs_kernel = info.value().pairs_kernel;
        facts.pairs_free = info.value().pairs_free;
        facts.all_owned = bifurc::all_owned(info.value());
    }
    return facts;
}

namespace bifurc::client {
namespace {

const char* lockdown(Kernel& kernel) noexcept {
    char modes[64];
    const ssize_t got = kernel.read_file(kLockdownFile, modes, sizeof(modes));
    return got < 0 ? nullptr : lockdown_mode({modes, static_cast<std::size_t>(got)});
}

// A kernel without user namespaces has no such file, and only the initial one.
bool own_user_namespace(Kernel& kernel) noexcept {
    const auto inode = kernel.inode(kUserNamespaceFile);
    return inode.ok() && inode.value() != kInitialUserNamespace;
}

int make_handle(Kernel& kernel, const Result<Attached>& attached, const char* iface, rte_bifurc** handle,
                rte_bifurc_error* err) noexcept {
    if (!attached.ok()) return explain(Verb::open, attached.code(), facts_of(kernel, iface), err);
    *handle = new (std::nothrow) rte_bifurc(kernel, attached.value());
    if (*handle != nullptr) return 0;
    kernel.close(attached.value().fd);
    return explain(Verb::open, ENOMEM, facts_of(kernel, iface), err);
}

}  // namespace

Facts facts_of(Kernel& kernel, const char* iface) noexcept {
    Facts facts;
    facts.iface = iface;
    facts.capabilities = kernel.capabilities();
    facts.own_user_namespace = own_user_namespace(kernel);
    facts.lockdown = lockdown(kernel);
    return facts;
}

int open_handle(Kernel& kernel, const char* iface, rte_bifurc** handle, rte_bifurc_error* err) noexcept {
    return make_handle(kernel, open_socket(kernel, iface), iface, handle, err);
}

int adopt_handle(Kernel& kernel, int fd, rte_bifurc** handle, rte_bifurc_error* err) noexcept {
    char iface[16] = "adopted socket";
    return make_handle(kernel, adopt_socket(kernel, fd, iface), iface, handle, err);
}

}  // namespace bifurc::client
