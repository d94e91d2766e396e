// SPDX-License-Identifier: BSD-3-Clause
// The shim reads the simulator's path at start: a relative one, in a directory of this run's own.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

int main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    char directory[] = "/tmp/shim-test.XXXXXX";
    if (::mkdtemp(directory) == nullptr || ::chdir(directory) != 0) return EXIT_FAILURE;
    const int result = RUN_ALL_TESTS();
    const bool left_clean = ::chdir("/") == 0 && ::rmdir(directory) == 0;
    return left_clean ? result : EXIT_FAILURE;
}
