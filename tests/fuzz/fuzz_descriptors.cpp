// SPDX-License-Identifier: BSD-3-Clause
// What a program that borrows a queue pair can reach: its register pages, its descriptors, and the frames sent to it.
// The input is a program of small steps. The model may not touch what is not mapped, may not run on for ever, and must
// know afterwards where each frame is.
#include <cstdlib>

#include "../unit/model/bench_nic.h"

namespace {

using namespace bifurc;
using namespace bifurc::hw::ixgbe;
using namespace bifurc::model::test;

constexpr unsigned kPair = 5;

// Takes the input apart; zeros when it is used up.
class Input {
public:
    explicit Input(std::span<const std::uint8_t> bytes) : left_(bytes) {}
    [[nodiscard]] bool empty() const { return left_.empty(); }
    template <class T>
    T take() {
        T value{};
        move(&value, sizeof(value));
        return value;
    }
    Frame frame(std::size_t len) {
        Frame frame(len);
        move(frame.data(), len);
        return frame;
    }

private:
    void move(void* to, std::size_t len) {
        const std::size_t given = std::min(len, left_.size());
        if (given != 0) std::memcpy(to, left_.data(), given);
        left_ = left_.subspan(given);
    }
    std::span<const std::uint8_t> left_;
};

struct Program {
    Program() {
        bench.write<ETQF>(0, ETQF::value{}.with<ETQF::EType>(0x800).with<ETQF::Filter_Enable>(1));
        bench.write<ETQS>(0, ETQS::value{}.with<ETQS::Rx_Queue>(kPair).with<ETQS::Queue_Enable>(1));
        bench.nic.lend(kPair, rx.data(), tx.data());
        put(rx, RDBAL::at(kPair), static_cast<std::uint32_t>(Bench::kRxRing));
        put(rx, RDBAH::at(kPair), static_cast<std::uint32_t>(Bench::kRxRing >> 32));
        put(rx, RDLEN::at(kPair), Bench::kSlots * 16);
        put(rx, SRRCTL::at(kPair),
            SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(1).with<SRRCTL::DESCTYPE>(1).with<SRRCTL::BSIZEHEADER>(2).raw);
        put(rx, RDT::at(kPair), Bench::kSlots - 1);
        bench.allow_rsc(kPair);
        put(rx, RSCCTL::at(kPair), RSCCTL::RSCEN::mask | RSCCTL::MAXDESC::mask);
        put(rx, RXDCTL::at(kPair), RXDCTL::ENABLE::mask);
        put(tx, TDBAL::at(kPair), static_cast<std::uint32_t>(Bench::kTxRing));
        put(tx, TDBAH::at(kPair), static_cast<std::uint32_t>(Bench::kTxRing >> 32));
        put(tx, TDLEN::at(kPair), Bench::kSlots * 16);
        put(tx, TXDCTL::at(kPair), TXDCTL::ENABLE::mask);
        for (std::uint32_t slot = 0; slot < Bench::kSlots; ++slot) bench.rx_desc(slot).read = {bench.buffer(slot), 0};
    }

    using Page = std::array<std::byte, kPageLen>;
    static void put(Page& page, std::uint32_t offset, std::uint32_t value) {
        std::memcpy(&page[offset % kPageLen], &value, sizeof(value));
    }

    void step(Input& input) {
        const unsigned what = input.take<std::uint8_t>();
        const unsigned where = input.take<std::uint8_t>();
        switch (what % 7) {
            case 0:
                put(rx, RDBAL::at(kPair) + where % 16 * 4, input.take<std::uint32_t>());
                break;
            case 1:
                put(tx, TDBAL::at(kPair) + where % 16 * 4, input.take<std::uint32_t>());
                break;
            case 2:
                bench.rx_desc(where % Bench::kSlots).read = {input.take<std::uint64_t>(), input.take<std::uint64_t>()};
                break;
            case 3:
                bench.tx_desc(where % Bench::kSlots).read = {
                    what >= 128 ? input.take<std::uint64_t>() : Bench::buffer(where % Bench::kSlots),
                    input.take<std::uint32_t>(), input.take<std::uint32_t>()};
                break;
            case 4:
                arrive(input.frame(where * 8), what >= 128);
                break;
            case 5:
                coalescable(where, input.take<std::uint8_t>());
                break;
            default:
                bench.wire.room = where;
                bench.nic.advance(now_ns += where * 500);
                bench.nic.poll(where);
                bench.wire.frames.clear();
                break;
        }
    }

    // Twice, so that the second may find the verdict on the first.
    void arrive(const Frame& frame, bool together) {
        const std::array<model::Frame, 2> both{frame, frame};
        if (together) {
            bench.nic.poll(1 + static_cast<unsigned>(frame.size() % 4), both);
        } else {
            for (const model::Frame one : both) bench.nic.receive(one);
        }
    }

    // The next segment of one of two flows, or nearly so.
    void coalescable(unsigned len, unsigned how) {
        std::uint32_t& sequence = sequences[how % 2];
        if (how % 16 == 15) sequence += 1;
        const auto flags = static_cast<std::uint8_t>(how % 32 == 2 ? 0x18 : how % 64 == 5 ? 0x11 : 0x10);
        const TcpSegment segment{
            .src_port = static_cast<std::uint16_t>(how % 2), .sequence = sequence, .flags = flags, .payload = len * 6};
        bench.nic.receive(how >= 128 ? tagged(tcp_frame(segment), 7) : tcp_frame(segment));
        sequence += len * 6;
    }

    std::array<std::uint32_t, 2> sequences{};
    std::uint64_t now_ns = 0;
    Bench bench{true, 32 * 1024};
    alignas(kPageLen) Page rx{}, tx{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t len) {
    const auto program = std::make_unique<Program>();
    Input input{{data, len}};
    while (!input.empty()) program->step(input);
    program->bench.nic.poll(1000);
    program->bench.nic.take_back(kPair);
    if (!adds_up(program->bench.nic)) std::abort();
    return 0;
}
