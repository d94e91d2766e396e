// SPDX-License-Identifier: BSD-3-Clause
// What a client sends, put together by hand.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "protocol.h"
#include "wire.h"

namespace bifurc::vfio_user::test {

class SilentWire final : public sim::SimWire {
public:
    unsigned poll(std::uint64_t, unsigned, sim::FrameSink&) override { return 0; }
    bool transmit(std::span<const std::byte>) noexcept override { return true; }
};

template <class... Parts>
std::vector<std::byte> bytes_of(const Parts&... parts) {
    std::vector<std::byte> bytes;
    const auto add = [&bytes](const auto& part) {
        const auto* const from = reinterpret_cast<const std::byte*>(&part);
        bytes.insert(bytes.end(), from, from + sizeof(part));
    };
    (add(parts), ...);
    return bytes;
}

inline Message message_of(Command command, std::vector<std::byte> payload = {}, std::uint32_t flags = kCommand) {
    Message message;
    message.header = {.id = 7,
                      .command = static_cast<std::uint16_t>(command),
                      .size = static_cast<std::uint32_t>(sizeof(Header) + payload.size()),
                      .flags = flags,
                      .error = 0};
    message.payload = std::move(payload);
    return message;
}

inline Message hello() { return message_of(Command::version, bytes_of(Version{0, 0})); }

inline constexpr std::size_t kPage = 4096;

// As QEMU's memory-backend-memfd: it can neither grow nor shrink.
inline UniqueFd memory_file(std::size_t pages, bool sealed = true) {
    UniqueFd fd{::memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
    if (::ftruncate(fd.get(), static_cast<off_t>(pages * kPage)) != 0) return {};
    if (sealed) ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
    return fd;
}

inline UniqueFd copy_of(const UniqueFd& fd) { return UniqueFd{::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)}; }

inline constexpr std::uint32_t kBothWays = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;

inline DmaMap range(std::uint64_t address, std::size_t pages, std::size_t first_page = 0,
                    std::uint32_t flags = kBothWays) {
    return {.argsz = sizeof(DmaMap),
            .flags = flags,
            .offset = first_page * kPage,
            .address = address,
            .size = pages * kPage};
}

}  // namespace bifurc::vfio_user::test
