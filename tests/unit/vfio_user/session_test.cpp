// SPDX-License-Identifier: BSD-3-Clause
// What each message does, and how each wrong one ends.
#include "session.h"

#include <gtest/gtest.h>
#include <linux/pci_regs.h>
#include <sys/eventfd.h>

#include <cerrno>

#include "client.h"
#include "hw/ixgbe.h"
#include "hw/ixgbe_device.h"

namespace bifurc::vfio_user::test {
namespace {

using hw::ixgbe::EICR;
using hw::ixgbe::EICS;
using hw::ixgbe::EIMS;
using hw::ixgbe::MTA;

struct Client {
    explicit Client(std::unique_ptr<QueuePages> pages = nullptr)
        : function({2, 0, 0, 0, 0, 1}, wire, std::move(pages)) {
        EXPECT_TRUE(function.connect());
        say(hello());
    }

    Reply say(Message message) {
        Reply reply;
        ending = session.handle(std::move(message), reply);
        return reply;
    }
    template <class T>
    T read(std::uint32_t region, std::uint64_t offset) {
        const Reply reply = say(message_of(Command::region_read, bytes_of(RegionAccess{offset, region, sizeof(T)})));
        EXPECT_EQ(reply.error, 0);
        T value{};
        EXPECT_EQ(reply.payload.size(), sizeof(RegionAccess) + sizeof(T));
        std::memcpy(&value, reply.payload.data() + sizeof(RegionAccess), sizeof(T));
        return value;
    }
    template <class T>
    int write(std::uint32_t region, std::uint64_t offset, T value) {
        return say(message_of(Command::region_write, bytes_of(RegionAccess{offset, region, sizeof(T)}, value))).error;
    }
    int irqs(std::uint32_t flags, std::uint32_t index, std::uint32_t start, std::uint32_t count,
             std::vector<UniqueFd> fds = {}, const std::vector<std::byte>& data = {}) {
        vfio_irq_set set{};
        set.argsz = sizeof(set), set.flags = flags, set.index = index, set.start = start, set.count = count;
        Message message = message_of(Command::set_irqs, bytes_of(set));
        message.payload.insert(message.payload.end(), data.begin(), data.end());
        message.fds = std::move(fds);
        return say(std::move(message)).error;
    }

