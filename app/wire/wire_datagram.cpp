// SPDX-License-Identifier: BSD-3-Clause
// A pair of UNIX datagram sockets as the wire, one frame a datagram: as QEMU's `-netdev dgram`, so that a guest's own
// interface can be the other end. Needs no root.
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "unique_fd.h"
#include "wires.h"

namespace bifurc::sim {
namespace {

constexpr std::size_t kDatagram = 65536;
// A receiver that is slow holds the sender up, so that nothing is lost; one that takes nothing at all is like a host
// that is switched off.
constexpr std::uint64_t kPatienceNs = 100'000'000;

bool fill(sockaddr_un& address, const std::string& path) {
    if (path.size() >= sizeof(address.sun_path)) return false;
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return true;
}

class DatagramWire final : public SimWire {
public:
    DatagramWire(UniqueFd socket, std::string path, const sockaddr_un& peer)
        : socket_(std::move(socket)), path_(std::move(path)), peer_(peer) {}
    ~DatagramWire() override {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    DatagramWire(const DatagramWire&) = delete;
    DatagramWire& operator=(const DatagramWire&) = delete;

    unsigned poll(std::uint64_t now_ns, unsigned budget, FrameSink& sink) override {
        now_ns_ = now_ns;
        unsigned got = 0;
        for (; got < budget; ++got) {
            const ssize_t len = ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_TRUNC);
            if (len < 0) break;
            deliver(static_cast<std::size_t>(len), sink);
        }
        return got;
    }

    bool transmit(std::span<const std::byte> frame) noexcept override {
        const auto* const to = reinterpret_cast<const sockaddr*>(&peer_);
        if (::sendto(socket_.get(), frame.data(), frame.size(), MSG_NOSIGNAL, to, sizeof(peer_)) >= 0) {
            ++counters_.sent;
            refused_since_ns_.reset();
            return true;
        }
        const bool full = errno == EAGAIN || errno == ENOBUFS;
        if (full && !refused_since_ns_) refused_since_ns_ = now_ns_;
        if (full && now_ns_ - *refused_since_ns_ < kPatienceNs) return false;
        ++counters_.tx_errors;  // nobody is there, or nobody listens
        return true;
    }

    [[nodiscard]] int fd() const override { return socket_.get(); }

private:
    void deliver(std::size_t len, FrameSink& sink) {
        if (len > kMaxFrame) {
            ++counters_.rx_truncated;
            return;
        }
        ++counters_.received;
        if (len < kMinFrame)
            std::fill(buffer_.begin() + static_cast<std::ptrdiff_t>(len), buffer_.begin() + kMinFrame, std::byte{0});
        sink.frame({buffer_.data(), std::max(len, kMinFrame)});
    }

    UniqueFd socket_;
    std::string path_;
    sockaddr_un peer_;
    std::uint64_t now_ns_ = 0;
    std::optional<std::uint64_t> refused_since_ns_;
    std::array<std::byte, kDatagram> buffer_;
};

}  // namespace

Outcome<WirePtr> make_datagram_wire(const std::string& bind_path, const std::string& peer_path) {
    sockaddr_un own{}, peer{};
    if (!fill(own, bind_path) || !fill(peer, peer_path)) {
        return Failure{fmt::format("wire: a socket's path has at most {} characters", sizeof(own.sun_path) - 1)};
    }
    UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof(own)) != 0) {
        return Failure{fmt::format("wire: cannot bind '{}': {}; remove what an earlier run left there", bind_path,
                                   std::strerror(errno))};
    }
    return WirePtr{std::make_unique<DatagramWire>(std::move(socket), bind_path, peer)};
}

}  // namespace bifurc::sim
