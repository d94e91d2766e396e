// SPDX-License-Identifier: BSD-3-Clause
// The operations that EAL calls: -a bifurc:eth0,qpairs=2 and hotplug. A device carries its prefix in its name: a plain
// "eth0" could be any bus's, and the first bus that claims a name gets it.
#include <rte_bus_vdev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_kvargs.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "log.h"
#include "registry.h"

namespace bifurc::bus {
namespace {

int open_device(Device& device) noexcept {
    if (rte_dev_is_probed(&device.device) != 0) return -EEXIST;
    if (rte_eal_process_type() != RTE_PROC_PRIMARY) return device.join();
    const rte_devargs* devargs = device.device.devargs;
    const char* text = devargs != nullptr && devargs->args != nullptr ? devargs->args : "";
    Devargs asked;
    Sentence why_not{};
    if (!parse_devargs(text, iface_of(device.device.name), asked, why_not)) {
        log(RTE_LOG_ERR, device.device.name, "%s", why_not.data());
        return -EINVAL;
    }
    return device.open(asked);
}

int take_off(Device& device) noexcept {
    if (const int rc = device.close(); rc != 0) return rc;
    remove_device(device);
    delete &device;
    return 0;
}

// Every device that the user named becomes one; what the netdev says of it is asked when it is probed.
int scan() noexcept {
    rte_devargs* devargs = nullptr;
    RTE_EAL_DEVARGS_FOREACH("bifurc", devargs) {
        if (devargs->policy == RTE_DEV_BLOCKED) continue;
        if (Device* known = find_device(devargs->name); known != nullptr) {
            known->device.devargs = devargs;
            continue;
        }
        Device* device = Device::create(devargs->name, devargs, Front::bus);
        if (device == nullptr) return -ENOMEM;
        if (!add_device(*device)) delete device;
    }
    return 0;
}

int any(const rte_device*, const void*) noexcept { return 0; }

int probe() noexcept {
    int failed = 0;
    for (Device* device = find_device(nullptr, any, nullptr); device != nullptr;
         device = find_device(&device->device, any, nullptr)) {
        if (device->front() != Front::bus) continue;
        if (const int rc = open_device(*device); rc != 0 && rc != -EEXIST) failed = rc;
    }
    return failed;
}

rte_device* find(const rte_device* start, rte_dev_cmp_t compare, const void* data) noexcept {
    Device* device = find_device(start, compare, data);
    return device == nullptr ? nullptr : &device->device;
}

int plug(rte_device* device) noexcept { return open_device(*Device::of(device)); }

int unplug(rte_device* device) noexcept {
    Device& self = *Device::of(device);
    if (self.front() == Front::vdev) {
        // Its vdev must go as well, or could not be attached again; that takes this device off (vdev.cpp).
        std::array<char, RTE_DEV_NAME_MAX_LEN> name{};
        std::strncpy(name.data(), device->name, name.size() - 1);
        return rte_vdev_uninit(name.data());
    }
    rte_devargs* devargs = device->devargs;
    const int rc = take_off(self);
    if (rc == 0) rte_devargs_remove(devargs);
    return rc;
}

// The name with the prefix and nothing else.
int parse(const char* name, void* address) noexcept {
    const char* iface = iface_of(name);
    if (iface == name || !valid_iface(iface)) return -EINVAL;
    if (address != nullptr) *static_cast<const char**>(address) = name;
    return 0;
}

// rte_dev_dma_map and rte_dev_dma_unmap, for external memory: -1 and rte_errno.
int change_dma(rte_device* device, void* address, std::size_t len, decltype(&rte_bifurc_dma_map) verb) noexcept {
    rte_bifurc* handle = Device::of(device)->handle;
    rte_bifurc_error error{};
    int rc = -ENODEV;
    if (handle == nullptr) {
        log(RTE_LOG_ERR, device->name, "The device is not open, so that no memory can be mapped for it.");
    } else if (rc = verb(handle, address, len, &error); rc != 0) {
        log(RTE_LOG_ERR, device->name, "%s.", error.text);
    }
    if (rc == 0) return 0;
    rte_errno = -rc;
    return -1;
}

int dma_map(rte_device* device, void* address, std::uint64_t, std::size_t len) noexcept {
    return change_dma(device, address, len, rte_bifurc_dma_map);
}

int dma_unmap(rte_device* device, void* address, std::uint64_t, std::size_t len) noexcept {
    return change_dma(device, address, len, rte_bifurc_dma_unmap);
}

// Descriptors hold what DMA_MAP answered (doc/adr/0005), so any mode will do and none is forced upon other devices.
rte_iova_mode get_iommu_class() noexcept { return RTE_IOVA_DC; }

constexpr const char* kIteratorKeys[] = {"name", nullptr};

int compare_kvargs(const rte_device* device, const void* kvargs) noexcept {
    const char* name = kvargs == nullptr ? nullptr : rte_kvargs_get(static_cast<const rte_kvargs*>(kvargs), "name");
    return name == nullptr ? 0 : std::strcmp(name, device->name);
}

void* iterate(const void* start, const char* text, const rte_dev_iterator*) noexcept {
    rte_kvargs* kvargs = nullptr;
    if (text != nullptr) {
        kvargs = rte_kvargs_parse(text, kIteratorKeys);
        if (kvargs == nullptr) {
            log(RTE_LOG_ERR, text, "Devices of this bus are told apart by name=NAME only.");
            rte_errno = EINVAL;
            return nullptr;
        }
    }
    rte_device* found = find(static_cast<const rte_device*>(start), compare_kvargs, kvargs);
    rte_kvargs_free(kvargs);
    return found;
}

int cleanup() noexcept {
    int failed = 0;
    Device* device = find_device(nullptr, any, nullptr);
    while (device != nullptr) {
        Device* next = find_device(&device->device, any, nullptr);
        // vdevs whose device has gone already are let go without further ado (vdev.cpp).
        if (const int rc = take_off(*device); rc != 0) failed = rc;
        device = next;
    }
    return failed;
}

// Field by field: later releases of DPDK have more of them, which may stay empty.
constexpr struct ::rte_bus make_bus() noexcept {
    struct ::rte_bus bus {};
    bus.name = "bifurc";
    bus.scan = scan;
    bus.probe = probe;
    bus.find_device = find;
    bus.plug = plug;
    bus.unplug = unplug;
    bus.parse = parse;
    bus.dma_map = dma_map;
    bus.dma_unmap = dma_unmap;
    bus.get_iommu_class = get_iommu_class;
    bus.dev_iterate = iterate;
    bus.cleanup = cleanup;
    return bus;
}

}  // namespace

constinit struct ::rte_bus bifurc_bus = make_bus();

RTE_REGISTER_BUS(bifurc, bifurc_bus)

}  // namespace bifurc::bus
