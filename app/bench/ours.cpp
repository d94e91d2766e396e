// SPDX-License-Identifier: BSD-3-Clause
#include "ours.h"

#include <rte_ethdev.h>

#include "hw/ixgbe.h"

namespace bifurc::bench {

using namespace hw::ixgbe;

Ours::Ours(const Recipe& recipe) : Port(recipe), device_(kPair, 1) {
    static unsigned serial = 0;
    device_name_ = "rte_bifurc" + std::to_string(serial++);
    device_.device.device.name = device_name_.c_str();
    probed_ = device_.probe() == 0 && rte_eth_dev_get_port_by_name(device_name_.c_str(), &port_) == 0;
}

Ours::~Ours() {
    if (probed_) device_.remove();
}

Rings Ours::rings() const {
    const auto ring = [&](std::uint32_t low, std::uint32_t high) {
        return (std::uint64_t{device_.nic.reg(high)} << 32 | device_.nic.reg(low)) - rte_bifurc::kDelta;
    };
    return {reinterpret_cast<hw::RxDesc*>(ring(RDBAL::at(kPair), RDBAH::at(kPair))),
            reinterpret_cast<hw::TxDesc*>(ring(TDBAL::at(kPair), TDBAH::at(kPair))), &device_.nic.reg(RDT::at(kPair)),
            &device_.nic.reg(TDT::at(kPair)), ring_};
}

}  // namespace bifurc::bench
