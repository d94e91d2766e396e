// SPDX-License-Identifier: BSD-3-Clause
// A growing array that says when memory is short, where std::vector would end the process (no exceptions here).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <type_traits>
#include <utility>

namespace bifurc::client {

template <class T>
class Array {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Array() noexcept = default;
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;
    ~Array() { std::free(data_); }

    // After a true answer, push works until size() reaches `capacity`.
    [[nodiscard]] bool reserve(std::size_t capacity) noexcept {
        if (capacity <= capacity_) return true;
        if (capacity > SIZE_MAX / 2 / sizeof(T)) return false;
        const std::size_t roomy = capacity < 2 * capacity_ ? 2 * capacity_ : capacity;
        void* grown = std::realloc(static_cast<void*>(data_), roomy * sizeof(T));
        if (grown == nullptr) return false;
        data_ = static_cast<T*>(grown);
        capacity_ = roomy;
        return true;
    }
    void push(const T& value) noexcept { data_[size_++] = value; }
    // Within the reserved capacity; new elements are whatever the caller writes into data().
    void set_size(std::size_t size) noexcept { size_ = size; }
    void erase(std::size_t index) noexcept {
        for (std::size_t i = index + 1; i < size_; ++i) data_[i - 1] = data_[i];
        --size_;
    }
    void clear() noexcept { size_ = 0; }
    void swap(Array& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace bifurc::client
