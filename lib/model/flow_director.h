// SPDX-License-Identifier: BSD-3-Clause
// Flow director, perfect match mode: 82599 DS 7.1.2.7. A filter is written into registers, FDIRCMD puts it into the
// table or takes it out. The chip finds a filter by the hash of its masked fields and then compares the fields; here
// the fields are compared at once, and a filter is known by (hash, software index) as the chip's commands know it.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "packet.h"
#include "register_file.h"

namespace bifurc::model {

class FlowDirector {
public:
    explicit FlowDirector(RegisterFile& regs) noexcept : regs_(regs) {}

    // FDIRCTRL was written: the table is empty and INIT_Done is set (DS 7.1.2.7.2).
    void initialise();
    // FDIRCMD was written.
    void command(hw::Value<hw::ixgbe::FDIRCMD> value);

    struct Match {
        bool drop;
        std::optional<unsigned> queue;  // none: Queue_EN is clear, the others decide
        std::uint16_t soft_id;
        std::uint16_t hash;
    };
    // Frames of this kind are looked for: each is a hit or a miss.
    [[nodiscard]] bool asked(const Packet& packet) const noexcept;
    // nullptr: none. The answer is good until the next command.
    [[nodiscard]] const Match* match(const Packet& packet) const noexcept;
    void count(std::uint64_t hits, std::uint64_t misses) noexcept;  // FDIRMATCH and FDIRMISS
    // Something behind the frame's first `len` bytes is compared: its flexible bytes.
    [[nodiscard]] bool compares_behind(std::size_t len) const noexcept;
    void reset() noexcept { filters_.clear(); }
    // Reads anew what the masks and the control register say.
    void reload() noexcept;

private:
    // What is compared, in two words: most filters are told apart by one look.
    struct Fields {
        std::uint64_t addresses = 0;  // source and destination, in the order of the wire
        std::uint64_t others = 0;     // ports, VLAN, flexible bytes
        [[nodiscard]] bool same(const Fields& other, const Fields& mask) const noexcept {
            return (((addresses ^ other.addresses) & mask.addresses) | ((others ^ other.others) & mask.others)) == 0;
        }
    };
    [[nodiscard]] static Fields fields(std::uint32_t src_ip, std::uint32_t dst_ip, std::uint16_t src_port,
                                       std::uint16_t dst_port, std::uint16_t vlan, std::uint16_t flex) noexcept {
        return {
            .addresses = std::uint64_t{src_ip} << 32 | dst_ip,
            .others = std::uint64_t{src_port} << 48 | std::uint64_t{dst_port} << 32 | std::uint64_t{vlan} << 16 | flex};
    }
    struct Filter {
        Fields fields;
        std::uint32_t l4_type;
        bool ipv6;
        Match action;
    };
    [[nodiscard]] bool enabled() const noexcept;
    [[nodiscard]] std::size_t capacity() const noexcept;
    [[nodiscard]] Filter from_registers(hw::Value<hw::ixgbe::FDIRCMD> command) const noexcept;
    [[nodiscard]] std::vector<Filter>::iterator find(std::uint32_t hash, std::uint32_t soft_id);
    void add(hw::Value<hw::ixgbe::FDIRCMD> command);
    void remove();
    void publish_free() noexcept;

    // What FDIRM and the mask registers leave to be compared; in those a set bit is not compared.
    struct Mask {
        Fields fields;
        bool l4_type;
    };
    [[nodiscard]] static Mask mask_for(const RegisterFile& regs, L4 l4) noexcept;

    RegisterFile& regs_;
    std::vector<Filter> filters_;
    bool on_ = false;              // these three as of the last reload
    std::array<Mask, 4> masks_{};  // by L4
    std::size_t flex_at_ = 0;
};

}  // namespace bifurc::model
