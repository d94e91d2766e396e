// SPDX-License-Identifier: BSD-3-Clause
// How a register's type becomes rows of the decode table.
#pragma once

#include <vector>

#include "register_file.h"

namespace bifurc::model {

inline constexpr std::uint32_t kAll = 0xffffffff;

template <class R>
concept Banked = requires {
    R::base2;
};

// Out of line: inlined some hundred times it is what sanitized builds would wait for.
void append(std::vector<Row>& rows, const Row& row);

// Adds a register's row, or its two rows if it lies in two banks.
template <class R>
void add(std::vector<Row>& rows, const char* name, std::uint32_t writable = kAll, Hook hook = Hook::none,
         std::uint32_t reset = 0) {
    constexpr std::uint32_t stride = R::count == 1 ? 4 : R::stride;
    if constexpr (Banked<R>) {
        append(rows, {name, R::base, stride, R::split, 0, writable, reset, hook});
        append(rows, {name, R::base2, stride, R::count - R::split, R::split, writable, reset, hook});
    } else {
        append(rows, {name, R::base, stride, R::count, 0, writable, reset, hook});
    }
}

template <class R>
void add_counter(std::vector<Row>& rows, const char* name) {
    add<R>(rows, name, 0, Hook::counter);
}

void add_kept(std::vector<Row>& rows);
void add_silent_counters(std::vector<Row>& rows);

}  // namespace bifurc::model
