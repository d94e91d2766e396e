// SPDX-License-Identifier: BSD-3-Clause
// The front that users know: --vdev=rte_bifurc0,iface=eth0,qpairs=1. A vdev of that name holds a device of the bus.
#include <bus_vdev_driver.h>
#include <rte_eal.h>

#include <cerrno>

#include "log.h"
#include "registry.h"

namespace bifurc::bus {
namespace {

// asked: nothing in a secondary process, which shares what its primary has.
int open_under(rte_vdev_device& vdev, const Devargs* asked) noexcept {
    const char* name = rte_vdev_device_name(&vdev);
    Device* device = Device::create(name, vdev.device.devargs, Front::vdev);
    if (device == nullptr) return -ENOMEM;
    if (!add_device(*device)) {
        log(RTE_LOG_ERR, name, "A device of this name exists already.");
        delete device;
        return -EEXIST;
    }
    const int rc = asked != nullptr ? device->open(*asked) : device->join();
    if (rc != 0) {
        remove_device(*device);
        delete device;
    }
    return rc;
}

int probe(rte_vdev_device* vdev) noexcept {
    const char* name = rte_vdev_device_name(vdev);
    if (rte_eal_process_type() != RTE_PROC_PRIMARY) return open_under(*vdev, nullptr);
    const char* text = rte_vdev_device_args(vdev);
    Devargs asked;
    Sentence why_not{};
    if (!parse_devargs(text == nullptr ? "" : text, {}, asked, why_not)) {
        log(RTE_LOG_ERR, name, "%s", why_not.data());
        return -EINVAL;
    }
    if (is_blocked(asked.iface.data())) {
        log(RTE_LOG_ERR, name, "%s is blocked by -b; leave that out to use it.", asked.iface.data());
        return -EPERM;
    }
    return open_under(*vdev, &asked);
}

int remove(rte_vdev_device* vdev) noexcept {
    Device* device = find_device(rte_vdev_device_name(vdev));
    if (device == nullptr) return 0;  // the bus was cleaned up first
    if (const int rc = device->close(); rc != 0) return rc;
    remove_device(*device);
    delete device;
    return 0;
}

constinit rte_vdev_driver driver{.next = {},
                                 .driver = {},
                                 .probe = probe,
                                 .remove = remove,
                                 .dma_map = nullptr,
                                 .dma_unmap = nullptr,
                                 .drv_flags = 0};

}  // namespace
}  // namespace bifurc::bus

using bifurc::bus::driver;

RTE_INIT(bifurc_vdev_init) {
    driver.driver.name = "rte_bifurc";
    rte_vdev_register(&driver);
}

RTE_FINI(bifurc_vdev_fini) { rte_vdev_unregister(&driver); }

RTE_BIFURC_PMDINFO_NAME(rte_bifurc, __COUNTER__);
RTE_PMD_BIFURC_PARAM_STRING(rte_bifurc, "iface=<netdev> qpairs=<1-64> first=<pair> isolation=shared|strict");
