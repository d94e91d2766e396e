// SPDX-License-Identifier: BSD-3-Clause
// The command line, and /proc/PID/maps.
#include <gtest/gtest.h>

#include "options.h"
#include "proc_maps.h"

namespace {

using namespace bifurc::sim;

TEST(ProcMaps, ReadsEachKindOfLine) {
    MappedArea area;
    ASSERT_TRUE(parse_maps_line("7f00a000-7f00c000 rw-s 00001000 00:01 4711   /memfd:x (deleted)", area));
    EXPECT_EQ(area.start, 0x7f00a000u);
    EXPECT_EQ(area.end, 0x7f00c000u);
    EXPECT_TRUE(area.readable && area.writable && area.shared);
    EXPECT_EQ(area.file_offset, 0x1000u);
    EXPECT_EQ(area.inode, 4711u);
    ASSERT_TRUE(parse_maps_line("55d0-55d1 r--p 00000000 00:00 0 ", area));
    EXPECT_TRUE(!area.writable && !area.shared && area.inode == 0);
}

TEST(ProcMaps, RefusesWhatIsNone) {
    MappedArea area;
    for (const char* line :
         {"", "x", "1-2", "1-2 rw", "1-2 rw-p", "1-2 rw-p 0 00", "1-2 rw-p 0 00:01", "1-2 rw-p 0 00:01 "}) {
        EXPECT_FALSE(parse_maps_line(line, area)) << line;
    }
}

TEST(PortOptions, TakesAllKeys) {
    auto port =
        parse_port("name=eth0,mac=02:00:00:00:00:01,queues=4,ring=256,mtu=9000,wire=gen:size=128,pps=10,flows=3");
    ASSERT_TRUE(port);
    EXPECT_EQ(port->name, "eth0");
    EXPECT_EQ(format_mac(*port->mac), "02:00:00:00:00:01");
    EXPECT_EQ(port->queues, 4u);
    EXPECT_EQ(port->ring, 256u);
    EXPECT_EQ(port->mtu, 9000u);
    EXPECT_EQ(port->wire.size, 128u);
    EXPECT_EQ(port->wire.pps, 10u);
    EXPECT_EQ(port->wire.flows, 3u);
}

TEST(PortOptions, HasTheDefaultsOfTheFiveSteps) {
    auto port = parse_port("name=eth0,wire=sink");
    ASSERT_TRUE(port);
    EXPECT_EQ(port->queues, 32u);
    EXPECT_EQ(port->ring, 512u);
    EXPECT_FALSE(port->mac);
}

TEST(PortOptions, RefusesByName) {
    const std::pair<const char*, const char*> cases[] = {
        {"", "name="},
        {"name=eth0", "wire="},
        {"name=,wire=sink", "name"},
        {"name=a/b,wire=sink", "name"},
        {"name=sixteen-letters-,wire=sink", "name"},
        {"name=a,queues=0,wire=sink", "queues"},
        {"name=a,queues=65,wire=sink", "queues"},
        {"name=a,queues=4x,wire=sink", "queues"},
        {"name=a,ring=100,wire=sink", "ring"},
        {"name=a,mtu=9707,wire=sink", "mtu"},
        {"name=a,mac=02:00,wire=sink", "02:00"},
        {"name=a,mac=01:00:00:00:00:01,wire=sink", "multicast"},
        {"name=a,color=red,wire=sink", "color"},
        {"name=a,wire=", "wire"},
        {"name=a,wire=tin-can", "tin-can"},
        {"name=a,wire=sink:x", "sink:x"},
        {"name=a,wire=if:", "if:"},
        {"name=a,wire=pcap:", "in=FILE"},
        {"name=a,wire=pcap:in=", "in"},
        {"name=a,wire=pcap:in=x,size=64", "size"},
        {"name=a,wire=gen:size=63", "size"},
        {"name=a,wire=gen:size=9729", "size"},
        {"name=a,wire=gen:pps=0", "pps"},
        {"name=a,wire=gen:loop", "loop"},
        {"name=a,wire=gen:dst=elsewhere", "dst"},
    };
    for (const auto& [text, word] : cases) {
        auto port = parse_port(text);
        ASSERT_FALSE(port) << text;
        EXPECT_NE(port.error().find(word), std::string::npos) << text << ": " << port.error();
    }
}

TEST(PortOptions, CablesComeInPairs) {
    const auto ports = [](std::initializer_list<const char*> texts) {
        std::vector<PortOptions> all;
        for (const char* text : texts) all.push_back(*parse_port(text));
        return all;
    };
    EXPECT_EQ(check_ports(ports({"name=a,wire=cable:b", "name=b,wire=cable:a", "name=c,wire=sink"})), "");
    EXPECT_NE(check_ports(ports({"name=a,wire=cable:b"})), "");
    EXPECT_NE(check_ports(ports({"name=a,wire=cable:a"})), "");
    EXPECT_NE(check_ports(ports({"name=a,wire=cable:b", "name=b,wire=sink"})), "");
    EXPECT_NE(check_ports(ports({"name=a,wire=sink", "name=a,wire=sink"})), "");
}

}  // namespace
