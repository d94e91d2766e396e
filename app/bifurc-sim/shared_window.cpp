// SPDX-License-Identifier: BSD-3-Clause
#include "shared_window.h"

#include <signal.h>
#include <sys/mman.h>

#include <array>
#include <atomic>

namespace bifurc::sim {
namespace {

// Read by a signal handler: plain words, nothing that locks. A slot is taken while `len` is not 0.
struct Slot {
    std::atomic<std::uintptr_t> start{0};
    std::atomic<std::size_t> len{0};
    std::atomic<std::size_t> page_size{0};
};
std::array<Slot, 8192> slots;

void on_sigbus(int, siginfo_t* info, void*) {
    const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    for (const Slot& slot : slots) {
        const std::size_t len = slot.len.load();
        const std::uintptr_t start = slot.start.load();
        if (len == 0 || address < start || address - start >= len) continue;
        const std::size_t page = slot.page_size.load();
        void* const at = reinterpret_cast<void*>(address & ~(page - 1));
        if (::mmap(at, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at) return;
    }
    ::signal(SIGBUS, SIG_DFL);  // not ours: the access is tried again and ends the process
}

void install_handler() {
    static const bool installed = [] {
        struct sigaction action {};
        action.sa_sigaction = on_sigbus;
        action.sa_flags = SA_SIGINFO;
        return ::sigaction(SIGBUS, &action, nullptr) == 0;
    }();
    static_cast<void>(installed);
}

}  // namespace

std::unique_ptr<SharedWindow> SharedWindow::map(int fd, std::uint64_t offset, std::size_t len, std::size_t page_size) {
    install_handler();
    std::size_t slot = 0;
    while (slot < slots.size() && slots[slot].len.load() != 0) ++slot;
    if (slot == slots.size() || len == 0) return nullptr;
    void* const data = ::mmap(nullptr, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (data == MAP_FAILED) return nullptr;
    slots[slot].start.store(reinterpret_cast<std::uintptr_t>(data));
    slots[slot].page_size.store(page_size);
    slots[slot].len.store(len);
    return std::unique_ptr<SharedWindow>(new SharedWindow(static_cast<std::byte*>(data), len, slot));
}

SharedWindow::~SharedWindow() {
    slots[slot_].len.store(0);
    ::munmap(data_, len_);
}

}  // namespace bifurc::sim