    SilentWire wire;
    Function function;
    Session session{function};
    Ending ending;
};

constexpr std::uint32_t kBar0 = VFIO_PCI_BAR0_REGION_INDEX, kConfig = VFIO_PCI_CONFIG_REGION_INDEX;
constexpr std::uint32_t kTrigger = VFIO_IRQ_SET_ACTION_TRIGGER;

TEST(Session, AnswersTheVersionWithItsOwn) {
    SilentWire wire;
    Function function{{}, wire};
    Session session(function);
    Reply reply;
    EXPECT_FALSE(session.handle(hello(), reply));
    ASSERT_GT(reply.payload.size(), sizeof(Version));
    EXPECT_EQ(reply.payload.back(), std::byte{0}) << "the capabilities are a C string";
    const std::string text(reinterpret_cast<const char*>(reply.payload.data()) + sizeof(Version));
    EXPECT_NE(text.find("\"max_msg_fds\":16"), std::string::npos);
}

TEST(Session, TellsOfItsRegionsAndInterrupts) {
    Client client;
    DeviceInfo device{};
    std::memcpy(&device, client.say(message_of(Command::get_info, bytes_of(DeviceInfo{}))).payload.data(), 16);
    EXPECT_EQ(device.flags, std::uint32_t{VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI});
    for (std::uint32_t index = 0; index < device.num_regions; ++index) {
        vfio_region_info region{};
        region.index = index;
        const Reply reply = client.say(message_of(Command::get_region_info, bytes_of(region)));
        ASSERT_EQ(reply.payload.size(), sizeof(region));
        std::memcpy(&region, reply.payload.data(), sizeof(region));
        EXPECT_EQ(region.size, index == 0   ? 0x20000u
                               : index == 2 ? 32u
                               : index == 4 ? 0x4000u
                               : index == 7 ? 4096u
                                            : 0u);
        EXPECT_EQ(region.flags == 0, region.size == 0);
    }
    for (std::uint32_t index = 0; index < device.num_irqs; ++index) {
        vfio_irq_info irq{};
        irq.index = index;
        const Reply reply = client.say(message_of(Command::get_irq_info, bytes_of(irq)));
        std::memcpy(&irq, reply.payload.data(), sizeof(irq));
        EXPECT_EQ(irq.count, index == VFIO_PCI_MSIX_IRQ_INDEX                                     ? 64u
                             : index == VFIO_PCI_MSI_IRQ_INDEX || index == VFIO_PCI_ERR_IRQ_INDEX ? 1u
                                                                                                  : 0u);
    }
}

// What follows a region's info, if the client has room for it.
struct Areas {
    vfio_region_info info;
    std::uint16_t id, version;
    std::uint32_t next, count, reserved;
    QueuePages::Area areas[3];
};

TEST(Session, TellsOfThePagesThatTheClientMayMap) {
    Client client(QueuePages::create());
    vfio_region_info asked{};
    asked.argsz = sizeof(Areas);
    const Reply reply = client.say(message_of(Command::get_region_info, bytes_of(asked)));
    Areas got{};
    ASSERT_EQ(reply.payload.size(), sizeof(got));
    std::memcpy(&got, reply.payload.data(), sizeof(got));
    EXPECT_EQ(got.info.flags, 0xfu) << "read, write, mmap, capabilities";
    EXPECT_EQ(got.info.argsz, sizeof(Areas));
    EXPECT_EQ(got.info.cap_offset, sizeof(vfio_region_info));
    EXPECT_EQ(got.info.offset, 0u);
    EXPECT_EQ(got.info.size, 0x20000u);
    EXPECT_EQ(got.id, VFIO_REGION_INFO_CAP_SPARSE_MMAP);
    EXPECT_EQ(got.version, 1);
    EXPECT_EQ(got.next, 0u);
    ASSERT_EQ(got.count, 3u);
    const std::uint64_t expected[][2] = {{0x1000, 0x1000}, {0x6000, 0x2000}, {0xd000, 0x1000}};
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(got.areas[i].offset, expected[i][0]);
        EXPECT_EQ(got.areas[i].size, expected[i][1]);
    }
    EXPECT_EQ(reply.fd, client.function.pages()->fd());
    EXPECT_EQ(::fcntl(reply.fd, F_GET_SEALS), F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW);
}

TEST(Session, AClientThatHasNoRoomForTheAreasLearnsHowMuchTheyNeed) {
    Client client(QueuePages::create());
    vfio_region_info region{};
    region.argsz = sizeof(region);
    const Reply reply = client.say(message_of(Command::get_region_info, bytes_of(region)));
    ASSERT_EQ(reply.payload.size(), sizeof(region));
    std::memcpy(&region, reply.payload.data(), sizeof(region));
    EXPECT_EQ(region.argsz, sizeof(Areas));
    EXPECT_EQ(region.cap_offset, 0u);
    EXPECT_EQ(region.flags & VFIO_REGION_INFO_FLAG_CAPS, 0u);
    EXPECT_EQ(reply.fd, -1);
}

TEST(Session, SharedPagesAreReachedByMessagesToo) {
    Client client(QueuePages::create());
    EXPECT_EQ(client.write<std::uint32_t>(kBar0, hw::ixgbe::RDT::at(70), 5), 0);
    std::uint32_t stored = 0;
    ASSERT_EQ(::pread(client.function.pages()->fd(), &stored, sizeof(stored), hw::ixgbe::RDT::at(70)), 4);
    EXPECT_EQ(stored, 5u);
    stored = 6;
    ASSERT_EQ(::pwrite(client.function.pages()->fd(), &stored, sizeof(stored), hw::ixgbe::RDT::at(70)), 4);
    EXPECT_EQ(client.read<std::uint32_t>(kBar0, hw::ixgbe::RDT::at(70)), 6u);
    ASSERT_EQ(::pwrite(client.function.pages()->fd(), &stored, sizeof(stored), MTA::at(0)), 4);
    EXPECT_EQ(client.read<std::uint32_t>(kBar0, MTA::at(0)), 0u) << "of the file, nothing but the areas is shared";
}

TEST(Session, IsAnIntelNicWithItsCapabilities) {
    Client client;
    EXPECT_EQ(client.read<std::uint32_t>(kConfig, 0), 0x10fb8086u);
    unsigned seen = 0;
    std::uint8_t at = client.read<std::uint8_t>(kConfig, PCI_CAPABILITY_LIST);
    for (; at != 0 && seen < 8; ++seen) {
        constexpr std::uint8_t kIds[] = {PCI_CAP_ID_PM, PCI_CAP_ID_MSI, PCI_CAP_ID_MSIX, PCI_CAP_ID_EXP};
        ASSERT_LT(seen, std::size(kIds));
        EXPECT_EQ(client.read<std::uint8_t>(kConfig, at), kIds[seen]);
        at = client.read<std::uint8_t>(kConfig, at + 1u);
    }
    EXPECT_EQ(seen, 4u);
    EXPECT_EQ(client.read<std::uint16_t>(kConfig, 0x72) & PCI_MSIX_FLAGS_QSIZE, 63);
}

TEST(Session, ConfigurationKeepsWhatSoftwareMayWrite) {
    Client client;
    EXPECT_EQ(client.write<std::uint32_t>(kConfig, 0, 0xffffffff), 0);
    EXPECT_EQ(client.read<std::uint32_t>(kConfig, 0), 0x10fb8086u);
    client.write<std::uint32_t>(kConfig, PCI_BASE_ADDRESS_0, 0xffffffff);
    EXPECT_EQ(client.read<std::uint32_t>(kConfig, PCI_BASE_ADDRESS_0), 0xfffe0004u) << "64 bits, 128 KiB";
    client.write<std::uint16_t>(kConfig, PCI_COMMAND, 0xffff);
    client.write<std::uint16_t>(kConfig, 0x44, 3);
    EXPECT_EQ(client.read<std::uint16_t>(kConfig, 0x44) & 3, 3) << "the power state";
    client.write<std::uint16_t>(kConfig, 0xa8, PCI_EXP_DEVCTL_BCR_FLR);
    EXPECT_EQ(client.read<std::uint16_t>(kConfig, PCI_COMMAND), 0) << "a function level reset";
}

TEST(Session, RegistersAreReachedThroughTheirBarInWordsOnly) {
    Client client;
    EXPECT_EQ(client.write<std::uint32_t>(kBar0, MTA::at(0), 0x11223344), 0);
    EXPECT_EQ(client.write<std::uint64_t>(kBar0, MTA::at(2), 0x5566778899aabbcc), 0);
    EXPECT_EQ(client.read<std::uint32_t>(kBar0, MTA::at(0)), 0x11223344u);
    EXPECT_EQ(client.read<std::uint32_t>(kBar0, MTA::at(3)), 0x55667788u);
    EXPECT_EQ(client.read<std::uint64_t>(kBar0, MTA::at(2)), 0x5566778899aabbccu);
    EXPECT_EQ(client.read<std::uint8_t>(kBar0, MTA::at(0) + 1), 0x33);
    EXPECT_EQ(client.read<std::uint16_t>(kBar0, MTA::at(0) + 2), 0x1122);
    EXPECT_EQ(client.write<std::uint8_t>(kBar0, MTA::at(0), 1), EINVAL);
    EXPECT_EQ(client.write<std::uint32_t>(kBar0, MTA::at(0) + 2, 1), EINVAL);
    EXPECT_EQ(client.write<std::uint32_t>(kBar0, 0x20000, 1), EINVAL);
    EXPECT_EQ(client.write<std::uint64_t>(kBar0, 0x1fffc, 1), EINVAL);
    EXPECT_FALSE(client.ending) << "refused, and the connection goes on";
}

TEST(Session, RegistersAreReachedThroughTheIoBarToo) {  // 82599 DS 8.1.1.1
    Client client;
    client.write<std::uint32_t>(VFIO_PCI_BAR2_REGION_INDEX, 0, MTA::at(5));
    client.write<std::uint32_t>(VFIO_PCI_BAR2_REGION_INDEX, 4, 0xcafe);
    EXPECT_EQ(client.read<std::uint32_t>(kBar0, MTA::at(5)), 0xcafeu);
    EXPECT_EQ(client.read<std::uint32_t>(VFIO_PCI_BAR2_REGION_INDEX, 4), 0xcafeu);
    client.write<std::uint32_t>(VFIO_PCI_BAR2_REGION_INDEX, 0, 0xffffffff);
    EXPECT_EQ(client.read<std::uint32_t>(VFIO_PCI_BAR2_REGION_INDEX, 4), 0u) << "no such register";
}

TEST(Session, SmallWritesComeTogether) {
    Client client;
    SmallWrite one{{MTA::at(0), kBar0, 4}, {}}, two{{MTA::at(1), kBar0, 4}, {}};
    one.data[0] = std::byte{1}, two.data[0] = std::byte{2};
    const Reply reply = client.say(message_of(Command::region_write_multi, bytes_of(std::uint64_t{2}, one, two)));
    EXPECT_EQ(reply.payload, bytes_of(std::uint64_t{2}));
    EXPECT_EQ(client.read<std::uint64_t>(kBar0, MTA::at(0)), 0x200000001u);
}

TEST(Session, InterruptsGoToTheClientsDescriptors) {
    Client client;
    const UniqueFd event{::eventfd(0, EFD_CLOEXEC)};
    std::vector<UniqueFd> fds;
    fds.push_back(copy_of(event));
    EXPECT_EQ(client.irqs(VFIO_IRQ_SET_DATA_EVENTFD | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 5, 1, std::move(fds)), 0);
    client.write<std::uint32_t>(kBar0, hw::ixgbe::GPIE::at(), hw::ixgbe::GPIE::Multiple_MSIX::mask);
    client.write<std::uint32_t>(kBar0, EIMS::at(), 1u << 5);
    client.write<std::uint32_t>(kBar0, EICS::at(), 1u << 5);
    std::uint64_t count = 0;
    ASSERT_EQ(::read(event.get(), &count, sizeof(count)), ssize_t{sizeof(count)});
    EXPECT_EQ(count, 1u);
    EXPECT_EQ(client.irqs(VFIO_IRQ_SET_DATA_NONE | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 5, 1), 0);
    EXPECT_EQ(
        client.irqs(VFIO_IRQ_SET_DATA_BOOL | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 4, 2, {}, {std::byte{1}, std::byte{1}}),
        0);
    ASSERT_EQ(::read(event.get(), &count, sizeof(count)), ssize_t{sizeof(count)});
    EXPECT_EQ(count, 2u) << "the client may trigger it itself";
    EXPECT_EQ(client.irqs(VFIO_IRQ_SET_DATA_NONE | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 0, 0), 0) << "all off";
    EXPECT_EQ(client.irqs(VFIO_IRQ_SET_DATA_NONE | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 5, 1), 0);
    EXPECT_LT(::read(event.get(), &count, sizeof(count)), 0) << "nothing came";
}

TEST(Session, AFullCounterHoldsNobodyUp) {
    Client client;
    const UniqueFd event{::eventfd(0, EFD_CLOEXEC)};
    const std::uint64_t full = ~std::uint64_t{1};
    ASSERT_EQ(::write(event.get(), &full, sizeof(full)), ssize_t{sizeof(full)});
    std::vector<UniqueFd> fds;
    fds.push_back(copy_of(event));
    client.irqs(VFIO_IRQ_SET_DATA_EVENTFD | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1, std::move(fds));
    EXPECT_EQ(client.irqs(VFIO_IRQ_SET_DATA_NONE | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1), 0);
}

TEST(Session, InterruptsThatAreNotThereAreRefused) {
    Client client;
    struct {
        const char* why;
        std::uint32_t flags, index, start, count;
    } const cases[] = {
        {"no action", VFIO_IRQ_SET_DATA_NONE, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1},
        {"two kinds of data", VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_DATA_BOOL | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 0,
         1},
        {"not maskable", VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1},
        {"beyond the last", VFIO_IRQ_SET_DATA_NONE | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 64, 1},
        {"many from the last", VFIO_IRQ_SET_DATA_NONE | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 1, ~0u},
        {"start that wraps", VFIO_IRQ_SET_DATA_NONE | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, ~0u, 2},
        {"no INTx", VFIO_IRQ_SET_DATA_NONE | kTrigger, VFIO_PCI_INTX_IRQ_INDEX, 0, 1},
        {"no such kind", VFIO_IRQ_SET_DATA_NONE | kTrigger, 99, 0, 1},
        {"no data", VFIO_IRQ_SET_DATA_BOOL | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 0, 4},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(client.irqs(one.flags, one.index, one.start, one.count), EINVAL) << one.why;
        EXPECT_FALSE(client.ending) << one.why;
    }
    std::vector<UniqueFd> fds;
    fds.push_back(UniqueFd{::eventfd(0, EFD_CLOEXEC)});
    EXPECT_EQ(client.irqs(VFIO_IRQ_SET_DATA_EVENTFD | kTrigger, VFIO_PCI_MSIX_IRQ_INDEX, 0, 2, std::move(fds)), EINVAL);
}

TEST(Session, MemoryComesAndGoes) {
    Client client;
    const UniqueFd file = memory_file(2);
    Message map = message_of(Command::dma_map, bytes_of(range(0x100000, 2)));
    map.fds.push_back(copy_of(file));
    EXPECT_EQ(client.say(std::move(map)).error, 0);
    EXPECT_NE(client.function.dma().direct(0x100000, 8), nullptr);
    const auto request = bytes_of(DmaUnmap{sizeof(DmaUnmap), 0, 0x100000, 2 * kPage});
    const Reply reply = client.say(message_of(Command::dma_unmap, request));
    EXPECT_EQ(reply.payload, request) << "echoed";
    EXPECT_EQ(client.function.dma().ranges(), 0u);
    client.say(message_of(Command::dma_map, bytes_of(range(0x100000, 2))));
    client.say(message_of(Command::dma_unmap, bytes_of(DmaUnmap{sizeof(DmaUnmap), VFIO_DMA_UNMAP_FLAG_ALL, 0, 0})));
    EXPECT_EQ(client.function.dma().ranges(), 0u);
}

TEST(Session, ADeviceThatReachesOutAsksTheClientAndWaitsForNothing) {
    Client client;
    std::array<std::byte, 16> bytes{};
    EXPECT_FALSE(client.function.dma().read(0x100000, bytes));
    const auto request = client.function.requests().next();
    ASSERT_EQ(request.size(), 32u);
    Message reply;
    std::memcpy(&reply.header, request.data(), sizeof(reply.header));
    EXPECT_EQ(client.read<std::uint32_t>(kConfig, 0), 0x10fb8086u) << "served before the reply has come";
    reply.header.flags = kReply | kError;
    client.say(std::move(reply));
    EXPECT_FALSE(client.ending);
}

TEST(Session, AResetForgetsRegistersAndKeepsTheClients) {
    Client client;
    client.say(message_of(Command::dma_map, bytes_of(range(0x100000, 2))));
    client.write<std::uint32_t>(kBar0, MTA::at(0), 1);
    EXPECT_EQ(client.say(message_of(Command::device_reset)).error, 0);
    EXPECT_EQ(client.read<std::uint32_t>(kBar0, MTA::at(0)), 0u);
    EXPECT_EQ(client.function.dma().ranges(), 1u);
    client.function.disconnect();
    EXPECT_EQ(client.function.dma().ranges(), 0u);
}

TEST(Session, WhatALaterProtocolAddsIsRefusedInTheReply) {
    Client client;
    EXPECT_EQ(client.say(message_of(static_cast<Command>(16), bytes_of(std::uint64_t{0}))).error, EOPNOTSUPP);
    EXPECT_EQ(client.say(message_of(Command::get_region_io_fds, bytes_of(DeviceInfo{}))).error, EOPNOTSUPP);
    EXPECT_EQ(client.say(message_of(Command::dma_read, bytes_of(DmaAccess{}))).error, EOPNOTSUPP) << "the device's own";
    EXPECT_FALSE(client.ending);
}

// What ends a connection. Each sentence names the message.
struct Hostile {
    const char* sentence;
    Message message;
};

std::vector<Hostile> hostile() {
    std::vector<Hostile> all;
    const auto add = [&all](const char* sentence, Message message) { all.push_back({sentence, std::move(message)}); };
    add("VERSION: a second time", hello());
    add("REGION_READ: 1048577 bytes at once",
        message_of(Command::region_read, bytes_of(RegionAccess{0, kBar0, kMaxTransfer + 1})));
    add("REGION_WRITE: 5 bytes are announced, 4 came",
        message_of(Command::region_write, bytes_of(RegionAccess{0, kBar0, 5}, std::uint32_t{0})));
    add("REGION_WRITE_MULTI: 2 writes are announced",
        message_of(Command::region_write_multi, bytes_of(std::uint64_t{2}, SmallWrite{})));
    add("REGION_WRITE_MULTI: 768614336404564651 writes are announced",  // times 24 it wraps to 8
        message_of(Command::region_write_multi, bytes_of(std::uint64_t{768614336404564651}, std::uint64_t{0})));
    add("REGION_WRITE_MULTI: a write of 9 bytes",
        message_of(Command::region_write_multi, bytes_of(std::uint64_t{1}, SmallWrite{{0, kBar0, 9}, {}})));
    Message greedy = message_of(Command::get_info, bytes_of(DeviceInfo{}));
    greedy.fds.push_back(UniqueFd{::eventfd(0, EFD_CLOEXEC)});
    add("DEVICE_GET_INFO: 1 descriptors came along", std::move(greedy));
    add("DMA_WRITE: a reply with number 7", message_of(Command::dma_write, {}, kReply));
    Message generous = message_of(Command::dma_read, {}, kReply | kError);
    generous.fds.push_back(UniqueFd{::eventfd(0, EFD_CLOEXEC)});
    add("DMA_READ: 1 descriptors came along", std::move(generous));
    return all;
}

TEST(Session, MalformedMessagesEndTheConnectionByName) {
    for (Hostile& one : hostile()) {
        Client client;
        client.say(std::move(one.message));
        ASSERT_TRUE(client.ending) << one.sentence;
        EXPECT_EQ(client.ending->substr(0, std::strlen(one.sentence)), one.sentence);
    }
}

TEST(Session, NothingComesBeforeTheVersion) {
    SilentWire wire;
    Function function{{}, wire};
    Session session(function);
    Reply reply;
    EXPECT_EQ(session.handle(message_of(Command::device_reset), reply), "DEVICE_RESET: before VERSION");
    EXPECT_EQ(session.handle(message_of(static_cast<Command>(99)), reply), "command 99: before VERSION");
    EXPECT_EQ(session.handle(message_of(Command::version, bytes_of(Version{1, 0})), reply),
              "VERSION: the client speaks 1.0, and this is 0.0");
}

TEST(Session, HeadersAreNotBelieved) {
    const auto ending = [](Command command, std::uint32_t size, std::uint32_t flags = kCommand) {
        return Session::check({1, static_cast<std::uint16_t>(command), size, flags, 0}).value_or("");
    };
    EXPECT_EQ(ending(Command::dma_map, 48), "");
    EXPECT_EQ(ending(Command::dma_map, 15), "DMA_MAP: 15 bytes are less than a header");
    EXPECT_EQ(ending(Command::dma_map, 47), "DMA_MAP: a payload of 31 bytes; it takes 32 to 32");
    EXPECT_EQ(ending(Command::device_reset, 17), "DEVICE_RESET: a payload of 1 bytes; it takes 0 to 0");
    EXPECT_NE(ending(Command::region_write, 0xffffffff), "");
    EXPECT_NE(ending(static_cast<Command>(77), 0x7fffffff), "");
    EXPECT_EQ(ending(Command::region_read, 32, kReply), "REGION_READ: flags 0x1 are those of no command");
}

}  // namespace
}  // namespace bifurc::vfio_user::test
