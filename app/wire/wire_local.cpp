// SPDX-License-Identifier: BSD-3-Clause
// Wires that need nothing outside: a generator, a sink, a cable between two ports of this process.
#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <vector>

#include "wires.h"

namespace bifurc::sim {
namespace {

void put16(std::byte* at, unsigned value) {
    at[0] = static_cast<std::byte>(value >> 8);
    at[1] = static_cast<std::byte>(value);
}

// The frames of a generator: RFC 2544's addresses, UDP to the discard port, and in the payload the text "bfrc" and the
// frame's number, 64 bits, big-endian. No UDP checksum, which IPv4 allows. Several lie beside each other: to copy one
// whose bytes were written just now takes longer than to copy an older one.
class GeneratorFrames {
public:
    GeneratorFrames(std::size_t len, const MacAddress& destination)
        : len_(len), frames_(std::clamp(kWarm / len, kLeast, kMost)), bytes_(frames_.size() * len) {
        for (unsigned i = 0; i < frames_.size(); ++i) {
            fill(at(i), destination);
            frames_[i] = {at(i), len_};
        }
    }
    [[nodiscard]] unsigned count() const { return static_cast<unsigned>(frames_.size()); }

    void number(unsigned i, std::uint64_t n, unsigned flow) {
        const std::uint16_t port = __builtin_bswap16(static_cast<std::uint16_t>(1024 + flow));
        const std::uint64_t big = __builtin_bswap64(n);
        std::memcpy(at(i) + kUdp, &port, sizeof(port));
        std::memcpy(at(i) + kNumber, &big, sizeof(big));
    }
    [[nodiscard]] std::span<const model::Frame> first(unsigned n) const { return std::span{frames_}.first(n); }

private:
    static constexpr std::size_t kLeast = 32, kMost = 128;
    static constexpr std::size_t kWarm = 16 * 1024;  // bytes that stay in a core's nearest cache beside others
    static constexpr std::size_t kIp = 14, kUdp = 34, kPayload = 42, kNumber = kPayload + 4;

    std::byte* at(unsigned i) { return bytes_.data() + i * len_; }

    void fill(std::byte* frame, const MacAddress& destination) const {
        constexpr MacAddress kSource{0x02, 0x62, 0x66, 0x72, 0x63, 0x00};
        std::memcpy(frame, destination.data(), destination.size());
        std::memcpy(frame + 6, kSource.data(), kSource.size());
        put16(frame + 12, 0x0800);
        std::byte* const ip = frame + kIp;
        ip[0] = std::byte{0x45};
        put16(ip + 2, static_cast<unsigned>(len_ - kIp));
        ip[8] = std::byte{64};
        ip[9] = std::byte{17};
        constexpr std::array<unsigned char, 8> kAddresses{198, 18, 0, 1, 198, 18, 0, 2};
        std::memcpy(ip + 12, kAddresses.data(), kAddresses.size());
        put16(ip + 10, header_checksum(ip));
        put16(frame + kUdp + 2, 9);
        put16(frame + kUdp + 4, static_cast<unsigned>(len_ - kUdp));
        std::memcpy(frame + kPayload, "bfrc", 4);
    }
    static unsigned header_checksum(const std::byte* ip) {
        unsigned sum = 0;
        for (unsigned i = 0; i < 20; i += 2) {
            sum += std::to_integer<unsigned>(ip[i]) << 8 | std::to_integer<unsigned>(ip[i + 1]);
        }
        sum = (sum & 0xffff) + (sum >> 16);
        return ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    }

    std::size_t len_;
    std::vector<model::Frame> frames_;
    std::vector<std::byte> bytes_;
};

class GeneratorWire final : public SimWire {
public:
    GeneratorWire(const WireSpec& spec, const MacAddress& destination)
        : pacer_(spec.pps), flows_(spec.flows), frames_(spec.size - 4, destination) {}

    unsigned poll(std::uint64_t now_ns, unsigned budget, FrameSink& sink) override {
        const unsigned due = pacer_.due(now_ns, std::min(budget, frames_.count()));
        for (unsigned i = 0; i < due; ++i) {
            frames_.number(i, counters_.received + i, flow_);
            flow_ = flow_ + 1 < flows_ ? flow_ + 1 : 0;
        }
        counters_.received += due;
        if (due != 0) sink.frames(frames_.first(due));
        return due;
    }
    bool transmit(std::span<const std::byte>) noexcept override {
        ++counters_.sent;
        return true;
    }
    [[nodiscard]] bool timed() const override { return true; }

private:
    Pacer pacer_;
    unsigned flows_;
    unsigned flow_ = 0;  // whose turn it is
    GeneratorFrames frames_;
};

class SinkWire final : public SimWire {
public:
    unsigned poll(std::uint64_t, unsigned, FrameSink&) override { return 0; }
    bool transmit(std::span<const std::byte>) noexcept override {
        ++counters_.sent;
        return true;
    }
};

using FrameQueue = std::deque<std::vector<std::byte>>;

class CableWire final : public SimWire {
public:
    CableWire(std::shared_ptr<FrameQueue> in, std::shared_ptr<FrameQueue> out)
        : in_(std::move(in)), out_(std::move(out)) {}

    unsigned poll(std::uint64_t, unsigned budget, FrameSink& sink) override {
        unsigned got = 0;
        for (; got < budget && !in_->empty(); ++got) {
            ++counters_.received;
            sink.frame(in_->front());
            in_->pop_front();
        }
        return got;
    }
    bool transmit(std::span<const std::byte> frame) noexcept override {
        constexpr std::size_t kInFlight = 1024;
        if (out_->size() >= kInFlight) return false;
        ++counters_.sent;
        out_->emplace_back(frame.begin(), frame.end());
        return true;
    }

private:
    std::shared_ptr<FrameQueue> in_, out_;
};

}  // namespace

unsigned Pacer::due(std::uint64_t now_ns, unsigned budget) noexcept {
    if (rate_ == 0) return budget;
    if (start_ns_ == 0) start_ns_ = now_ns;
    const std::uint64_t elapsed_ns = now_ns - start_ns_;
    const std::uint64_t target =
        elapsed_ns / 1'000'000'000 * rate_ + elapsed_ns % 1'000'000'000 * rate_ / 1'000'000'000;
    const auto due = static_cast<unsigned>(std::min<std::uint64_t>(budget, target - given_));
    given_ += due;
    return due;
}

WirePtr make_generator_wire(const WireSpec& spec, const MacAddress& destination) {
    return std::make_unique<GeneratorWire>(spec, destination);
}

WirePtr make_sink_wire() { return std::make_unique<SinkWire>(); }

CableEnds make_cable() {
    auto forth = std::make_shared<FrameQueue>();
    auto back = std::make_shared<FrameQueue>();
    return {std::make_unique<CableWire>(back, forth), std::make_unique<CableWire>(forth, back)};
}

}  // namespace bifurc::sim
