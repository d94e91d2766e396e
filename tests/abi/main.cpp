// SPDX-License-Identifier: BSD-3-Clause
// The conformance suite of bifurc_uapi.h, for whatever answers on a netdev: a kernel driver or the simulator.
//
//   bifurc-abi-test --netdev NAME [--other-netdev NAME] [gtest options]
//
// The netdev must be up, with free queue pairs, and nobody else may use it: the suite takes it down and up again.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "abi.h"

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    bifurc::abi::Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (std::strcmp(argv[i], "--netdev") == 0) options.netdev = argv[i + 1];
        if (std::strcmp(argv[i], "--other-netdev") == 0) options.other_netdev = argv[i + 1];
    }
    if (options.netdev.empty() && !testing::GTEST_FLAG(list_tests)) {
        std::fprintf(stderr, "usage: %s --netdev NAME [--other-netdev NAME_THAT_CANNOT_SPLIT]\n", argv[0]);
        return 2;
    }
    bifurc::abi::set_options(options);
    return RUN_ALL_TESTS();
}
