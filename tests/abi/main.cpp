// SPDX-License-Identifier: BSD-3-Clause
// The conformance suite of bifurc_uapi.h, for whatever answers on a netdev: a kernel driver or the simulator.
//
//   bifurc-abi-test --netdev NAME [--other-netdev NAME] [--traffic COMMAND] [gtest options]
//   bifurc-abi-test --netdev NAME --destroy COMMAND
//
// The netdev must be up, with free queue pairs, and nobody else may use it: the suite takes it down and up again. The
// second form is for the end of the netdev, after which no test can follow. What the options mean: Options in abi.h.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "abi.h"

namespace {

using bifurc::abi::Options;

struct Argument {
    std::string_view name;
    std::string Options::*value;
};
constexpr std::array kArguments{
    Argument{"--netdev", &Options::netdev},
    Argument{"--other-netdev", &Options::other_netdev},
    Argument{"--traffic", &Options::traffic},
    Argument{"--destroy", &Options::destroy},
};

bool take(Options& options, std::string_view name, const char* value) {
    for (const Argument& argument : kArguments) {
        if (argument.name != name) continue;
        options.*argument.value = value;
        return true;
    }
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    Options options;
    bool understood = argc % 2 == 1;
    for (int i = 1; understood && i < argc; i += 2) understood = take(options, argv[i], argv[i + 1]);
    if (!understood || (options.netdev.empty() && !testing::GTEST_FLAG(list_tests))) {
        std::fprintf(stderr,
                     "usage: %s --netdev NAME [--other-netdev NAME_THAT_CANNOT_SPLIT] [--traffic COMMAND | --destroy "
                     "COMMAND]\n",
                     argv[0]);
        return 2;
    }
    if (!options.destroy.empty())
        testing::GTEST_FLAG(filter) = "Gone.*";
    else if (testing::GTEST_FLAG(filter) == "*")
        testing::GTEST_FLAG(filter) = "-Gone.*";
    bifurc::abi::set_options(options);
    return RUN_ALL_TESTS();
}
