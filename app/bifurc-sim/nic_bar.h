// SPDX-License-Identifier: BSD-3-Clause
// The driver part's way to the model's registers: the same trapped accesses as a driver's in a virtual machine.
#pragma once

#include <cstdint>

#include "hw/reg.h"
#include "model/nic.h"

namespace bifurc::sim {

class NicBar : public hw::TypedBar<NicBar> {
public:
    explicit NicBar(model::Nic& nic) noexcept : nic_(nic) {}

    [[nodiscard]] std::uint32_t read32(std::uint32_t offset) { return nic_.read32(offset); }
    void write32(std::uint32_t offset, std::uint32_t value) { nic_.write32(offset, value); }

    template <class R, class F>
    void set(unsigned i, std::uint32_t value) {
        write<R>(i, read<R>(i).template with<F>(value));
    }
    // Until the field shows the value; false: not within as many looks as hardware gets milliseconds.
    template <class R, class F>
    [[nodiscard]] bool wait(unsigned i, std::uint32_t value) {
        constexpr unsigned kLooks = 100;
        for (unsigned look = 0; look < kLooks; ++look) {
            if (read<R>(i).template get<F>() == value) return true;
            nic_.sync();
        }
        return false;
    }

private:
    model::Nic& nic_;
};

}  // namespace bifurc::sim
