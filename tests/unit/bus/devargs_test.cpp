// SPDX-License-Identifier: BSD-3-Clause
// Every form of devargs that is taken, and every one that is not, by the sentence that says why.
#include "bus/bifurc/devargs.h"

#include <gtest/gtest.h>

#include <string>

using namespace bifurc::bus;

namespace {

struct Refused {
    std::string_view text;
    std::string_view iface;  // of the device's name
    std::string_view names;  // what the sentence must name
    std::string_view allows;
};

constexpr std::string_view kNetdev = "a name of a netdev, at most 127 characters";
const std::string kTooLong = "iface=" + std::string("1234567890123456789012345678901234567890").append(88, 'x');
constexpr std::string_view kKeys = "allowed are iface, qpairs, first and isolation";

const Refused kRefused[] = {
    {"", "", "'iface' is missing", kNetdev},
    {"qpairs=1", "", "'iface' is missing", kNetdev},
    {"iface", "", "'iface' has no value", kNetdev},
    {"iface=", "", "'iface' has no value", kNetdev},
    {kTooLong, "", "'iface=123456789012345678901234567890...' is not allowed", kNetdev},
    {"iface=.", "", "'iface=.' is not allowed", kNetdev},
    {"iface=..", "", "'iface=..' is not allowed", kNetdev},
    {"iface=a/b", "", "'iface=a/b' is not allowed", kNetdev},
    {"iface=a:b", "", "'iface=a:b' is not allowed", kNetdev},
    {"iface=a b", "", "'iface=a b' is not allowed", kNetdev},
    {"iface=a\tb", "", "'iface=a?b' is not allowed", kNetdev},
    {std::string_view("iface=a\0b", 9), "", "'iface=a?b' is not allowed", kNetdev},
    {"iface=eth0,iface=eth1", "", "'iface' is given twice", kNetdev},
    {"iface=eth0,", "", "'' is an empty argument", kKeys},
    {",iface=eth0", "", "'' is an empty argument", kKeys},
    {"iface=eth0,,qpairs=1", "", "'' is an empty argument", kKeys},
    {",", "", "'' is an empty argument", kKeys},
    {"=eth0", "", "'' is an unknown argument", kKeys},
    {"iface=eth0,queues=2", "", "'queues' is an unknown argument", kKeys},
    {"iface=eth0,Qpairs=2", "", "'Qpairs' is an unknown argument", kKeys},
    {"iface=eth0, qpairs=2", "", "' qpairs' is an unknown argument", kKeys},
    {"iface=eth0,qpairs", "", "'qpairs' has no value", "a number from 1 to 64"},
    {"iface=eth0,qpairs=", "", "'qpairs' has no value", "a number from 1 to 64"},
    {"iface=eth0,qpairs=0", "", "'qpairs=0' is not allowed", "a number from 1 to 64"},
    {"iface=eth0,qpairs=65", "", "'qpairs=65' is not allowed", "a number from 1 to 64"},
    {"iface=eth0,qpairs=-1", "", "'qpairs=-1' is not allowed", "a number from 1 to 64"},
    {"iface=eth0,qpairs=+1", "", "'qpairs=+1' is not allowed", "a number from 1 to 64"},
    {"iface=eth0,qpairs=0x2", "", "'qpairs=0x2' is not allowed", "a number from 1 to 64"},
    {"iface=eth0,qpairs=2 ", "", "'qpairs=2 ' is not allowed", "a number from 1 to 64"},
    {"iface=eth0,qpairs=1.5", "", "'qpairs=1.5' is not allowed", "a number from 1 to 64"},
    {"iface=eth0,qpairs=18446744073709551617", "", "'qpairs=18446744073709551617' is not", "a number from 1 to 64"},
    {"iface=eth0,qpairs=1=2", "", "'qpairs=1=2' is not allowed", "a number from 1 to 64"},
    {"iface=eth0,qpairs=1,qpairs=1", "", "'qpairs' is given twice", "a number from 1 to 64"},
    {"iface=eth0,first=any", "", "'first=any' is not allowed", "a number from 0 to 65535"},
    {"iface=eth0,first=65536", "", "'first=65536' is not allowed", "a number from 0 to 65535"},
    {"iface=eth0,first=4294967295", "", "'first=4294967295' is not allowed", "a number from 0 to 65535"},
    {"iface=eth0,first=", "", "'first' has no value", "a number from 0 to 65535"},
    {"iface=eth0,isolation=", "", "'isolation' has no value", "shared or strict"},
    {"iface=eth0,isolation=Strict", "", "'isolation=Strict' is not allowed", "shared or strict"},
    {"iface=eth0,isolation=none", "", "'isolation=none' is not allowed", "shared or strict"},
    {"iface=eth0,isolation=strict,isolation=strict", "", "'isolation' is given twice", "shared or strict"},
    {"iface=eth0", "eth0", "'iface' is given by the device's name already", "."},
    {"", "a/b", "'a/b' is not a name of a netdev", "at most 127 characters"},
};

TEST(Devargs, RefusesEveryMalformedFormByName) {
    for (const Refused& row : kRefused) {
        Devargs parsed;
        Sentence why_not{};
        EXPECT_FALSE(parse_devargs(row.text, row.iface, parsed, why_not)) << row.text;
        const std::string_view said = why_not.data();
        EXPECT_NE(said.find(row.names), std::string_view::npos) << row.text << ": " << said;
        EXPECT_NE(said.find(row.allows), std::string_view::npos) << row.text << ": " << said;
        EXPECT_TRUE(said.ends_with('.')) << said;
    }
}

TEST(Devargs, TakesTheShortestForm) {
    Devargs parsed;
    Sentence why_not{};
    ASSERT_TRUE(parse_devargs("iface=eth0", "", parsed, why_not));
    EXPECT_STREQ(parsed.iface.data(), "eth0");
    EXPECT_EQ(parsed.pairs, 1u);
    EXPECT_EQ(parsed.first, BIFURC_FIRST_ANY);
    EXPECT_EQ(parsed.split_flags(), 0u);
}

TEST(Devargs, TakesEverythingInAnyOrder) {
    Devargs parsed;
    Sentence why_not{};
    ASSERT_TRUE(parse_devargs("isolation=strict,first=0,qpairs=64,iface=enp216s0f0np0.1", "", parsed, why_not));
    EXPECT_STREQ(parsed.iface.data(), "enp216s0f0np0.1");
    EXPECT_EQ(parsed.pairs, 64u);
    EXPECT_EQ(parsed.first, 0u);
    EXPECT_EQ(parsed.split_flags(), BIFURC_SPLIT_STRICT);
}

TEST(Devargs, TakesTheNetdevFromTheDevicesName) {
    Devargs parsed;
    Sentence why_not{};
    ASSERT_TRUE(parse_devargs("qpairs=2", "eth0.7", parsed, why_not));
    EXPECT_STREQ(parsed.iface.data(), "eth0.7");
    EXPECT_EQ(parsed.pairs, 2u);
    ASSERT_TRUE(parse_devargs("", "eth0", parsed, why_not));
    EXPECT_EQ(parsed.pairs, 1u);
}

TEST(Devargs, KeepsNothingOfAnEarlierCall) {
    Devargs parsed;
    Sentence why_not{};
    ASSERT_TRUE(parse_devargs("iface=longername0,first=7,isolation=strict", "", parsed, why_not));
    ASSERT_TRUE(parse_devargs("iface=e,isolation=shared", "", parsed, why_not));
    EXPECT_STREQ(parsed.iface.data(), "e");
    EXPECT_EQ(parsed.first, BIFURC_FIRST_ANY);
    EXPECT_FALSE(parsed.strict);
}

TEST(Devargs, ASentenceStaysOneLineWhateverTheInput) {
    Devargs parsed;
    Sentence why_not{};
    const std::string huge = "\x1b[31m\n" + std::string(100000, 'x');
    EXPECT_FALSE(parse_devargs(huge, "", parsed, why_not));
    const std::string_view said = why_not.data();
    EXPECT_LT(said.size(), 200u);
    EXPECT_NE(said.find("...' is an unknown argument"), std::string_view::npos) << said;
    EXPECT_EQ(said.find_first_of("\x1b\n"), std::string_view::npos);
}

}  // namespace
