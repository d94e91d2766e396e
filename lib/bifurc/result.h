// SPDX-License-Identifier: BSD-3-Clause
// What a call inside the client answers: a value, or the errno that says why there is none.
#pragma once

#include <utility>

namespace bifurc::client {

struct Errno {
    int code;  // positive
};

struct Done {};

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) noexcept : value_(std::move(value)), code_(0) {}
    Result(Errno error) noexcept : value_{}, code_(error.code) {}

    [[nodiscard]] bool ok() const noexcept { return code_ == 0; }
    [[nodiscard]] int code() const noexcept { return code_; }
    [[nodiscard]] Errno error() const noexcept { return Errno{code_}; }
    [[nodiscard]] const T& value() const noexcept { return value_; }

private:
    T value_;
    int code_;
};

using Status = Result<Done>;

}  // namespace bifurc::client
