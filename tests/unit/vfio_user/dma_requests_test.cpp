// SPDX-License-Identifier: BSD-3-Clause
// What is asked of the client's bus, and which replies are believed.
#include "dma_requests.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "client.h"
#include "session.h"

namespace bifurc::vfio_user::test {
namespace {

constexpr std::uint64_t kBus = 0x7'0000'0040;

Header front(std::span<const std::byte> message) {
    Header header{};
    std::memcpy(&header, message.data(), sizeof(header));
    return header;
}

Message reply_to(const Header& request, std::size_t payload, std::uint32_t flags = kReply) {
    Message reply;
    reply.header = request;
    reply.header.flags = flags;
    reply.header.size = static_cast<std::uint32_t>(sizeof(Header) + payload);
    reply.payload.resize(payload);
    return reply;
}

TEST(DmaRequests, AReadSaysWhereAndHowMuch) {
    DmaRequests requests;
    requests.read(kBus, 16);
    const auto message = requests.next();
    const Header header = front(message);
    EXPECT_EQ(header.command, 11);
    EXPECT_EQ(header.flags, kCommand);
    EXPECT_EQ(header.size, 32u);
    EXPECT_EQ(std::vector(message.begin() + 16, message.end()), bytes_of(DmaAccess{kBus, 16}));
    EXPECT_TRUE(requests.next().empty()) << "once";
}

TEST(DmaRequests, AWriteBringsItsData) {
    DmaRequests requests;
    const std::vector<std::byte> data = bytes_of(std::uint64_t{0x0123456789abcdef});
    requests.write(kBus, data);
    const auto message = requests.next();
    EXPECT_EQ(front(message).command, 12);
    EXPECT_EQ(std::vector(message.begin() + 16, message.end()),
              bytes_of(DmaAccess{kBus, 8}, std::uint64_t{0x0123456789abcdef}));
}

TEST(DmaRequests, ALongAccessIsCutAndStaysInItsPage) {
    DmaRequests requests;
    const std::vector<std::byte> frame(9000, std::byte{1});
    requests.write(kBus, frame);
    EXPECT_EQ(front(requests.next()).size, 32 + DmaRequests::kLongest);
    requests.write(0x1ff8, frame);
    const auto message = requests.next();
    EXPECT_EQ(std::vector(message.begin() + 16, message.begin() + 32), bytes_of(DmaAccess{0x1ff8, 8}));
}

TEST(DmaRequests, WhatComesWhileManyAreUnansweredIsNotAskedFor) {
    DmaRequests requests;
    Header first{};
    for (std::size_t i = 0; i < 2 * DmaRequests::kOutstanding; ++i) requests.read(kBus, 16);
    std::size_t sent = 0;
    for (auto message = requests.next(); !message.empty(); message = requests.next(), ++sent) {
        if (sent == 0) first = front(message);
    }
    EXPECT_EQ(sent, DmaRequests::kOutstanding);
    EXPECT_FALSE(requests.answered(reply_to(first, 32)));
    requests.write(kBus, bytes_of(1));
    EXPECT_FALSE(requests.next().empty()) << "room again";
    requests.clear();
    requests.read(kBus, 16);
    EXPECT_FALSE(requests.next().empty());
}

TEST(DmaRequests, AReplyBringsTheDataOrAnErrorInAnyOrder) {
    DmaRequests requests;
    requests.read(kBus, 16);
    requests.write(kBus, bytes_of(1));
    requests.write(kBus, bytes_of(1));
    requests.read(kBus, 16);
    std::vector<Header> asked;
    for (auto message = requests.next(); !message.empty(); message = requests.next()) asked.push_back(front(message));
    EXPECT_FALSE(requests.answered(reply_to(asked[3], 0, kReply | kError)));
    EXPECT_FALSE(requests.answered(reply_to(asked[2], sizeof(DmaAccess))));
    EXPECT_FALSE(requests.answered(reply_to(asked[1], 0))) << "as QEMU's";
    EXPECT_FALSE(requests.answered(reply_to(asked[0], 32)));
}

TEST(DmaRequests, RepliesThatAnswerNothingEndTheConnection) {
    const auto ending = [](auto change) {
        DmaRequests requests;
        requests.read(kBus, 16);
        Message reply = reply_to(front(requests.next()), 32);
        change(requests, reply);
        return requests.answered(reply).value_or("");
    };
    EXPECT_EQ(ending([](auto&, auto&) {}), "");
    EXPECT_EQ(ending([](auto&, Message& reply) { reply.header.id = 9; }),
              "DMA_READ: a reply with number 9, and nothing was asked");
    EXPECT_EQ(ending([](auto&, Message& reply) { reply.header.command = 12; }),
              "DMA_WRITE: a reply with number 0, and nothing was asked");
    EXPECT_EQ(ending([](auto& requests, Message& reply) { static_cast<void>(requests.answered(reply)); }),
              "DMA_READ: a reply with number 0, and nothing was asked")
        << "a second time";
    EXPECT_EQ(ending([](auto& requests, Message& reply) {
                  requests.read(kBus, 16);
                  reply.header.id = 1;
              }),
              "DMA_READ: a reply with number 1, and nothing was asked")
        << "not sent yet";
    for (const std::size_t len : {0u, 31u, 33u}) {
        EXPECT_EQ(ending([&](auto&, Message& reply) { reply.payload.resize(len); }),
                  "DMA_READ: a reply with a payload of " + std::to_string(len) + " bytes; 16 bytes were asked for");
    }
    EXPECT_NE(ending([](auto&, Message& reply) { reply.header.flags |= kError; }), "") << "an error brings no data";
}

// Before a reply is read whole.
TEST(DmaRequests, AReplysHeaderIsNotBelieved) {
    const auto ending = [](Command command, std::size_t payload, std::uint32_t flags = kReply) {
        return Session::check({1, static_cast<std::uint16_t>(command),
                               static_cast<std::uint32_t>(sizeof(Header) + payload), flags, 0})
            .value_or("");
    };
    EXPECT_EQ(ending(Command::dma_read, 80), "");
    EXPECT_EQ(ending(Command::dma_read, 81), "DMA_READ: a payload of 81 bytes; it takes 0 to 80");
    EXPECT_EQ(ending(Command::dma_write, 17), "DMA_WRITE: a payload of 17 bytes; it takes 0 to 16");
    EXPECT_EQ(ending(Command::dma_map, 32), "DMA_MAP: flags 0x1 are those of no command");
    EXPECT_EQ(ending(Command::dma_read, 80, 2), "DMA_READ: flags 0x2 are those of no command");
}

}  // namespace
}  // namespace bifurc::vfio_user::test
