// SPDX-License-Identifier: BSD-3-Clause
// The rules that hold for every verb's structure: size, growth, flags, reserved fields, pointers.
#include <sys/eventfd.h>

#include <cstddef>
#include <cstring>

#include "abi.h"

namespace bifurc::abi {
namespace {

constexpr std::size_t kNone = SIZE_MAX;

struct VerbCase {
    const char* name;
    int verb;
    bool answers;  // getsockopt
    std::uint32_t size;
    std::size_t flags;     // offset of the field, or kNone
    std::size_t reserved;  // likewise
    bool needs_split;
    bool splits;  // succeeds only without a split
};

#define FIELD(type, field) offsetof(struct type, field)
const VerbCase kVerbs[] = {
    {"info", BIFURC_INFO, true, sizeof(bifurc_info), kNone, kNone, false, false},
    {"split", BIFURC_SPLIT, true, sizeof(bifurc_split), FIELD(bifurc_split, flags), FIELD(bifurc_split, reserved),
     false, true},
    {"regions", BIFURC_REGIONS, true, sizeof(bifurc_regions), kNone, FIELD(bifurc_regions, reserved), true, false},
    {"dma_map", BIFURC_DMA_MAP, true, sizeof(bifurc_dma_map), FIELD(bifurc_dma_map, flags), kNone, true, false},
    {"dma_unmap", BIFURC_DMA_UNMAP, false, sizeof(bifurc_dma_unmap), FIELD(bifurc_dma_unmap, flags), kNone, true,
     false},
    {"eventfd", BIFURC_EVENTFD, false, sizeof(bifurc_eventfd), FIELD(bifurc_eventfd, flags),
     FIELD(bifurc_eventfd, reserved), true, false},
    {"events", BIFURC_EVENTS, true, sizeof(bifurc_events), kNone, FIELD(bifurc_events, reserved), false, false},
    {"sync", BIFURC_SYNC, false, sizeof(bifurc_sync), FIELD(bifurc_sync, flags), FIELD(bifurc_sync, reserved), true,
     false},
    {"stats", BIFURC_STATS, true, sizeof(bifurc_stats), kNone, FIELD(bifurc_stats, reserved), true, false},
    {"return", BIFURC_RETURN, false, sizeof(bifurc_return), FIELD(bifurc_return, flags), kNone, true, false},
};
#undef FIELD

// Each test: the verb in a state where it succeeds, then one thing wrong.
class EveryVerb : public SplitTest, public testing::WithParamInterface<VerbCase> {
protected:
    void SetUp() override {
        port_ = open_port();
        if (!verb().splits) {
            ASSERT_EQ(split(fd(), 1, BIFURC_FIRST_ANY, &held_), 0);
        }
        bytes_.assign(verb().size + 64, std::byte{0});
        put(0, verb().size);
        fill();
    }
    const VerbCase& verb() const { return GetParam(); }
    template <class T>
    void put(std::size_t offset, T value) {
        std::memcpy(&bytes_[offset], &value, sizeof(value));
    }
    template <class T>
    void put_struct(T value) {
        value.size = sizeof(value);
        put(0, value);
    }
    // The fields of a call that succeeds.
    void fill() {
        memory_ = anonymous(kPage);
        segments_.resize(4);
        switch (verb().verb) {
            case BIFURC_SPLIT:
                return put_struct(bifurc_split{0, 0, BIFURC_FIRST_ANY, 1, 0, 0});
            case BIFURC_DMA_MAP:
                return put_struct(bifurc_dma_map{0, 0, memory_.va(), kPage, -1, 4,
                                                 reinterpret_cast<std::uintptr_t>(segments_.data()), 0});
            case BIFURC_DMA_UNMAP: {
                bifurc_dma_map mapped{};
                ASSERT_EQ(dma_map(fd(), memory_.va(), kPage, mapped, segments_), 0);
                return put_struct(bifurc_dma_unmap{0, 0, mapped.id});
            }
            case BIFURC_EVENTFD:
                return put_struct(bifurc_eventfd{0, 0, held_.first, -1, held_.generation, 0});
            case BIFURC_SYNC:
                return put_struct(bifurc_sync{0, 0, held_.first, held_.pairs, held_.generation, 0});
            case BIFURC_STATS:
                return put_struct(bifurc_stats{0, held_.first, 0, 0, 0, 0});
            default:
                return;
        }
    }
    int call(void* value, socklen_t len) {
        return verb().answers ? get_raw(fd(), verb().verb, value, len) : set_raw(fd(), verb().verb, value, len);
    }
    int call(socklen_t len) { return call(bytes_.data(), len); }

