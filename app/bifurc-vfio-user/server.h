// SPDX-License-Identifier: BSD-3-Clause
// The one thread: a client's messages, the NIC's frames, the wire.
#pragma once

#include <memory>
#include <string>

#include "connection.h"
#include "function.h"
#include "outcome.h"
#include "session.h"
#include "wires.h"

namespace bifurc::vfio_user {

class Server {
public:
    // Listens at `path`, which must not exist and is removed again.
    [[nodiscard]] static sim::Outcome<std::unique_ptr<Server>> listen(const std::string& path, Function& function,
                                                                      sim::SimWire& wire);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Until a signal arrives at signal_fd; `once`: until the first client has gone.
    void run(int signal_fd, bool once);

private:
    Server(UniqueFd socket, std::string path, Function& function, sim::SimWire& wire) noexcept
        : listener_(std::move(socket)), path_(std::move(path)), function_(function), wire_(wire) {}

    struct Client {
        Connection connection;
        Session session;
    };
    void accept();
    // Some of the client's messages. Returns how many there were.
    unsigned serve();
    // Sends what the NIC wants of the client; the replies are messages as all others.
    void ask();
    void hang_up(const std::string& why);
    unsigned move_frames(std::uint64_t now_ns);
    void sleep(int signal_fd, std::uint64_t now_ns) const;
    [[nodiscard]] std::uint64_t next_look_ns(std::uint64_t now_ns) const;

    UniqueFd listener_;
    std::string path_;
    Function& function_;
    sim::SimWire& wire_;
    std::unique_ptr<Client> client_;
    bool served_ = false;
    std::uint64_t next_tick_ns_ = 0;
    std::uint64_t pause_ns_ = 0;  // between looks at pages that the client writes without telling
};

}  // namespace bifurc::vfio_user
