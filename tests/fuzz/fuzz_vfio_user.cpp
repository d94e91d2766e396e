// SPDX-License-Identifier: BSD-3-Clause
// What a client may send to the vfio-user device, in any order: raw bytes as a message, and messages with a right
// header and anything in them, with descriptors or without; the guest's own registers and rings among them; replies to
// what the device asks of its client. Frames come in between. Nothing may crash, and the account must add up.
#include <sys/eventfd.h>

#include <algorithm>
#include <cstdlib>

#include "../unit/vfio_user/client.h"
#include "session.h"

namespace {

using namespace bifurc::vfio_user;
using namespace bifurc::vfio_user::test;

constexpr std::array<Command, 12> kCommands = {Command::version,      Command::dma_map,
                                               Command::dma_unmap,    Command::get_info,
                                               Command::get_irq_info, Command::get_region_info,
                                               Command::set_irqs,     Command::region_read,
                                               Command::region_write, Command::region_write_multi,
                                               Command::device_reset, Command::get_region_io_fds};
constexpr std::array<Command, 2> kAsked = {Command::dma_read, Command::dma_write};
constexpr std::size_t kFilePages = 16;

// Takes the input apart; zeros when it is used up.
class Input {
public:
    explicit Input(std::span<const std::byte> bytes) : left_(bytes) {}
    [[nodiscard]] bool empty() const { return left_.empty(); }
    unsigned byte() {
        const auto taken = bytes(1);
        return taken.empty() ? 0 : std::to_integer<unsigned>(taken[0]);
    }
    std::span<const std::byte> bytes(std::size_t len) {
        const auto taken = left_.first(std::min(len, left_.size()));
        left_ = left_.subspan(taken.size());
        return taken;
    }

private:
    std::span<const std::byte> left_;
};

std::vector<std::byte> raw(Input& input, std::size_t len) {
    const auto taken = input.bytes(len);
    return {taken.begin(), taken.end()};
}

// Numbers that mean something more often than 64 random bits do.
std::uint64_t number(Input& input) {
    const unsigned shape = input.byte();
    return static_cast<std::uint64_t>(input.byte()) << (shape % 8) * 8 | input.byte() << 2;
}

std::vector<std::byte> payload_of(Command command, Input& input) {
    switch (command) {
        case Command::dma_map: {
            DmaMap map = range(number(input) << 8 & ~std::uint64_t{kPage - 1}, input.byte() % 20, input.byte() % 20);
            map.flags = input.byte();
            return bytes_of(map);
        }
        case Command::dma_unmap:
            return bytes_of(
                DmaUnmap{24, input.byte() % 4, number(input) << 8 & ~std::uint64_t{kPage - 1}, number(input)});
        case Command::region_read:
            return bytes_of(RegionAccess{number(input) & 0x3fffc, input.byte() % 12, 1u << input.byte() % 22});
        case Command::region_write:
            return bytes_of(RegionAccess{number(input) & 0x3fffc, input.byte() % 12, 4},
                            static_cast<std::uint32_t>(number(input)));
        default:
            return raw(input, input.byte());
    }
}

Message next_message(Input& input) {
    const unsigned kind = input.byte();
    if (kind % 16 == 15) {
        Message message;
        const auto header = raw(input, sizeof(Header));
        std::ranges::copy(header, reinterpret_cast<std::byte*>(&message.header));
        message.payload = raw(input, input.byte());
        message.header.size = static_cast<std::uint32_t>(sizeof(Header) + message.payload.size());
        return message;
    }
    if (kind % 16 == 14) {  // to what the device asked, or did not ask
        const unsigned number = input.byte(), len = input.byte() % 100;
        Message reply = message_of(kAsked[number % 2], raw(input, len), kReply | (number & 2) << 4);
        reply.header.id = static_cast<std::uint16_t>(number >> 2);
        return reply;
    }
    const Command command = kCommands[kind % kCommands.size()];
    return message_of(command, payload_of(command, input));
}

// The device reaches out, as far as it can: as a queue does whose registers and descriptors say so.
void reach_out(Function& function, Input& input) {
    std::vector<std::byte> data(input.byte());
    const std::uint64_t address = number(input) << 8;
    const bool writes = input.byte() % 2 != 0;
    static_cast<void>(writes ? function.dma().write(address, data) : function.dma().read(address, data));
    std::size_t asked = 0;
    while (!function.requests().next().empty()) ++asked;
    if (asked > 1) std::abort();
}

// As a guest does where its queues' registers are memory.
void store(const Function& function, Input& input) {
    const QueuePages::Area& area = QueuePages::kAreas[input.byte() % QueuePages::kAreas.size()];
    const std::uint64_t at = area.offset + number(input) % area.size / 4 * 4;
    const auto word = static_cast<std::uint32_t>(number(input));
    std::memcpy(function.pages()->registers().data() + at, &word, sizeof(word));
}

bool adds_up(const bifurc::model::Nic& nic) {
    const bifurc::model::RxAccount& a = nic.rx_account();
    return a.received == a.delivered + a.filtered + a.receive_disabled + a.bad_length + a.missed + a.no_descriptor +
                             a.queue_disabled + a.fdir_drop + a.dma_fault + a.bad_descriptor + nic.rx_pending();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input({reinterpret_cast<const std::byte*>(data), size});
    SilentWire wire;
    const bool shared = input.byte() % 2 != 0;
    Function function({2, 0, 0, 0, 0, 1}, wire, shared ? QueuePages::create() : nullptr);
    if (!function.connect()) return 0;
    auto session = std::make_unique<Session>(function);
    const UniqueFd sealed = memory_file(kFilePages), open = memory_file(kFilePages, false);
    Reply ignored;
    static_cast<void>(session->handle(hello(), ignored));
    std::uint64_t now_ns = 0;
    while (!input.empty()) {
        Message message = next_message(input);
        const unsigned extras = input.byte();
        if ((extras & 3) == 1) message.fds.push_back(copy_of(sealed));
        if ((extras & 3) == 2) message.fds.push_back(copy_of(open));
        if ((extras & 3) == 3) message.fds.push_back(UniqueFd{::eventfd(0, EFD_CLOEXEC)});
        Reply reply;
        if (Session::check(message.header) || session->handle(std::move(message), reply)) {
            function.disconnect();
            if (!function.connect()) return 0;
            session = std::make_unique<Session>(function);
            static_cast<void>(session->handle(hello(), ignored));
        }
        if ((extras & 4) != 0) function.nic().receive(std::vector<std::byte>(60 + extras, std::byte{0xff}));
        function.nic().poll(8);
        function.nic().advance(now_ns += 1000);
        while (!function.requests().next().empty()) {
        }
        if ((extras & 8) != 0) reach_out(function, input);
        if (shared && (extras & 16) != 0) store(function, input);
    }
    if (!adds_up(function.nic())) std::abort();
    return 0;
}
