// SPDX-License-Identifier: BSD-3-Clause
// The result of setting something up: the thing, or one sentence that says why not and what to do about it.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace bifurc::sim {

struct Failure {
    std::string text;
};

template <class T>
class [[nodiscard]] Outcome {
public:
    Outcome(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Outcome(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}

    explicit operator bool() const noexcept { return state_.index() == 0; }
    T& operator*() noexcept { return *std::get_if<0>(&state_); }
    T* operator->() noexcept { return std::get_if<0>(&state_); }
    [[nodiscard]] const std::string& error() const noexcept { return std::get_if<1>(&state_)->text; }

private:
    std::variant<T, Failure> state_;
};

}  // namespace bifurc::sim
