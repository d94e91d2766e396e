// SPDX-License-Identifier: BSD-3-Clause
// The bus's devices and drivers. The lists are locked for each step; that a device stays while it is used is EAL's
// business, as on every bus.
#pragma once

#include <rte_devargs.h>

#include "device.h"

namespace bifurc::bus {

extern struct ::rte_bus bifurc_bus;

// The first driver whose table has the ids, or NULL.
const rte_bifurc_driver* find_driver(const rte_pci_id& id) noexcept;

// false: the name is taken.
[[nodiscard]] bool add_device(Device& device) noexcept;
void remove_device(Device& device) noexcept;

// The first device behind start (NULL: of all) for which compare(device, data) is 0.
Device* find_device(const rte_device* start, rte_dev_cmp_t compare, const void* data) noexcept;
Device* find_device(const char* name) noexcept;

// -b bifurc:eth0 was given.
bool is_blocked(const char* iface) noexcept;
// "bifurc:eth0" and "eth0" are eth0.
const char* iface_of(const char* device_name) noexcept;

}  // namespace bifurc::bus
