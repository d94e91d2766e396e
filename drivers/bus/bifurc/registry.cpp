// SPDX-License-Identifier: BSD-3-Clause
#include "registry.h"

#include <cstring>
#include <mutex>

namespace bifurc::bus {
namespace {

constexpr char kPrefix[] = "bifurc:";
constexpr std::size_t kPrefixLen = sizeof(kPrefix) - 1;

RTE_TAILQ_HEAD(DeviceList, rte_bifurc_device);
RTE_TAILQ_HEAD(DriverList, rte_bifurc_driver);

// Drivers register in their constructors, before those of this file's objects need have run: all of it is constant
// initialised but for the list heads' own addresses.
constinit std::mutex lock;
constinit DeviceList devices{nullptr, &devices.tqh_first};
constinit DriverList drivers{nullptr, &drivers.tqh_first};

bool matches(std::uint16_t row, std::uint16_t id) noexcept { return row == RTE_PCI_ANY_ID || row == id; }

bool serves(const rte_bifurc_driver& driver, const rte_pci_id& id) noexcept {
    for (const rte_pci_id* row = driver.id_table; row->vendor_id != 0; ++row) {
        if (matches(row->vendor_id, id.vendor_id) && matches(row->device_id, id.device_id) &&
            matches(row->subsystem_vendor_id, id.subsystem_vendor_id) &&
            matches(row->subsystem_device_id, id.subsystem_device_id)) {
            return true;
        }
    }
    return false;
}

int compare_name(const rte_device* device, const void* name) noexcept {
    return std::strcmp(device->name, static_cast<const char*>(name));
}

}  // namespace

const rte_bifurc_driver* find_driver(const rte_pci_id& id) noexcept {
    const std::lock_guard guard{lock};
    const rte_bifurc_driver* driver = nullptr;
    TAILQ_FOREACH(driver, &drivers, next) {
        if (serves(*driver, id)) break;
    }
    return driver;
}

Device* find_device(const rte_device* start, rte_dev_cmp_t compare, const void* data) noexcept {
    const std::lock_guard guard{lock};
    rte_bifurc_device* at = start == nullptr ? TAILQ_FIRST(&devices) : TAILQ_NEXT(rte_bifurc_device_of(start), next);
    while (at != nullptr && compare(&at->device, data) != 0) at = TAILQ_NEXT(at, next);
    return static_cast<Device*>(at);
}

Device* find_device(const char* name) noexcept { return find_device(nullptr, compare_name, name); }

bool add_device(Device& device) noexcept {
    if (find_device(device.device.name) != nullptr) return false;
    const std::lock_guard guard{lock};
    TAILQ_INSERT_TAIL(&devices, &device, next);
    return true;
}

void remove_device(Device& device) noexcept {
    const std::lock_guard guard{lock};
    TAILQ_REMOVE(&devices, &device, next);
}

const char* iface_of(const char* device_name) noexcept {
    return std::strncmp(device_name, kPrefix, kPrefixLen) == 0 ? device_name + kPrefixLen : device_name;
}

bool is_blocked(const char* iface) noexcept {
    const rte_devargs* devargs = nullptr;
    RTE_EAL_DEVARGS_FOREACH("bifurc", devargs) {
        if (devargs->policy == RTE_DEV_BLOCKED && std::strcmp(iface_of(devargs->name), iface) == 0) return true;
    }
    return false;
}

}  // namespace bifurc::bus

extern "C" {

void rte_bifurc_register(rte_bifurc_driver* driver) {
    const std::lock_guard guard{bifurc::bus::lock};
    TAILQ_INSERT_TAIL(&bifurc::bus::drivers, driver, next);
}

void rte_bifurc_unregister(rte_bifurc_driver* driver) {
    const std::lock_guard guard{bifurc::bus::lock};
    TAILQ_REMOVE(&bifurc::bus::drivers, driver, next);
}
}
