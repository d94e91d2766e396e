// SPDX-License-Identifier: BSD-3-Clause
// What the port's counters show: 82599 DS 8.2.3.23.
#include <gtest/gtest.h>

#include <algorithm>

#include "bench_nic.h"

namespace bifurc::model::test {
namespace {

using namespace hw::ixgbe;

TEST(Statistics, SentFramesAreCountedByLengthAndKind) {  // DS 8.2.3.23
    Bench bench;
    bench.open_tx(0);
    const Frame frame = udp_frame({}, 300);
    const auto send = [&](std::uint32_t slot, std::uint8_t first_byte) {
        std::byte* const at = bench.memory.inside(Bench::buffer(slot), frame.size());
        std::copy(frame.begin(), frame.end(), at);
        std::fill_n(at, 6, std::byte{first_byte});
        bench.post(slot, Bench::buffer(slot), static_cast<std::uint32_t>(frame.size()), kWholeFrame);
        bench.write<TDT>(0, {slot + 1});
    };
    send(0, 0xff);
    send(1, 0x03);
    send(2, 0x02);
    bench.nic.poll(8);
    EXPECT_EQ(bench.read<GPTC>().raw, 3u);
    EXPECT_EQ(bench.read<PTC511>().raw, 3u);
    EXPECT_EQ(bench.read<BPTC>().raw, 1u);
    EXPECT_EQ(bench.read<MPTC>().raw, 1u);
    EXPECT_EQ(bench.read<GOTCL>().raw, 3 * (frame.size() + 4));
}

TEST(Statistics, ReceivedBytesCountTheCrcOnlyWhereItStays) {
    const std::size_t len = udp_frame().size();
    for (const bool strip : {false, true}) {
        Bench bench;
        bench.write<HLREG0>(HLREG0::value{}.with<HLREG0::RXCRCSTRP>(strip));
        bench.open_rx(0);
        bench.nic.receive(udp_frame());
        bench.nic.poll(8);
        EXPECT_EQ(bench.read<QBRC_L>(0).raw, len + (strip ? 0 : 4));
        EXPECT_EQ(bench.read<GORCL>().raw, len + (strip ? 0 : 4));
        EXPECT_EQ(bench.read<TORL>().raw, len + 4);
    }
}

}  // namespace
}  // namespace bifurc::model::test
