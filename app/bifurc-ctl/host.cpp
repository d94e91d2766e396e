// SPDX-License-Identifier: BSD-3-Clause
#include "host.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "bifurc/rights.h"

namespace bifurc::ctl {
namespace {

namespace fs = std::filesystem;

unsigned long count_hugepages() {
    unsigned long all = 0;
    std::error_code error;
    for (const auto& size : fs::directory_iterator{"/sys/kernel/mm/hugepages", error}) {
        unsigned long pages = 0;
        std::ifstream{size.path() / "nr_hugepages"} >> pages;
        all += pages;
    }
    return all;
}

std::vector<std::string> missing_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
    ::syscall(SYS_capget, &header, data);
    std::vector<std::string> missing;
    const std::uint64_t effective = data[0].effective | std::uint64_t{data[1].effective} << 32;
    for (const Capability& needed : kCapabilities)
        if (lacks(effective, needed.number)) missing.emplace_back(needed.name);
    return missing;
}

// A kernel without user namespaces has no such file, and only the initial one.
bool in_own_user_namespace() {
    struct stat file {};
    return ::stat(kUserNamespaceFile, &file) == 0 && file.st_ino != kInitialUserNamespace;
}

std::string lockdown() {
    std::string modes;
    std::getline(std::ifstream{kLockdownFile}, modes);
    const char* const mode = lockdown_mode(modes);
    return mode == nullptr ? "" : mode;
}

std::string kernel_release() {
    utsname names{};
    ::uname(&names);
    return names.release;
}

// By depmod's list: the name of a packed module ends otherwise, and DKMS may put it anywhere.
bool is_installed(const char* module, const std::string& kernel) {
    std::ifstream list{fs::path{"/lib/modules"} / kernel / "modules.dep"};
    for (std::string line; std::getline(list, line);)
        if (fs::path{line.substr(0, line.find(':'))}.filename().string().starts_with(std::string{module} + ".ko"))
            return true;
    return false;
}

std::vector<std::string> users_of(const char* module) {
    std::vector<std::string> users;
    std::error_code error;
    for (const auto& user : fs::directory_iterator{fs::path{"/sys/module"} / module / "holders", error})
        users.push_back(user.path().filename());
    return users;
}

}  // namespace

Host look_at_host() {
    Host host;
    host.kernel = kernel_release();
    host.module_installed = is_installed("bifurc", host.kernel);
    host.split_drivers = users_of("bifurc");
    host.hugepages = count_hugepages();
    host.missing_capabilities = missing_capabilities();
    host.own_user_namespace = in_own_user_namespace();
    host.lockdown = lockdown();
    host.plugin_dir = BIFURC_PLUGIN_DIR;
    for (const char* plugin : {"librte_bus_bifurc.so", "librte_net_bifurc.so"}) {
        std::error_code error;
        if (!fs::exists(fs::path{host.plugin_dir} / plugin, error)) host.missing_plugins.emplace_back(plugin);
    }
    return host;
}

}  // namespace bifurc::ctl
