// SPDX-License-Identifier: BSD-3-Clause
#include "trapped_bar.h"

#include <sys/mman.h>
#include <ucontext.h>

#include <array>
#include <csignal>
#include <cstring>

namespace bifurc::bench {
namespace {

constexpr std::size_t kMaxBars = 8;
std::array<TrappedBar*, kMaxBars> bars{};
struct sigaction previous;

// What a compiler makes of a 32-bit register access: a MOV between memory and a register, or of a constant to memory.
struct Access {
    bool write;
    bool constant;
    unsigned reg;         // number in the encoding
    std::uint32_t value;  // the constant
    unsigned length;      // of the instruction, 0: not one of these
};

// Bytes that ModRM, SIB and displacement take (Intel SDM volume 2, 2.1).
unsigned address_bytes(const std::uint8_t* modrm) {
    const unsigned mod = *modrm >> 6, rm = *modrm & 7;
    unsigned bytes = 1;
    bool no_base = mod == 0 && rm == 5;
    if (rm == 4) {
        ++bytes;
        no_base = mod == 0 && (modrm[1] & 7) == 5;
    }
    return bytes + (mod == 1 ? 1 : mod == 2 || no_base ? 4 : 0);
}

Access decode(const std::uint8_t* code) {
    constexpr std::uint8_t kLoad = 0x8b, kStore = 0x89, kStoreConstant = 0xc7;
    const std::uint8_t* at = code;
    const std::uint8_t rex = (*at & 0xf0) == 0x40 ? *at++ : 0;
    const std::uint8_t opcode = *at++;
    if ((rex & 8) != 0 || (opcode != kLoad && opcode != kStore && opcode != kStoreConstant)) return {};
    Access access{opcode != kLoad, opcode == kStoreConstant, (*at >> 3 & 7u) + ((rex & 4) != 0 ? 8 : 0), 0, 0};
    at += address_bytes(at);
    if (access.constant) {
        std::memcpy(&access.value, at, sizeof(access.value));
        at += sizeof(access.value);
    }
    access.length = static_cast<unsigned>(at - code);
    return access;
}

greg_t& general_register(ucontext_t& context, unsigned number) {
    static constexpr int kPlaces[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                      REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    return context.uc_mcontext.gregs[kPlaces[number]];
}

// False: not for us.
bool answer(const void* address, ucontext_t& context) {
    for (TrappedBar* bar : bars) {
        if (bar == nullptr || !bar->holds(address)) continue;
        greg_t& rip = context.uc_mcontext.gregs[REG_RIP];
        const Access access = decode(reinterpret_cast<const std::uint8_t*>(rip));
        if (access.length == 0) return false;
        const auto offset = static_cast<std::uint32_t>(static_cast<const std::byte*>(address) - bar->window());
        if (access.write)
            bar->registers().write32(offset, access.constant
                                                 ? access.value
                                                 : static_cast<std::uint32_t>(general_register(context, access.reg)));
        else
            general_register(context, access.reg) = bar->registers().read32(offset);
        rip += access.length;
        return true;
    }
    return false;
}

void on_fault(int, siginfo_t* info, void* raw) {
    // Anybody else's fault happens again, now without us.
    if (!answer(info->si_addr, *static_cast<ucontext_t*>(raw))) sigaction(SIGSEGV, &previous, nullptr);
}

void watch_faults() {
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    static const int once = sigaction(SIGSEGV, &action, &previous);
    static_cast<void>(once);
}

}  // namespace

TrappedBar::TrappedBar(std::size_t bytes, Registers& registers) : bytes_(bytes), registers_(registers) {
    for (TrappedBar*& slot : bars) {
        if (slot != nullptr) continue;
        void* window = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (window == MAP_FAILED) return;
        window_ = static_cast<std::byte*>(window);
        slot = this;
        watch_faults();
        return;
    }
}

TrappedBar::~TrappedBar() {
    for (TrappedBar*& slot : bars)
        if (slot == this) slot = nullptr;
    if (window_ != nullptr) munmap(window_, bytes_);
}

bool TrappedBar::holds(const void* address) const noexcept {
    const auto* at = static_cast<const std::byte*>(address);
    return at >= window_ && at < window_ + bytes_;
}

bool TrappedBar::open_page(std::uint32_t offset) noexcept {
    const auto first = static_cast<std::uint32_t>(offset / kPage * kPage);
    if (mprotect(window_ + first, kPage, PROT_READ | PROT_WRITE) != 0) return false;
    for (std::uint32_t at = first; at < first + kPage; at += 4) *word(at) = registers_.read32(at);
    return true;
}

void TrappedBar::close_page(std::uint32_t offset) noexcept {
    const auto first = static_cast<std::uint32_t>(offset / kPage * kPage);
    for (std::uint32_t at = first; at < first + kPage; at += 4) registers_.write32(at, *word(at));
    mprotect(window_ + first, kPage, PROT_NONE);
}

}  // namespace bifurc::bench
