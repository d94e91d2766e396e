// SPDX-License-Identifier: BSD-3-Clause
// Stands in for libbifurc and the bus: a handle whose window is ordinary memory, whose memory is all mapped, and whose
// socket is one end of a socketpair. What the driver asked for is written down in order.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bifurc/rte_bifurc.h"
#include "bus/bifurc/bus_bifurc_driver.h"

struct rte_bifurc {
    static constexpr std::uint64_t kAddressSpace = 1ull << 47;  // of a process: all of it is one stretch
    static constexpr std::uint64_t kDelta = 0x1'0000'0000'0000;

    std::vector<std::uint32_t> window = std::vector<std::uint32_t>(0x20000 / 4);
    bifurc_info info{};
    bifurc_status status{};
    std::uint32_t events = 0;
    std::uint32_t epoch = 1;
    std::uint64_t rx_missed = 0;
    int sync_result = 0;
    int map_result = 0;
    bool everything_mapped = true;
    std::vector<std::string> calls;
    std::string name = "eth0";  // the netdev's, now
    // SIOCETHTOOL by command: what it does with the structure, and its answer. Others are EOPNOTSUPP.
    std::map<std::uint32_t, std::function<int(void*)>> ethtool;
    int fd = -1;    // the driver's end
    int peer = -1;  // the kernel's

    std::uint32_t& reg(std::uint32_t offset) { return window[offset / 4]; }
};

namespace bifurc::test {

// A split on the bus, ready to be probed.
class FakeDevice {
public:
    FakeDevice(unsigned first, unsigned pairs, std::uint32_t chip = BIFURC_CHIP_82599);
    ~FakeDevice();
    FakeDevice(const FakeDevice&) = delete;
    FakeDevice& operator=(const FakeDevice&) = delete;

    int probe();
    int remove();
    // Something waits on the socket.
    void raise(std::uint32_t events);
    // The owner is gone without a word.
    void hang_up();
    // What the kernel does to the queues when it resets the port.
    void reset_by_kernel();
    // The kernel answers an ethtool question with one word (struct ethtool_value).
    void ethtool_word(std::uint32_t command, std::uint32_t word);

    rte_bifurc nic;
    rte_bifurc_device device{};
};

}  // namespace bifurc::test
