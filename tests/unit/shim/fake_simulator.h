// SPDX-License-Identifier: BSD-3-Clause
// The simulator's end of the protocol, with answers that a test writes.
#pragma once

#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "protocol.h"
#include "raw.h"

namespace bifurc::shim {

struct Asked {
    Request request{};
    std::vector<std::byte> payload;
    Fd passed;            // what came beside the reply socket
    int connection = -1;  // the fake's end of it
};

struct Told {
    int error = 0;
    std::vector<std::byte> payload = {};
    std::uint64_t value = 0;
    int fd = -1;  // sent, and stays the test's
    std::uint32_t magic = kMagic;
    bool hang_up = false;  // no answer at all: the connection and the reply socket just close
    std::size_t cut = 0;   // bytes left off the end
};

// Listens at simulator_path() as long as it lives. The answers come from its own thread.
class FakeSimulator {
public:
    using Answerer = std::function<Told(Asked&)>;

    explicit FakeSimulator(Answerer answerer);
    ~FakeSimulator();
    FakeSimulator(const FakeSimulator&) = delete;
    FakeSimulator& operator=(const FakeSimulator&) = delete;

private:
    void run();
    bool serve(int connection);

    Answerer answerer_;
    Fd listener_, stop_, stopper_;
    std::vector<Fd> connections_;
    std::thread thread_;
};

}  // namespace bifurc::shim
