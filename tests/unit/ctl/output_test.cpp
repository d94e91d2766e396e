// SPDX-License-Identifier: BSD-3-Clause
// What people read and what programs parse.
#include "output.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "sample.h"

namespace bifurc::ctl {
namespace {

TEST(Output, ListHasALinePerNetdevAndTheReasonsBelow) {
    Netdev veth = without_info(-EOPNOTSUPP, "veth1: its driver cannot split");
    veth.name = "veth1";
    veth.driver = "veth";
    Netdev secret = without_info(-EPERM, "eth1: borrowing queues needs CAP_NET_ADMIN");
    secret.name = "eth1";
    secret.driver.clear();
    EXPECT_EQ(list_text({good_netdev(), secret, veth}),
              "NETDEV          DRIVER          SPLIT    CHIP      PAIRS  KERNEL  FREE\n"
              "eth0            ixgbe           yes      82599        64      32    30\n"
              "eth1            -               unknown  -             -       -     -\n"
              "veth1           veth            no       -             -       -     -\n"
              "eth1: borrowing queues needs CAP_NET_ADMIN\n");
    const Json json = list_json({good_netdev(), veth});
    EXPECT_EQ(json[0]["pairs_free"], 30);
    EXPECT_EQ(json[0]["split"], "yes");
    EXPECT_EQ(json[1]["error"], "veth1: its driver cannot split");
}

TEST(Output, InfoSaysTheProtectionInWords) {
    Netdev netdev = good_netdev();
    EXPECT_NE(info_text(netdev).find("pages         exclusive: no mapped page"), std::string::npos);
    EXPECT_NE(info_text(netdev).find("DMA           through an IOMMU: the queues reach only memory that is mapped for "
                                     "this device, with the kernel's own packet buffers among it\n"),
              std::string::npos);
    EXPECT_NE(info_text(netdev).find("trust         whoever drives raw rings of a NIC that the kernel also uses is as "
                                     "powerful as the kernel; an IOMMU confines mistakes"),
              std::string::npos);
    netdev.info->page_protection = BIFURC_PAGES_SHARED;
    netdev.info->dma_protection = BIFURC_DMA_NONE;
    EXPECT_NE(info_text(netdev).find("pages         shared:"), std::string::npos);
    EXPECT_NE(info_text(netdev).find("DMA           unprotected:"), std::string::npos);
    EXPECT_EQ(info_json(netdev)["protection"]["pages"], "shared");
    EXPECT_EQ(info_json(netdev)["protection"]["dma"], "none");
}

TEST(Output, InfoHasIdentityAndLimits) {
    const std::string text = info_text(good_netdev());
    for (const char* part : {"8086:10fb", "0000:03:00.0", "02:00:00:00:00:ab", "1500 (at most 9710)",
                             "64: 0 to 31 are the kernel's, 30 are free", "32 to 4096 descriptors, in steps of 8"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Output, DoctorSaysLevelFindingAndRemedy) {
    Netdev netdev = good_netdev();
    netdev.up = false;
    const auto findings = examine(netdev, good_host());
    const std::string text = doctor_text(netdev, findings);
    EXPECT_NE(text.find("blocks   up            the netdev is down, so its queues cannot be split; remedy: ip link set "
                        "eth0 up\n"),
              std::string::npos)
        << text;
    const Json json = doctor_json(netdev, findings);
    EXPECT_EQ(json["blocked"], true);
    EXPECT_EQ(json["findings"][1]["check"], "up");
    EXPECT_EQ(json["findings"][1]["level"], "blocks");
}

}  // namespace
}  // namespace bifurc::ctl
