// SPDX-License-Identifier: BSD-3-Clause
// Somebody who configures the netdev without asking who uses it.
#ifndef FUZZ_VERBS_ADMINISTRATOR_H
#define FUZZ_VERBS_ADMINISTRATOR_H

#include <atomic>
#include <cstdint>
#include <string>

namespace bifurc::fuzz {

class Administrator {
public:
    // rough: also resets the device past its driver, unplugs it, and enables its virtual functions.
    explicit Administrator(bool rough);

    // Does one thing after the other; never returns. `current` says which.
    [[noreturn]] void work(std::uint64_t seed, std::atomic<const char*>& current) const;

    // As after boot, whatever has been done.
    void settle() const;

private:
    bool rough_;
    std::string device_, driver_;
};

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_ADMINISTRATOR_H
