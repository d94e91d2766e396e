// SPDX-License-Identifier: BSD-3-Clause
// The end of the netdev or its driver; run by itself, with --destroy.
#include <poll.h>

#include "abi.h"

namespace bifurc::abi {
namespace {

using Gone = SplitTest;

int polls(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, 0) == 1 ? waiting.revents : 0;
}

TEST_F(Gone, IsToldAndLeavesOnlyClose) {
    const bifurc_regions granted = regions(fd());
    const Map registers = map_region(fd(), region_of(granted, BIFURC_REGION_BAR));
    const Map page = map_region(fd(), region_of(granted, BIFURC_REGION_STATUS));
    ASSERT_TRUE(registers.ok() && page.ok());
    const Map memory = anonymous(kPage);
    std::vector<bifurc_dma_segment> segments(2);
    bifurc_dma_map mapped{};
    ASSERT_EQ(dma_map(fd(), memory.va(), kPage, mapped, segments), 0);

    ASSERT_TRUE(run(options().destroy)) << options().destroy;

    EXPECT_TRUE(eventually([&] { return polls(fd()) != 0; }));
    bool told = false;
    EXPECT_TRUE(eventually([&] {
        bifurc_events events{};
        const int code = get(fd(), BIFURC_EVENTS, events);
        told = told || code == ENODEV || (code == 0 && (events.events & BIFURC_EVENT_GONE) != 0);
        return told && (polls(fd()) & (POLLHUP | POLLERR)) != 0;
    }));
    bifurc_split again{};
    again.pairs = 1;
    again.first = BIFURC_FIRST_ANY;
    EXPECT_EQ(get(fd(), BIFURC_SPLIT, again), ENODEV);
    bifurc_regions later{};
    EXPECT_EQ(get(fd(), BIFURC_REGIONS, later), ENODEV);
    // A burst that is under way when it happens must not end the program.
    EXPECT_EQ(signal_of_write(registers.at()), 0);
}

}  // namespace
}  // namespace bifurc::abi
