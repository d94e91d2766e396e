// SPDX-License-Identifier: BSD-3-Clause
// The socket that the shim talks to: connections, descriptors and credentials on one side, Dispatcher on the other.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "dispatch.h"
#include "outcome.h"
#include "unique_fd.h"

namespace bifurc::sim {

class Server {
public:
    // Listens at `path`. A socket that nobody listens on any more is replaced.
    [[nodiscard]] static Outcome<std::unique_ptr<Server>> listen(const std::string& path, Dispatcher& dispatcher);
    ~Server();  // removes the socket
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Readable when poll has something to do.
    [[nodiscard]] int fd() const noexcept { return epoll_.get(); }
    void poll();

private:
    struct Connection {
        UniqueFd fd;
        Attachment attachment;
    };

    Server(std::string path, UniqueFd listener, UniqueFd epoll, Dispatcher& dispatcher)
        : path_(std::move(path)), listener_(std::move(listener)), epoll_(std::move(epoll)), dispatcher_(dispatcher) {}
    bool watch(int fd);
    void accept();
    // false: the connection is over.
    bool serve(Connection& connection);

    std::string path_;
    UniqueFd listener_;
    UniqueFd epoll_;
    Dispatcher& dispatcher_;
    std::map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace bifurc::sim
