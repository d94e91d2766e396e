// SPDX-License-Identifier: BSD-3-Clause
// What programs may send to the simulator, in any order: raw bytes, and requests with a right header and anything in
// them. The port is driven in between. Neither may crash, and the account must add up afterwards.
#include <linux/ethtool.h>
#include <linux/if_packet.h>

#include <cstdlib>

#include "../unit/sim/harness.h"
#include "dispatch.h"

namespace {

using namespace bifurc::sim;
using namespace bifurc::sim::test;
using bifurc::shim::Op;
using bifurc::shim::Request;

class OpenGate final : public Gate {
public:
    Admission may_attach(pid_t, int, const SimPort&) override { return {.error = 0, .rights = {.raw = true}}; }
    bool may_configure(pid_t) override { return true; }
};

constexpr std::array<std::uint32_t, 12> kOptions = {
    BIFURC_INFO,   BIFURC_SPLIT, BIFURC_REGIONS, BIFURC_DMA_MAP, BIFURC_DMA_UNMAP,      BIFURC_EVENTFD,
    BIFURC_EVENTS, BIFURC_SYNC,  BIFURC_STATS,   BIFURC_RETURN,  PACKET_ADD_MEMBERSHIP, 0};

// Takes the input apart; zeros when it is used up.
class Input {
public:
    explicit Input(std::span<const std::byte> bytes) : left_(bytes) {}
    [[nodiscard]] bool empty() const { return left_.empty(); }
    unsigned byte() {
        if (left_.empty()) return 0;
        const unsigned value = std::to_integer<unsigned>(left_.front());
        left_ = left_.subspan(1);
        return value;
    }
    std::span<const std::byte> bytes(std::size_t len) {
        const auto taken = left_.first(std::min(len, left_.size()));
        left_ = left_.subspan(taken.size());
        return taken;
    }

private:
    std::span<const std::byte> left_;
};

std::vector<std::byte> next_message(Input& input) {
    const unsigned kind = input.byte();
    const auto payload_len = static_cast<std::size_t>(input.byte());
    if (kind % 8 == 7) {
        const auto raw = input.bytes(payload_len);
        return {raw.begin(), raw.end()};
    }
    Request request{};
    request.magic = bifurc::shim::kMagic;
    request.op = static_cast<Op>(kind % 8);
    const unsigned selector = input.byte();
    request.arg = request.op == Op::ethtool ? selector : kOptions[selector % kOptions.size()];
    request.offset = static_cast<std::uint64_t>(input.byte()) << 12 | static_cast<std::uint64_t>(input.byte()) << 18;
    request.length = static_cast<std::uint64_t>(input.byte()) << 11;
    std::memcpy(request.ifname, "eth0", 4);
    const auto payload = input.bytes(payload_len);
    request.payload_len = static_cast<std::uint32_t>(payload.size());
    std::vector<std::byte> message(sizeof(request) + payload.size());
    std::memcpy(message.data(), &request, sizeof(request));
    std::ranges::copy(payload, message.begin() + sizeof(request));
    return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input({reinterpret_cast<const std::byte*>(data), size});
    OpenGate gate;
    TestPort t(4);
    std::vector<std::unique_ptr<SimPort>> ports;
    ports.push_back(std::move(t.port));
    {
        Dispatcher dispatcher(ports, gate, [] {});
        std::array<Attachment, 2> attachments;
        for (Attachment& attachment : attachments) attachment.wake = [] {};
        while (!input.empty()) {
            const unsigned who = input.byte();
            const std::vector<std::byte> message = next_message(input);
            UniqueFd fd;
            if ((who & 2) != 0) fd.reset(::eventfd(0, EFD_NONBLOCK));
            const Answer answer = dispatcher.handle(message, ::getpid(), std::move(fd), attachments[who & 1]);
            if (answer.hang_up) attachments[who & 1].session.reset();
            if ((who & 4) != 0) t.wire.to_receive.push_back(udp_frame(who));
            ports[0]->poll(++t.now);
        }
    }
    ports[0]->stop();
    if (!discrepancies(ports[0]->account(), true).empty()) std::abort();
    return 0;
}
