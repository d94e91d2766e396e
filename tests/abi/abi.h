// SPDX-License-Identifier: BSD-3-Clause
// What the conformance tests share: the verbs as plain system calls, without the client library, so that nothing stands
// between a test and the side that answers. Every helper answers 0 or the errno.
#pragma once

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bifurc/bifurc_uapi.h"

namespace bifurc::abi {

struct Options {
    std::string netdev;
    // What follows may be empty: then the tests that need it are skipped.
    std::string other_netdev;  // one whose driver cannot split
    std::string traffic;       // a shell command that makes frames reach the Rx queue whose number is in $PAIR
    std::string destroy;       // a shell command after which the netdev or its driver is gone
};
const Options& options();
void set_options(Options given);

inline constexpr std::size_t kPage = 4096;

class Fd {
public:
    explicit Fd(int fd = -1) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd() { close(); }
    void close() noexcept;
    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

// A mapping that ends with its owner.
class Map {
public:
    Map() noexcept = default;
    Map(void* at, std::size_t len) noexcept : at_(at), len_(len) {}
    Map(Map&& other) noexcept : at_(std::exchange(other.at_, MAP_FAILED)), len_(other.len_) {}
    Map& operator=(Map&& other) noexcept {
        std::swap(at_, other.at_);
        std::swap(len_, other.len_);
        return *this;
    }
    ~Map() {
        if (ok()) ::munmap(at_, len_);
    }
    [[nodiscard]] bool ok() const noexcept { return at_ != MAP_FAILED; }
    [[nodiscard]] std::uint64_t va() const noexcept { return reinterpret_cast<std::uintptr_t>(at_); }
    [[nodiscard]] void* at(std::size_t offset = 0) const noexcept { return static_cast<char*>(at_) + offset; }

private:
    void* at_ = MAP_FAILED;
    std::size_t len_ = 0;
};

Map anonymous(std::size_t len, int prot = PROT_READ | PROT_WRITE);

int get_raw(int fd, int verb, void* value, socklen_t len);
int set_raw(int fd, int verb, const void* value, socklen_t len);
template <class T>
int get(int fd, int verb, T& value) {
    value.size = sizeof(value);
    return get_raw(fd, verb, &value, sizeof(value));
}
template <class T>
int set(int fd, int verb, T value) {
    value.size = sizeof(value);
    return set_raw(fd, verb, &value, sizeof(value));
}

// A packet socket on the netdev, not attached yet.
Fd bound(const std::string& netdev = options().netdev);
int attach(int fd, const std::string& netdev = options().netdev);
// Attached, whichever way the kernel offers. -1 and a test failure if it does not.
Fd open_port();

bifurc_info info(int fd);
int split(int fd, std::uint32_t pairs, std::uint32_t first = BIFURC_FIRST_ANY, bifurc_split* answer = nullptr);
int give_back(int fd);
int sync(int fd, const bifurc_split& held);
bifurc_regions regions(int fd);
bifurc_region region_of(const bifurc_regions& regions, std::uint32_t kind);
Map map_region(int fd, const bifurc_region& region);
int dma_map(int fd, std::uint64_t va, std::uint64_t len, bifurc_dma_map& request,
            std::vector<bifurc_dma_segment>& segments);

// The netdev's flags and promiscuity as the kernel counts it.
bool is_up();
bool set_up(bool up);
std::optional<unsigned> promiscuity();

// Whether the shell command of an option ended well.
bool run(const std::string& command);

// Asks again until it is true or the deadline has passed: for what the ABI lets happen later, as after a process's
// death.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds deadline = std::chrono::milliseconds{5000});
// Runs `body` in a forked child and answers its wait status.
int in_child(const std::function<int()>& body);
// 0, or the signal that a read of the word at `at` ends a process with.
int signal_of_read(const void* at);
int signal_of_write(void* at);

// A port with `pairs` split pairs, for tests that begin there. Skips if the netdev has not so many free.
class SplitTest : public testing::Test {
protected:
    void SetUp() override { take(1); }
    void take(std::uint32_t pairs);
    [[nodiscard]] int fd() const { return port_.get(); }

    Fd port_;
    bifurc_split held_{};
};

}  // namespace bifurc::abi
