// SPDX-License-Identifier: BSD-3-Clause
#ifndef FUZZ_VERBS_EVERY_ALLOCATION_H
#define FUZZ_VERBS_EVERY_ALLOCATION_H

namespace bifurc::fuzz {

// Lets each allocation and each copy of each verb fail, one at a time. A verb that fails has changed nothing and works
// at the next try. Needs a kernel with fault injection.
void fail_every_allocation();

}  // namespace bifurc::fuzz

#endif  // FUZZ_VERBS_EVERY_ALLOCATION_H
