// SPDX-License-Identifier: BSD-3-Clause
// borrower IFACE FIRST shared|private: borrows one queue pair, sends frames from it without end and says "sending" once
// the NIC has reported the first of them as done. It is there to be killed at any moment. Exit status 1 and one
// sentence if anything fails.
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bifurc/rte_bifurc.h"
#include "hw/desc.h"
#include "hw/ixgbe.h"

namespace {

using namespace bifurc::hw;
using namespace bifurc::hw::ixgbe;

constexpr std::size_t kMemoryBytes = 64 * 1024;
constexpr std::uint32_t kSlots = 64, kFrameBytes = 60, kFrameAt = 4096;

[[noreturn]] void fail(const char* sentence) {
    std::fprintf(stderr, "%s\n", sentence);
    std::exit(1);
}

void must(int rc, const rte_bifurc_error& error) {
    if (rc != 0) fail(error.text);
}

// Shared memory is reached directly by a device that is another process, private memory is not: both must do.
std::byte* get_memory(bool shared) {
    const int flags = MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE);
    void* memory = ::mmap(nullptr, kMemoryBytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) fail("no memory");
    std::memset(memory, 0, kMemoryBytes);
    return static_cast<std::byte*>(memory);
}

void start_ring(MmioBar& bar, unsigned queue, std::uint64_t bus) {
    bar.write<TDBAL>(queue, {static_cast<std::uint32_t>(bus)});
    bar.write<TDBAH>(queue, {static_cast<std::uint32_t>(bus >> 32)});
    bar.write<TDLEN>(queue, {kSlots * static_cast<std::uint32_t>(sizeof(TxDesc))});
    bar.write<TDH>(queue, {0});
    bar.write<TDT>(queue, {0});
    bar.write<TXDCTL>(queue, TXDCTL::value{}.with<TXDCTL::ENABLE>(1));
}

bool wait_done(const TxDesc& desc) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while ((__atomic_load_n(&desc.wb.status, __ATOMIC_ACQUIRE) & TxStatus::DD::mask) == 0) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        ::usleep(20);  // the machine may have fewer processors than this test has processes
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) fail("usage: borrower IFACE FIRST shared|private");
    rte_bifurc_error error{};
    rte_bifurc* port = nullptr;
    must(rte_bifurc_open(argv[1], &port, &error), error);
    std::uint32_t pair = 0;
    must(rte_bifurc_split(port, static_cast<std::uint32_t>(std::atoi(argv[2])), 1, 0, &pair, &error), error);
    void* window = nullptr;
    must(rte_bifurc_map(port, &window, &error), error);
    std::byte* memory = get_memory(std::strcmp(argv[3], "shared") == 0);
    must(rte_bifurc_dma_map(port, memory, kMemoryBytes, &error), error);

    std::memset(memory + kFrameAt, 0xff, 6);
    std::memset(memory + kFrameAt + 6, 2, 6);
    MmioBar bar{window};
    start_ring(bar, pair, rte_bifurc_dma_bus(port, memory, kSlots * sizeof(TxDesc)));
    auto* ring = reinterpret_cast<TxDesc*>(memory);
    const std::uint64_t frame = rte_bifurc_dma_bus(port, memory + kFrameAt, kFrameBytes);
    constexpr std::uint32_t kCommand = TxCmd::DEXT::mask | TxCmd::kData << TxCmd::DTYP::lo | TxCmd::EOP::mask |
                                       TxCmd::IFCS::mask | TxCmd::RS::mask | kFrameBytes;
    for (std::uint32_t sent = 0;; ++sent) {
        TxDesc& desc = ring[sent % kSlots];
        desc.read = {frame, kCommand, kFrameBytes << TxOlinfo::PAYLEN::lo};
        bar.write<TDT>(pair, {(sent + 1) % kSlots});
        if (!wait_done(desc)) fail("the NIC did not send within 30 s");
        if (sent == 0) {
            std::puts("sending");
            std::fflush(stdout);
        }
    }
}
