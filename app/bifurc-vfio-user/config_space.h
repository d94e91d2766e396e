// SPDX-License-Identifier: BSD-3-Clause
// The PCI function's configuration space: 82599 DS 9.3. The client places the BARs and keeps the message addresses
// itself; here it reads what there is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bifurc::vfio_user {

inline constexpr std::uint32_t kRegisterBarLen = 128 * 1024;
inline constexpr std::uint32_t kIoBarLen = 32;
inline constexpr std::uint32_t kMsixBarLen = 16 * 1024;
inline constexpr std::uint32_t kPendingBitsAt = 0x2000;  // in the MSI-X BAR, DS 9.3.8.3

class ConfigSpace {
public:
    static constexpr std::size_t kLen = 4096;

    ConfigSpace() noexcept { reset(); }
    void reset() noexcept;
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
    // Changes what software may change. The caller has checked the range. true: a function level reset is asked for.
    [[nodiscard]] bool write(std::size_t offset, std::span<const std::byte> from) noexcept;

private:
    std::array<std::byte, kLen> bytes_{};
};

}  // namespace bifurc::vfio_user
