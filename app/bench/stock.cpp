// SPDX-License-Identifier: BSD-3-Clause
#include "stock.h"

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>

#include "hw/ixgbe.h"

namespace {

rte_pci_driver* ixgbe = nullptr;

}  // namespace

// EAL loads all installed drivers, and their constructors call these. Here they take the place of the PCI bus's
// functions: no bus is ever scanned, we only want to know where the driver is.
extern "C" void rte_pci_register(rte_pci_driver* driver) {
    if (std::strcmp(driver->driver.name, "net_ixgbe") == 0) ixgbe = driver;
}
extern "C" void rte_pci_unregister(rte_pci_driver*) {}

namespace bifurc::bench {

using namespace hw::ixgbe;

bool Stock::available() { return ixgbe != nullptr; }

Stock::Stock(const Recipe& recipe) : Port(recipe) {
    static unsigned serial = 0;
    if (!available() || bar_.window() == nullptr) return;
    device_name_ = fmt::format("0000:{:02x}:00.0", ++serial);
    device_.device.name = device_name_.c_str();
    device_.device.driver = &ixgbe->driver;
    device_.device.numa_node = SOCKET_ID_ANY;
    device_.driver = ixgbe;
    device_.addr.bus = static_cast<std::uint8_t>(serial);
    device_.id = {RTE_CLASS_ANY_ID, 0x8086, StockRegisters::kDeviceId, 0x8086, StockRegisters::kDeviceId};
    device_.mem_resource[0].addr = bar_.window();
    device_.mem_resource[0].len = StockRegisters::kBytes;
    std::snprintf(device_.name, sizeof(device_.name), "%s", device_name_.c_str());
    device_.intr_handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
    rte_intr_type_set(device_.intr_handle, RTE_INTR_HANDLE_VDEV);
    rte_intr_fd_set(device_.intr_handle, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    probed_ = ixgbe->probe(ixgbe, &device_) == 0 && rte_eth_dev_get_port_by_name(device_name_.c_str(), &port_) == 0;
}

Stock::~Stock() {
    if (probed_) rte_eth_dev_close(port_);
    if (device_.intr_handle == nullptr) return;
    close(rte_intr_fd_get(device_.intr_handle));
    rte_intr_instance_free(device_.intr_handle);
}

std::string Stock::start(const Setup& setup) {
    if (std::string error = Port::start(setup); !error.empty()) return error;
    open_ = bar_.open_page(RDT::at(0)) && bar_.open_page(TDT::at(0));
    return open_ ? "" : name() + ": its queues' registers cannot be made memory";
}

void Stock::stop() {
    if (open_) {
        bar_.close_page(RDT::at(0));
        bar_.close_page(TDT::at(0));
        open_ = false;
    }
    Port::stop();
}

// EAL has no huge pages and hence bus addresses that are virtual ones.
Rings Stock::rings() const {
    const auto ring = [&](std::uint32_t low, std::uint32_t high) {
        return std::uint64_t{*bar_.word(high)} << 32 | *bar_.word(low);
    };
    return {reinterpret_cast<hw::RxDesc*>(ring(RDBAL::at(0), RDBAH::at(0))),
            reinterpret_cast<hw::TxDesc*>(ring(TDBAL::at(0), TDBAH::at(0))), bar_.word(RDT::at(0)),
            bar_.word(TDT::at(0)), ring_};
}

}  // namespace bifurc::bench
