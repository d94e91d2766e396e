// SPDX-License-Identifier: BSD-3-Clause
// What a DPDK application needs of the machine besides the netdev.
#pragma once

#include <string>
#include <vector>

namespace bifurc::ctl {

struct Host {
    unsigned long hugepages = 0;                    // reserved, of all sizes
    std::vector<std::string> missing_capabilities;  // of those that a split needs, as capabilities(7) spells them
    bool own_user_namespace = false;                // this process is not in the initial one
    std::string lockdown;                           // the mode, if the kernel is locked down
    std::string plugin_dir;                         // where this machine's DPDK looks for plug-ins
    std::vector<std::string> missing_plugins;       // file names that are not there
    std::string kernel;                             // its release
    bool module_installed = false;                  // bifurc.ko, for this kernel
    std::vector<std::string> split_drivers;         // loaded drivers that use bifurc.ko
};

Host look_at_host();

}  // namespace bifurc::ctl
