// SPDX-License-Identifier: BSD-3-Clause
#include "device.h"

#include <rte_eal.h>
#include <rte_memory.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "handover.h"
#include "log.h"
#include "registry.h"

namespace bifurc::bus {

Device* Device::create(const char* name, rte_devargs* devargs, Front front) noexcept {
    auto* self = new (std::nothrow) Device;
    if (self == nullptr) return nullptr;
    std::strncpy(self->name_.data(), name, self->name_.size() - 1);
    self->front_ = front;
    self->device.name = self->name_.data();
    self->device.bus_info = self->bus_info_.data();
    self->device.bus = &bifurc_bus;
    self->device.devargs = devargs;
    self->device.numa_node = SOCKET_ID_ANY;
    return self;
}

int Device::open(const Devargs& asked) noexcept {
    int rc = borrow(asked);
    if (rc == 0) rc = dma_.attach(handle, device.name);
    if (rc == 0) rc = make_interrupt();
    if (rc == 0) rc = attach_driver();
    if (rc != 0) give_back();
    if (rc == 0) serve_secondaries();
    return rc;
}

// This process maps EAL's memory for the device once more, under addresses of its own: descriptors that it wrote stay
// valid when it ends, since mappings end with the split.
int Device::join() noexcept {
    int rc = share();
    if (rc == 0) rc = dma_.attach(handle, device.name);
    if (rc == 0) rc = attach_driver();
    if (rc != 0) give_back();
    return rc;
}

int Device::share() noexcept {
    const int fd = socket_of_primary(device.name);
    if (fd < 0) {
        log(RTE_LOG_ERR, device.name, "The primary process does not hand its queue pairs over: %s.",
            std::strerror(-fd));
        return fd;
    }
    rte_bifurc_error error{};
    int rc = rte_bifurc_adopt(fd, &handle, &error);
    if (rc == 0) rc = rte_bifurc_map(handle, &window, &error);
    if (rc == 0) rc = rte_bifurc_info(handle, &info, &error);
    if (rc != 0) {
        log(RTE_LOG_ERR, device.name, "%s.", error.text);
        return rc;
    }
    first = info.first;
    pairs = info.pairs;
    describe();
    return 0;
}

int Device::borrow(const Devargs& asked) noexcept {
    rte_bifurc_error error{};
    int rc = rte_bifurc_open(asked.iface.data(), &handle, &error);
    if (rc == 0) rc = rte_bifurc_split(handle, asked.first, asked.pairs, asked.split_flags(), &first, &error);
    if (rc == 0) rc = rte_bifurc_map(handle, &window, &error);
    if (rc == 0) rc = rte_bifurc_info(handle, &info, &error);
    if (rc != 0) {
        log(RTE_LOG_ERR, device.name, "%s.", error.text);
        return rc;
    }
    pairs = asked.pairs;
    describe();
    return 0;
}

void Device::describe() noexcept {
    id = rte_pci_id{RTE_CLASS_ANY_ID, info.pci_vendor, info.pci_device, info.pci_subsystem_vendor,
                    info.pci_subsystem_device};
    device.numa_node = info.numa_node;
    std::snprintf(bus_info_.data(), bus_info_.size(), "vendor_id=%04x, device_id=%04x", id.vendor_id, id.device_id);
}

int Device::make_interrupt() noexcept {
    intr_handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
    if (intr_handle == nullptr) {
        log(RTE_LOG_ERR, device.name, "Out of memory for the interrupt handle.");
        return -ENOMEM;
    }
    rte_intr_type_set(intr_handle, RTE_INTR_HANDLE_EXT);
    rte_intr_fd_set(intr_handle, rte_bifurc_fd(handle));
    return 0;
}

int Device::attach_driver() noexcept {
    const rte_bifurc_driver* match = find_driver(id);
    if (match == nullptr) {
        log(RTE_LOG_ERR, device.name,
            "No driver is loaded for PCI id %04x:%04x; load librte_net_bifurc.so with -d, or check its list of "
            "devices.",
            id.vendor_id, id.device_id);
        return -ENOTSUP;
    }
    const int rc = match->probe(match, this);
    if (rc != 0) {
        log(RTE_LOG_ERR, device.name, "The driver %s could not take the device: %s.", match->driver.name,
            std::strerror(rc < 0 ? -rc : ENODEV));
        return rc < 0 ? rc : -ENODEV;
    }
    driver = match;
    device.driver = &match->driver;
    log(RTE_LOG_INFO, device.name, "%s: queue pairs %u to %u of %s, driver %s.", info.pci_address, first,
        first + pairs - 1, rte_bifurc_iface(handle), match->driver.name);
    return 0;
}

int Device::close() noexcept {
    if (driver != nullptr) {
        if (const int rc = driver->remove(this); rc != 0) {
            log(RTE_LOG_ERR, device.name, "The driver %s does not let the device go: %s.", driver->driver.name,
                std::strerror(rc < 0 ? -rc : EBUSY));
            return rc < 0 ? rc : -EBUSY;
        }
        driver = nullptr;
        device.driver = nullptr;
    }
    give_back();
    return 0;
}

void Device::give_back() noexcept {
    rte_intr_instance_free(intr_handle);
    intr_handle = nullptr;
    dma_.detach();
    // Said, and not left to the socket's end: somebody else may still have a copy of it, a forked child for one. A
    // secondary has one, too, and leaves the queues to its primary.
    if (handle != nullptr && rte_eal_process_type() == RTE_PROC_PRIMARY)
        static_cast<void>(rte_bifurc_give_back(handle, nullptr));
    rte_bifurc_close(handle);
    handle = nullptr;
    window = nullptr;
    pairs = 0;
}

}  // namespace bifurc::bus
