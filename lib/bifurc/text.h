// SPDX-License-Identifier: BSD-3-Clause
// Writes text into a fixed buffer; what does not fit is cut. Always NUL-terminated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bifurc::client {

class Text {
public:
    Text(char* buffer, std::size_t size) noexcept : at_(buffer), room_(size - 1) { *at_ = '\0'; }

    void put(std::string_view text) noexcept {
        for (const char c : text) {
            if (room_ == 0) break;
            *at_++ = c;
            --room_;
        }
        *at_ = '\0';
    }
    void put_number(std::uint64_t value) noexcept { put_digits(value, 10); }
    void put_hex(std::uint64_t value) noexcept {
        put("0x");
        put_digits(value, 16);
    }

private:
    void put_digits(std::uint64_t value, unsigned base) noexcept {
        char digits[20];
        std::size_t at = sizeof(digits);
        do {
            digits[--at] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
        put({digits + at, sizeof(digits) - at});
    }

    char* at_;
    std::size_t room_;
};

}  // namespace bifurc::client
