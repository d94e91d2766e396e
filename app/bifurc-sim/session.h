// SPDX-License-Identifier: BSD-3-Clause
// One attached packet socket: the verbs of bifurc_uapi.h, and all that they gave. Its destructor gives everything back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "bifurc/bifurc_uapi.h"
#include "sim_port.h"
#include "unique_fd.h"

namespace bifurc::sim {

struct VerbReply {
    int error = 0;
    std::vector<std::byte> payload;
};

// What the process that attached the socket was allowed. It holds for whoever has the socket, and never changes.
struct Rights {
    bool raw = false;  // a split whose registers the program drives itself: the only kind there is
};

class Session final : public PortUser {
public:
    // wake: called when EVENTS has something to tell that it had not before.
    Session(SimPort& port, UniqueFd packet_socket, Rights rights, std::function<void()> wake);
    ~Session() override;

    // getsockopt. pid: whose memory DMA_MAP means.
    [[nodiscard]] VerbReply get_option(std::uint32_t option, std::span<const std::byte> payload, pid_t pid);
    // setsockopt. fd: the eventfd, where the verb takes one.
    [[nodiscard]] int set_option(std::uint32_t option, std::span<const std::byte> payload, UniqueFd fd);
    // The netdev is gone and the program knows it: only close is left.
    [[nodiscard]] bool is_over() const { return told_gone_; }
    [[nodiscard]] int map(std::uint64_t offset, std::uint64_t len, int prot, int& fd, std::uint64_t& place) const;

    [[nodiscard]] Grant* grant() override { return grant_.get(); }
    void on_event(std::uint32_t events) override;
    void on_interrupt(unsigned pair) override;

private:
    [[nodiscard]] VerbReply info(std::span<const std::byte> payload);
    [[nodiscard]] VerbReply split(std::span<const std::byte> payload);
    [[nodiscard]] VerbReply regions(std::span<const std::byte> payload);
    [[nodiscard]] VerbReply dma_map(std::span<const std::byte> payload, pid_t pid);
    [[nodiscard]] VerbReply events(std::span<const std::byte> payload);
    [[nodiscard]] VerbReply stats(std::span<const std::byte> payload) const;
    [[nodiscard]] int dma_unmap(std::span<const std::byte> payload);
    [[nodiscard]] int eventfd(std::span<const std::byte> payload, UniqueFd fd);
    [[nodiscard]] int sync(std::span<const std::byte> payload);
    [[nodiscard]] int give_back(std::span<const std::byte> payload);
    [[nodiscard]] int membership(std::uint32_t option, std::span<const std::byte> payload);
    [[nodiscard]] int check_pairs(std::uint32_t first, std::uint32_t pairs, std::uint32_t generation) const;
    void end_split();

    SimPort& port_;
    UniqueFd packet_socket_;  // holds the memberships
    const Rights rights_;
    std::function<void()> wake_;
    std::unique_ptr<Grant> grant_;
    std::map<std::uint64_t, std::uint64_t> mappings_;  // id -> bus
    std::uint64_t next_id_ = 1;
    std::map<unsigned, UniqueFd> eventfds_;  // by pair
    std::set<unsigned> armed_;
    std::uint32_t pending_ = 0;
    bool told_gone_ = false;
};

}  // namespace bifurc::sim
