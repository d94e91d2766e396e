// SPDX-License-Identifier: BSD-3-Clause
// One device of the bus, closed or open. Open means: split, mapped, EAL's memory mapped for it, a driver on it.
#pragma once

#include <array>

#include "bus_bifurc_driver.h"
#include "devargs.h"
#include "dma.h"

namespace bifurc::bus {

enum class Front {
    vdev,  // --vdev=rte_bifurc0,...: the device lives inside a device of the vdev bus
    bus,   // -a bifurc:eth0,...: the device is EAL's own
};

class Device final : public rte_bifurc_device {
public:
    // NULL: out of memory. devargs stay EAL's.
    static Device* create(const char* name, rte_devargs* devargs, Front front) noexcept;
    static Device* of(const rte_device* device) noexcept { return static_cast<Device*>(rte_bifurc_device_of(device)); }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;
    // Everything is given back; the driver must have left (close).
    ~Device() { give_back(); }

    // 0, or a negative errno after which the device is as closed as before. Says in the log why not.
    [[nodiscard]] int open(const Devargs& asked) noexcept;
    // In a secondary process: the same on the split that the primary's device of this name holds.
    [[nodiscard]] int join() noexcept;
    // Lets the driver leave and gives everything back. A driver that refuses to leave keeps the device open.
    [[nodiscard]] int close() noexcept;

    [[nodiscard]] Front front() const noexcept { return front_; }

private:
    Device() noexcept : rte_bifurc_device{} {}

    int borrow(const Devargs& asked) noexcept;
    int share() noexcept;
    void describe() noexcept;
    int make_interrupt() noexcept;
    int attach_driver() noexcept;
    void give_back() noexcept;

    std::array<char, RTE_DEV_NAME_MAX_LEN> name_{};
    std::array<char, 48> bus_info_{};
    Front front_ = Front::bus;
    DmaMaps dma_;
};

}  // namespace bifurc::bus
