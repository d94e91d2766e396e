// SPDX-License-Identifier: BSD-3-Clause
// What holds when all borrowers have ended.
#ifndef FUZZ_VERBS_INVARIANTS_H
#define FUZZ_VERBS_INVARIANTS_H

#include <cstdint>
#include <string>

#include "machine.h"

namespace bifurc::fuzz {

class Invariants {
public:
    // The netdev must be set up and nothing lent.
    Invariants();
    // Ends the program with a sentence if one does not hold.
    void check();

private:
    KernelLog log_;
    std::uint32_t free_;
};

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_INVARIANTS_H
