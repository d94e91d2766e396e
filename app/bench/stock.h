// SPDX-License-Identifier: BSD-3-Clause
// DPDK's net_ixgbe, the very library that the distribution ships, on a PCI device that exists in this process only.
#pragma once

#include <bus_pci_driver.h>

#include "port.h"
#include "stock_registers.h"
#include "trapped_bar.h"

namespace bifurc::bench {

class Stock : public Port {
public:
    explicit Stock(const Recipe& recipe);
    ~Stock() override;
    // Is the driver there at all?
    [[nodiscard]] static bool available();
    [[nodiscard]] bool probed() const { return probed_; }

    [[nodiscard]] const char* group() const override { return "stock"; }
    [[nodiscard]] std::string start(const Setup& setup) override;
    void stop() override;
    [[nodiscard]] Rings rings() const override;

private:
    std::string device_name_;
    StockRegisters registers_;
    TrappedBar bar_{StockRegisters::kBytes, registers_};
    rte_pci_device device_{};
    bool probed_ = false;
    bool open_ = false;  // the queue pages are memory
};

}  // namespace bifurc::bench
