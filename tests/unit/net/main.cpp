// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <rte_eal.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    char* eal[] = {const_cast<char*>("net_test"),
                   const_cast<char*>("--no-huge"),
                   const_cast<char*>("--no-pci"),
                   const_cast<char*>("-m"),
                   const_cast<char*>("128"),
                   const_cast<char*>("-l"),
                   const_cast<char*>("0"),
                   const_cast<char*>("--no-shconf"),
                   const_cast<char*>("--no-telemetry"),
                   const_cast<char*>("--log-level=error"),
                   nullptr};
    if (rte_eal_init(10, eal) < 0) return 1;
    const int rc = RUN_ALL_TESTS();
    rte_eal_cleanup();
    return rc;
}
