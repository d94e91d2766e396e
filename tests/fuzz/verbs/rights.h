// SPDX-License-Identifier: BSD-3-Clause
#ifndef FUZZ_VERBS_RIGHTS_H
#define FUZZ_VERBS_RIGHTS_H

#include <cstddef>

namespace bifurc::fuzz {

// The calling process may lock so many bytes from now on, whoever runs it.
void limit_locked_memory(std::size_t bytes);

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_RIGHTS_H
