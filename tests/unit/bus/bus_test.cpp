// SPDX-License-Identifier: BSD-3-Clause
// The bus inside a running EAL, with libbifurc played by the test: both fronts, hotplug, roll-back of every failure.
#include <bus_driver.h>
#include <gtest/gtest.h>
#include <rte_bus_vdev.h>
#include <rte_dev.h>
#include <rte_devargs.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_memory.h>

#include <cerrno>
#include <cstring>

#include "bus/bifurc/bus_bifurc_driver.h"
#include "fake_client.h"

using namespace bifurc::test;

namespace {

struct DriverCalls {
    std::vector<std::string> on;  // devices that the driver is on
    int probe_answers = 0;
    int remove_answers = 0;
    const rte_bifurc_device* last = nullptr;
} calls;

int probe(const rte_bifurc_driver*, rte_bifurc_device* device) {
    calls.last = device;
    if (calls.probe_answers == 0) calls.on.emplace_back(device->device.name);
    return calls.probe_answers;
}

int remove(rte_bifurc_device* device) {
    if (calls.remove_answers == 0) std::erase(calls.on, device->device.name);
    return calls.remove_answers;
}

const rte_pci_id kIds[] = {RTE_BIFURC_DEVICE(0x8086, 0x10fb), {}};
rte_bifurc_driver test_driver{.next = {}, .driver = {}, .id_table = kIds, .probe = probe, .remove = remove};

int same_name(const rte_device* device, const void* name) {
    return std::strcmp(rte_dev_name(device), static_cast<const char*>(name));
}

rte_device* device_named(const char* name) {
    return rte_bus_find_by_name("bifurc")->find_device(nullptr, same_name, name);
}

using Names = std::vector<std::string>;

class Bus : public testing::Test {
protected:
    void SetUp() override {
        fake = {};
        calls = {};
    }
    void TearDown() override {
        calls.remove_answers = 0;
        for (const std::string& name : Names(calls.on)) rte_dev_remove(device_named(name.c_str()));
        EXPECT_TRUE(fake.open.empty());
    }
    // Nothing of a failed attempt stays, and the next one succeeds.
    static void expect_rolled_back(const char* devargs) {
        EXPECT_TRUE(fake.open.empty());
        EXPECT_TRUE(calls.on.empty());
        fake.fail.clear();
        fake.dma_maps_before_failure = -1;
        fake.device_id = 0x10fb;
        calls.probe_answers = 0;
        EXPECT_EQ(0, rte_dev_probe(devargs)) << devargs;
        EXPECT_EQ(calls.on.size(), 1u);
        while (!calls.on.empty()) ASSERT_EQ(0, rte_dev_remove(device_named(calls.on.front().c_str())));
    }
};

constexpr const char* kFronts[] = {"rte_bifurc0,iface=eth0,qpairs=2", "bifurc:eth0,qpairs=2"};

TEST_F(Bus, ADeviceHoldsWhatItsDriverNeeds) {
    for (const char* devargs : kFronts) {
        ASSERT_EQ(0, rte_dev_probe(devargs));
        const rte_bifurc_device& device = *calls.last;
        EXPECT_EQ(device.pairs, 2u);
        EXPECT_EQ(device.first, device.handle->first);
        EXPECT_EQ(device.handle->iface, "eth0");
        EXPECT_EQ(device.id.vendor_id, 0x8086);
        EXPECT_EQ(device.id.device_id, 0x10fb);
        EXPECT_NE(device.window, nullptr);
        EXPECT_FALSE(device.handle->dma.empty());
        EXPECT_EQ(rte_intr_fd_get(device.intr_handle), device.handle->fd);
        EXPECT_EQ(rte_intr_type_get(device.intr_handle), RTE_INTR_HANDLE_EXT);
        EXPECT_STREQ(rte_driver_name(rte_dev_driver(&device.device)), "net_test");
        ASSERT_EQ(0, rte_dev_remove(const_cast<rte_device*>(&device.device)));
    }
}

TEST_F(Bus, DevargsReachTheSplit) {
    ASSERT_EQ(0, rte_dev_probe("rte_bifurc0,iface=eth0,first=40,isolation=strict"));
    EXPECT_EQ(calls.last->first, 40u);
    EXPECT_EQ(fake.last_flags, BIFURC_SPLIT_STRICT);
}

TEST_F(Bus, MalformedDevargsOpenNothing) {
    EXPECT_EQ(-EINVAL, rte_dev_probe("rte_bifurc0,qpairs=1"));
    EXPECT_EQ(-EINVAL, rte_dev_probe("bifurc:eth0,qpairs=0"));
    expect_rolled_back("rte_bifurc0,iface=eth0");
    expect_rolled_back("bifurc:eth0");
}

TEST_F(Bus, EveryFailureOfTheClientIsRolledBack) {
    for (const char* devargs : kFronts) {
        for (const char* call : {"open", "split", "map", "info", "dma_map"}) {
            fake.fail[call] = -EBUSY;
            EXPECT_EQ(-EBUSY, rte_dev_probe(devargs)) << call;
            expect_rolled_back(devargs);
        }
    }
}

TEST_F(Bus, AFailingDriverIsRolledBack) {
    for (const char* devargs : kFronts) {
        calls.probe_answers = -EIO;
        EXPECT_EQ(-EIO, rte_dev_probe(devargs));
        expect_rolled_back(devargs);
    }
}

TEST_F(Bus, ADeviceThatNoDriverKnowsIsRefused) {
    for (const char* devargs : kFronts) {
        fake.device_id = 0x1234;
        EXPECT_EQ(-ENOTSUP, rte_dev_probe(devargs));
        EXPECT_EQ(calls.last, nullptr);
        expect_rolled_back(devargs);
        calls.last = nullptr;
    }
}

TEST_F(Bus, SeveralDevicesOnOneNetdevComeAndGoOnTheirOwn) {
    ASSERT_EQ(0, rte_dev_probe("rte_bifurc0,iface=eth0"));
    ASSERT_EQ(0, rte_dev_probe("rte_bifurc1,iface=eth0"));
    ASSERT_EQ(0, rte_dev_probe("bifurc:eth0"));
    EXPECT_EQ(calls.on, (Names{"rte_bifurc0", "rte_bifurc1", "bifurc:eth0"}));
    EXPECT_EQ(fake.open.size(), 3u);
    EXPECT_EQ(0, rte_dev_remove(device_named("rte_bifurc0")));
    EXPECT_EQ(calls.on, (Names{"rte_bifurc1", "bifurc:eth0"}));
    ASSERT_EQ(0, rte_dev_probe("rte_bifurc0,iface=eth0"));
    EXPECT_EQ(calls.on, (Names{"rte_bifurc1", "bifurc:eth0", "rte_bifurc0"}));
}

TEST_F(Bus, WhatIsAttachedIsNotAttachedAgain) {
    for (const char* devargs : kFronts) {
        ASSERT_EQ(0, rte_dev_probe(devargs));
        EXPECT_EQ(0, rte_dev_probe(devargs));  // EAL's answer for one that is there
        EXPECT_EQ(fake.open.size(), 1u);
        EXPECT_EQ(calls.on.size(), 1u);
        ASSERT_EQ(0, rte_dev_remove(device_named(calls.on.front().c_str())));
    }
}

TEST_F(Bus, TheVdevGoesWithItsDeviceAndTheDeviceWithItsVdev) {
    ASSERT_EQ(0, rte_dev_probe("rte_bifurc0,iface=eth0"));
    ASSERT_EQ(0, rte_eal_hotplug_remove("vdev", "rte_bifurc0"));
    EXPECT_TRUE(calls.on.empty());
    EXPECT_EQ(device_named("rte_bifurc0"), nullptr);
    ASSERT_EQ(0, rte_vdev_init("rte_bifurc0", "iface=eth0"));
    ASSERT_EQ(0, rte_eal_hotplug_remove("bifurc", "rte_bifurc0"));
    EXPECT_EQ(-ENOENT, rte_vdev_uninit("rte_bifurc0"));
}

TEST_F(Bus, ADriverThatDoesNotLetGoKeepsItsDevice) {
    for (const char* devargs : kFronts) {
        ASSERT_EQ(0, rte_dev_probe(devargs));
        const std::string name = calls.on.front();
        calls.remove_answers = -EBUSY;
        EXPECT_EQ(-EBUSY, rte_dev_remove(device_named(name.c_str())));
        EXPECT_EQ(fake.open.size(), 1u);
        calls.remove_answers = 0;
        EXPECT_EQ(0, rte_dev_remove(device_named(name.c_str())));
        EXPECT_TRUE(fake.open.empty());
    }
}

TEST_F(Bus, ExternalMemoryIsMappedWhenAsked) {
    alignas(4096) static char buffer[8192];
    ASSERT_EQ(0, rte_dev_probe("bifurc:eth0"));
    ASSERT_EQ(0, rte_extmem_register(buffer, sizeof(buffer), nullptr, 0, 4096));
    rte_device* device = device_named("bifurc:eth0");
    const auto before = calls.last->handle->dma;
    ASSERT_EQ(0, rte_dev_dma_map(device, buffer, RTE_BAD_IOVA, sizeof(buffer)));
    EXPECT_EQ(calls.last->handle->dma.count({reinterpret_cast<std::uintptr_t>(buffer), sizeof(buffer)}), 1u);
    ASSERT_EQ(0, rte_dev_dma_unmap(device, buffer, RTE_BAD_IOVA, sizeof(buffer)));
    EXPECT_EQ(calls.last->handle->dma, before);
    fake.fail["dma_map"] = -EFAULT;
    EXPECT_EQ(-1, rte_dev_dma_map(device, buffer, RTE_BAD_IOVA, sizeof(buffer)));
    EXPECT_EQ(rte_errno, EFAULT);
    EXPECT_EQ(0, rte_extmem_unregister(buffer, sizeof(buffer)));
}

TEST_F(Bus, NoMemoryIsMappedForADeviceThatIsNotOpen) {
    alignas(4096) static char buffer[4096];
    fake.fail["split"] = -EBUSY;
    EXPECT_EQ(-EBUSY, rte_dev_probe("bifurc:eth0"));
    const auto dma_map = rte_bus_find_by_name("bifurc")->dma_map;
    EXPECT_EQ(-1, dma_map(device_named("bifurc:eth0"), buffer, RTE_BAD_IOVA, sizeof(buffer)));
    EXPECT_EQ(rte_errno, ENODEV);
    expect_rolled_back("bifurc:eth0");
}

TEST_F(Bus, ClaimsOnlyNamesWithItsPrefix) {
    const auto parse = rte_bus_find_by_name("bifurc")->parse;
    EXPECT_EQ(0, parse("bifurc:eth0", nullptr));
    const std::string too_long = "bifurc:" + std::string(128, 'x');
    for (const char* name : {"eth0", "0000:03:00.0", "net_null0", "rte_bifurc0", "bifurc", "bifurc:", "bifurc:a/b",
                             "bifurc:..", too_long.c_str(), ""}) {
        EXPECT_NE(0, parse(name, nullptr)) << name;
    }
}

// A forked child may hold a copy of the socket, so that its end is not the queues'.
TEST_F(Bus, QueuePairsAreGivenBackInSoManyWords) {
    ASSERT_EQ(0, rte_dev_probe("rte_bifurc0,iface=eth0"));
    fake.given_back = 0;
    ASSERT_EQ(0, rte_dev_remove(device_named("rte_bifurc0")));
    EXPECT_EQ(fake.given_back, 1);
}

TEST_F(Bus, ForcesNoIovaMode) { EXPECT_EQ(RTE_IOVA_DC, rte_bus_find_by_name("bifurc")->get_iommu_class()); }

TEST_F(Bus, DevicesAreIteratedByName) {
    ASSERT_EQ(0, rte_dev_probe("rte_bifurc0,iface=eth0"));
    ASSERT_EQ(0, rte_dev_probe("bifurc:eth0"));
    rte_dev_iterator iterator;
    rte_errno = 0;  // 22.11 answers what stands there
    ASSERT_EQ(0, rte_dev_iterator_init(&iterator, "bus=bifurc,name=bifurc:eth0"));
    const rte_device* found = rte_dev_iterator_next(&iterator);
    ASSERT_NE(found, nullptr);
    EXPECT_STREQ(rte_dev_name(found), "bifurc:eth0");
    EXPECT_EQ(rte_dev_iterator_next(&iterator), nullptr);
}

TEST_F(Bus, ABlockedNetdevIsNotBorrowedByEitherFront) {
    ASSERT_EQ(0, rte_devargs_add(RTE_DEVTYPE_BLOCKED, "bifurc:eth7"));
    EXPECT_EQ(-EPERM, rte_dev_probe("rte_bifurc0,iface=eth7"));
    ASSERT_EQ(0, rte_bus_find_by_name("bifurc")->scan());
    EXPECT_EQ(device_named("bifurc:eth7"), nullptr);
    EXPECT_TRUE(fake.open.empty());
}

}  // namespace

RTE_PMD_REGISTER_BIFURC(net_test, test_driver);

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    const char* eal[] = {"bus_test",
                         "--no-huge",
                         "--no-pci",
                         "-m",
                         "64",
                         "-l",
                         "0",
                         "--no-shconf",
                         "--no-telemetry",
                         "--log-level=bus.bifurc:error",
                         nullptr};
    if (rte_eal_init(std::size(eal) - 1, const_cast<char**>(eal)) < 0) return 1;
    const int rc = RUN_ALL_TESTS();
    rte_eal_cleanup();
    return rc;
}
