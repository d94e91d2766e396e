// SPDX-License-Identifier: BSD-3-Clause
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <set>
#include <vector>

#include "unique_fd.h"
#include "wires.h"

namespace {

using namespace bifurc::sim;

using Frame = std::vector<std::byte>;

class Collector final : public FrameSink {
public:
    void frame(std::span<const std::byte> frame) override { frames.emplace_back(frame.begin(), frame.end()); }
    std::vector<Frame> frames;
};

Frame frame_of(std::size_t len, unsigned seed) {
    Frame frame(len);
    for (std::size_t i = 0; i < len; ++i) frame[i] = static_cast<std::byte>(seed + i);
    return frame;
}

class CaptureFile {
public:
    CaptureFile() {
        char name[] = "/tmp/bifurc-wire-XXXXXX";
        UniqueFd{::mkstemp(name)};
        path_ = name;
    }
    ~CaptureFile() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

WireSpec spec_of(const std::string& text) { return *parse_wire(text); }

TEST(CaptureWire, WhatIsSentIsReceivedFromTheFile) {
    const CaptureFile file;
    const std::vector<Frame> frames = {frame_of(60, 1), frame_of(1514, 2), frame_of(9000, 3)};
    {
        auto wire = make_capture_wire(spec_of("pcap:out=" + file.path()));
        ASSERT_TRUE(wire) << wire.error();
        for (const Frame& frame : frames) EXPECT_TRUE((*wire)->transmit(frame));
        EXPECT_EQ((*wire)->counters().sent, 3u);
    }
    auto wire = make_capture_wire(spec_of("pcap:in=" + file.path()));
    ASSERT_TRUE(wire) << wire.error();
    Collector collector;
    EXPECT_EQ((*wire)->poll(1, 2, collector), 2u);
    EXPECT_TRUE((*wire)->timed());
    EXPECT_EQ((*wire)->poll(2, 64, collector), 1u);
    EXPECT_EQ((*wire)->poll(3, 64, collector), 0u);
    EXPECT_FALSE((*wire)->timed());
    EXPECT_EQ(collector.frames, frames);
    EXPECT_EQ((*wire)->counters().received, 3u);
}

TEST(CaptureWire, LoopsAtARate) {
    const CaptureFile file;
    {
        auto wire = make_capture_wire(spec_of("pcap:out=" + file.path()));
        EXPECT_TRUE((*wire)->transmit(frame_of(60, 1)));
        EXPECT_TRUE((*wire)->transmit(frame_of(61, 2)));
    }
    auto wire = make_capture_wire(spec_of("pcap:in=" + file.path() + ",loop,pps=1000"));
    ASSERT_TRUE(wire) << wire.error();
    Collector collector;
    constexpr std::uint64_t kStart = 5'000'000'000;
    EXPECT_EQ((*wire)->poll(kStart, 64, collector), 0u);
    EXPECT_EQ((*wire)->poll(kStart + 5'000'000, 64, collector), 5u);
    EXPECT_EQ((*wire)->poll(kStart + 5'500'000, 64, collector), 0u);
    EXPECT_EQ((*wire)->poll(kStart + 6'000'000, 64, collector), 1u);
    EXPECT_EQ(collector.frames[4].size(), 60u);
    EXPECT_EQ(collector.frames[5].size(), 61u);
}

TEST(CaptureWire, FramesLongerThanAWireCarriesAreCountedNotReceived) {
    const CaptureFile file;
    {
        auto wire = make_capture_wire(spec_of("pcap:out=" + file.path()));
        EXPECT_TRUE((*wire)->transmit(frame_of(kMaxFrame + 1, 1)));
        EXPECT_TRUE((*wire)->transmit(frame_of(kMaxFrame, 2)));
    }
    auto wire = make_capture_wire(spec_of("pcap:in=" + file.path()));
    ASSERT_TRUE(wire) << wire.error();
    Collector collector;
    EXPECT_EQ((*wire)->poll(1, 64, collector), 1u);
    EXPECT_EQ((*wire)->counters().rx_truncated, 1u);
}

TEST(CaptureWire, SaysWhatIsWrongWithAFile) {
    auto missing = make_capture_wire(spec_of("pcap:in=/no/such/file"));
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().find("/no/such/file"), std::string::npos);
    const CaptureFile empty;
    EXPECT_FALSE(make_capture_wire(spec_of("pcap:in=" + empty.path())));
    EXPECT_FALSE(make_capture_wire(spec_of("pcap:out=/no/such/directory/file")));
}

TEST(GeneratorWire, NumbersItsFramesAndSpreadsFlows) {
    const MacAddress destination{2, 3, 4, 5, 6, 7};
    const WirePtr wire = make_generator_wire(spec_of("gen:size=64,flows=4"), destination);
    Collector collector;
    EXPECT_EQ(wire->poll(1, 8, collector), 8u);
    std::set<unsigned> ports;
    for (unsigned i = 0; i < 8; ++i) {
        const Frame& frame = collector.frames[i];
        ASSERT_EQ(frame.size(), 60u);
        EXPECT_EQ(std::memcmp(frame.data(), destination.data(), 6), 0);
        EXPECT_EQ(std::memcmp(&frame[42], "bfrc", 4), 0);
        EXPECT_EQ(std::to_integer<unsigned>(frame[53]), i);
        ports.insert(std::to_integer<unsigned>(frame[34]) << 8 | std::to_integer<unsigned>(frame[35]));
    }
    EXPECT_EQ(ports, (std::set<unsigned>{1024, 1025, 1026, 1027}));
}

TEST(GeneratorWire, ItsIpHeaderChecksumIsRight) {
    const WirePtr wire = make_generator_wire(spec_of("gen:size=1000"), {});
    Collector collector;
    wire->poll(1, 1, collector);
    unsigned sum = 0;
    for (unsigned i = 14; i < 34; i += 2) {
        sum += std::to_integer<unsigned>(collector.frames[0][i]) << 8 |
               std::to_integer<unsigned>(collector.frames[0][i + 1]);
    }
    EXPECT_EQ((sum & 0xffff) + (sum >> 16), 0xffffu);
}

TEST(CableWire, WhatOneEndSendsTheOtherReceives) {
    const CableEnds cable = make_cable();
    EXPECT_TRUE(cable.a->transmit(frame_of(100, 5)));
    Collector at_a, at_b;
    EXPECT_EQ(cable.a->poll(1, 64, at_a), 0u);
    EXPECT_EQ(cable.b->poll(1, 64, at_b), 1u);
    EXPECT_EQ(at_b.frames[0], frame_of(100, 5));
}

TEST(CableWire, HasNoRoomWhenTheOtherEndDoesNotReceive) {
    const CableEnds cable = make_cable();
    unsigned sent = 0;
    while (sent < 100'000 && cable.a->transmit(frame_of(60, 0))) ++sent;
    EXPECT_LT(sent, 100'000u);
    EXPECT_EQ(cable.a->counters().sent, sent);
    Collector collector;
    cable.b->poll(1, 1, collector);
    EXPECT_TRUE(cable.a->transmit(frame_of(60, 0)));
}

TEST(SinkWire, CountsAndDrops) {
    const WirePtr wire = make_sink_wire();
    EXPECT_TRUE(wire->transmit(frame_of(60, 0)));
    Collector collector;
    EXPECT_EQ(wire->poll(1, 64, collector), 0u);
    EXPECT_EQ(wire->counters().sent, 1u);
}

TEST(InterfaceWire, NamesAnInterfaceThatIsNotThere) {
    auto wire = make_interface_wire("no-such-if0");
    ASSERT_FALSE(wire);
    EXPECT_NE(wire.error().find("no-such-if0"), std::string::npos);
}

TEST(DatagramWire, TwoEndsPassFramesAndPadShortOnes) {
    const CaptureFile name;
    const std::string a = name.path() + ".a", b = name.path() + ".b";
    auto near = make_wire(spec_of("unix:bind=" + a + ",peer=" + b), {});
    ASSERT_TRUE(near) << near.error();
    EXPECT_TRUE((*near)->transmit(frame_of(60, 9)));
    EXPECT_EQ((*near)->counters().tx_errors, 1u) << "nobody is there yet";
    {
        auto far = make_wire(spec_of("unix:bind=" + b + ",peer=" + a), {});
        ASSERT_TRUE(far) << far.error();
        for (const std::size_t len : {20u, 1514u, 9724u, 9725u}) EXPECT_TRUE((*near)->transmit(frame_of(len, 1)));
        Collector collector;
        EXPECT_EQ((*far)->poll(1, 8, collector), 4u);
        ASSERT_EQ(collector.frames.size(), 3u);
        Frame padded = frame_of(20, 1);
        padded.resize(60);
        EXPECT_EQ(collector.frames[0], padded);
        EXPECT_EQ(collector.frames[2], frame_of(9724, 1));
        EXPECT_EQ((*far)->counters().rx_truncated, 1u);
    }
    EXPECT_FALSE(std::filesystem::exists(b)) << "a wire takes its socket away";
}

TEST(DatagramWire, AFullReceiverHoldsTheSenderUp) {
    const CaptureFile name;
    const std::string a = name.path() + ".a", b = name.path() + ".b";
    auto near = make_wire(spec_of("unix:bind=" + a + ",peer=" + b), {});
    auto far = make_wire(spec_of("unix:bind=" + b + ",peer=" + a), {});
    ASSERT_TRUE(near && far);
    std::size_t sent = 0;
    while (sent < 100'000 && (*near)->transmit(frame_of(60, 1))) ++sent;
    ASSERT_LT(sent, 100'000u);
    Collector collector;
    while ((*far)->poll(1, 64, collector) != 0) {
    }
    EXPECT_EQ(collector.frames.size(), sent) << "nothing is lost";
    EXPECT_TRUE((*near)->transmit(frame_of(60, 1)));
}

TEST(DatagramWire, AReceiverThatNeverTakesAnythingIsLikeNone) {
    const CaptureFile name;
    const std::string a = name.path() + ".a", b = name.path() + ".b";
    auto near = make_wire(spec_of("unix:bind=" + a + ",peer=" + b), {});
    auto far = make_wire(spec_of("unix:bind=" + b + ",peer=" + a), {});
    ASSERT_TRUE(near && far);
    Collector none;
    constexpr std::uint64_t kSecond = 1'000'000'000;
    (*near)->poll(kSecond, 1, none);
    while ((*near)->transmit(frame_of(60, 1))) {
    }
    (*near)->poll(2 * kSecond, 1, none);
    EXPECT_TRUE((*near)->transmit(frame_of(60, 1))) << "gone, as on a wire";
    EXPECT_EQ((*near)->counters().tx_errors, 1u);
    Collector collector;
    (*far)->poll(1, 1, collector);
    const std::uint64_t sent = (*near)->counters().sent;
    EXPECT_TRUE((*near)->transmit(frame_of(60, 1)));
    EXPECT_EQ((*near)->counters().sent, sent + 1) << "there again";
}

TEST(DatagramWire, WhatCannotBeIsRefusedByName) {
    const CaptureFile name;
    EXPECT_FALSE(parse_wire("unix:bind=/tmp/x"));
    EXPECT_NE(make_datagram_wire(name.path(), "/tmp/y").error().find("remove what"), std::string::npos);
    EXPECT_FALSE(make_datagram_wire(std::string(200, 'x'), "/tmp/y"));
}

}  // namespace