    std::vector<std::byte> bytes_;
    std::vector<bifurc_dma_segment> segments_;
    Map memory_;
};

TEST_P(EveryVerb, Succeeds) { EXPECT_EQ(call(verb().size), 0); }

TEST_P(EveryVerb, ShorterThanVersionOneIsEinval) {
    for (const std::uint32_t size : {0u, 4u, verb().size - 1}) {
        put(0, size);
        EXPECT_EQ(call(verb().size), EINVAL) << size;
    }
}

TEST_P(EveryVerb, OptlenBelowSizeIsEinval) {
    for (const socklen_t len : {socklen_t{0}, socklen_t{3}, socklen_t{verb().size - 1}})
        EXPECT_EQ(call(len), EINVAL) << len;
    put(0, verb().size + 8);
    EXPECT_EQ(call(verb().size), EINVAL);
    put(0, UINT32_MAX);
    EXPECT_EQ(call(verb().size), EINVAL);
}

TEST_P(EveryVerb, OptlenAboveSizeIsAccepted) { EXPECT_EQ(call(verb().size + 64), 0); }

TEST_P(EveryVerb, LongerWithZerosIsAcceptedAndAnsweredWithZeros) {
    put(0, verb().size + 64);
    EXPECT_EQ(call(verb().size + 64), 0);
    for (std::size_t i = verb().size; i < bytes_.size(); ++i) EXPECT_EQ(bytes_[i], std::byte{0}) << i;
}

TEST_P(EveryVerb, LongerWithAnythingElseIsE2big) {
    put(0, verb().size + 64);
    for (const std::size_t at : {std::size_t{verb().size}, bytes_.size() - 1}) {
        bytes_[at] = std::byte{1};
        EXPECT_EQ(call(verb().size + 64), E2BIG) << at;
        bytes_[at] = std::byte{0};
    }
}

TEST_P(EveryVerb, UnknownFlagsAreEinval) {
    if (verb().flags == kNone) return;
    for (const std::uint32_t flag : {0x80000000u, 0x2u}) {
        put(verb().flags, flag);
        EXPECT_EQ(call(verb().size), EINVAL) << flag;
    }
}

TEST_P(EveryVerb, NonzeroReservedIsEinval) {
    if (verb().reserved == kNone) return;
    put(verb().reserved, std::uint32_t{1});
    EXPECT_EQ(call(verb().size), EINVAL);
}

TEST_P(EveryVerb, BadPointersAreEfault) {
    EXPECT_EQ(call(nullptr, verb().size), EFAULT);
    // The structure's first part lies in a page, the rest behind its end.
    const Map pages = anonymous(2 * kPage);
    ASSERT_EQ(::mprotect(pages.at(kPage), kPage, PROT_NONE), 0);
    const std::size_t cut = kPage - 4;
    std::memcpy(pages.at(cut), bytes_.data(), 4);
    EXPECT_EQ(call(pages.at(cut), verb().size), EFAULT);
}

TEST_P(EveryVerb, WithoutASplitIsEnotconnWhereItNeedsOne) {
    if (!verb().needs_split) return;
    ASSERT_EQ(give_back(fd()), 0);
    EXPECT_EQ(call(verb().size), ENOTCONN);
}

// A verb of the other direction is no verb.
TEST_P(EveryVerb, InTheWrongDirectionIsRefused) {
    const int code = verb().answers ? set_raw(fd(), verb().verb, bytes_.data(), verb().size)
                                    : get_raw(fd(), verb().verb, bytes_.data(), verb().size);
    EXPECT_EQ(code, ENOPROTOOPT);
}

INSTANTIATE_TEST_SUITE_P(Abi, EveryVerb, testing::ValuesIn(kVerbs), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace bifurc::abi
