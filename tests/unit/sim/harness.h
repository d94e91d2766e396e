// SPDX-License-Identifier: BSD-3-Clause
// A port without a kernel: a netdev and a wire that the test holds in its hands.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "hw/desc.h"
#include "hw/ixgbe.h"
#include "session.h"
#include "sim_port.h"

namespace bifurc::sim::test {

using Frame = std::vector<std::byte>;

struct NetdevContents {
    std::deque<Frame> to_read;
    std::vector<Frame> written;
    std::optional<NetdevState> state;
    bool refuses = false;
};

class FakeNetdev final : public Netdev {
public:
    explicit FakeNetdev(NetdevContents& contents) : contents_(contents) {}
    unsigned ifindex() const override { return 7; }
    int fd() const override { return -1; }
    bool write(std::span<const std::byte> frame) override {
        if (contents_.refuses) return false;
        contents_.written.emplace_back(frame.begin(), frame.end());
        return true;
    }
    int read(std::span<std::byte> buffer) override {
        if (contents_.to_read.empty()) return 0;
        const Frame frame = std::move(contents_.to_read.front());
        contents_.to_read.pop_front();
        const std::size_t len = std::min(frame.size(), buffer.size());
        std::memcpy(buffer.data(), frame.data(), len);
        return static_cast<int>(len);
    }
    void set_carrier(bool) override {}
    std::optional<NetdevState> state() override { return contents_.state; }

private:
    NetdevContents& contents_;
};

struct WireContents {
    std::deque<Frame> to_receive;
    std::vector<Frame> sent;
    bool link = true;
    bool full = false;
};

class FakeWire final : public SimWire {
public:
    explicit FakeWire(WireContents& contents) : contents_(contents) {}
    unsigned poll(std::uint64_t, unsigned budget, FrameSink& sink) override {
        unsigned got = 0;
        for (; got < budget && !contents_.to_receive.empty(); ++got) {
            ++counters_.received;
            sink.frame(contents_.to_receive.front());
            contents_.to_receive.pop_front();
        }
        return got;
    }
    bool transmit(std::span<const std::byte> frame) noexcept override {
        if (contents_.full) return false;
        ++counters_.sent;
        contents_.sent.emplace_back(frame.begin(), frame.end());
        return true;
    }
    bool link() const override { return contents_.link; }

private:
    WireContents& contents_;
};

inline constexpr MacAddress kMac{0x02, 0, 0, 0, 0, 0x01};

// UDP over IPv4 from 10.0.0.source, no checksums.
inline Frame udp_frame(unsigned source, std::size_t len = 100) {
    Frame frame(len);
    const auto put_length = [&](std::size_t at, std::size_t length) {
        frame[at] = static_cast<std::byte>(length >> 8);
        frame[at + 1] = static_cast<std::byte>(length);
    };
    put_length(16, len - 14);
    put_length(38, len - 34);
    std::memcpy(frame.data(), kMac.data(), kMac.size());
    frame[12] = std::byte{8};
    frame[14] = std::byte{0x45};
    frame[23] = std::byte{17};
    frame[26] = std::byte{10};
    frame[29] = static_cast<std::byte>(source);
    return frame;
}

struct TestPort {
    explicit TestPort(unsigned kernel_pairs = 32) {
        netdev.state = NetdevState{.ifindex = 7,
                                   .name = "eth0",
                                   .present = true,
                                   .up = true,
                                   .running = true,
                                   .mtu = 1500,
                                   .mac = kMac,
                                   .unicast = {},
                                   .multicast = {}};
        port = std::make_unique<SimPort>(
            std::make_unique<FakeNetdev>(netdev), std::make_unique<FakeWire>(wire),
            DriverSettings{.kernel_pairs = kernel_pairs, .rx_ring = 64, .tx_ring = 64, .mtu = 1500});
        EXPECT_TRUE(port->start());
    }
    // Until nothing moves.
    void settle() {
        for (unsigned round = 0; round < 1000 && port->poll(++now) != 0; ++round) {
        }
    }
    void set_up(bool up) {
        netdev.state->up = up;
        port->follow(false);
    }

    NetdevContents netdev;
    WireContents wire;
    std::unique_ptr<SimPort> port;
    std::uint64_t now = 1;
};

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span{&value, 1});
}

// A verb that answers. Returns its error; the structure is the answer's.
template <class T>
int get(Session& session, std::uint32_t option, T& value) {
    const VerbReply reply = session.get_option(option, bytes_of(value), ::getpid());
    if (reply.payload.size() >= sizeof(T)) std::memcpy(&value, reply.payload.data(), sizeof(T));
    return reply.error;
}

template <class T>
int set(Session& session, std::uint32_t option, const T& value, UniqueFd fd = {}) {
    return session.set_option(option, bytes_of(value), std::move(fd));
}

inline bifurc_split split_request(std::uint32_t pairs, std::uint32_t first = BIFURC_FIRST_ANY) {
    return {.size = sizeof(bifurc_split), .flags = 0, .first = first, .pairs = pairs, .generation = 0, .reserved = 0};
}

// A program that borrowed: its mapped pages, as a window with the BAR's offsets.
class Window {
public:
    explicit Window(Session& session) {
        bifurc_regions regions{};
        regions.size = sizeof(regions);
        error = get(session, BIFURC_REGIONS, regions);
        for (std::uint32_t i = 0; error == 0 && i < regions.count; ++i) {
            const bifurc_region& region = regions.region[i];
            const bool status = region.kind == BIFURC_REGION_STATUS;
            const int prot = status ? PROT_READ : PROT_READ | PROT_WRITE;
            int fd = -1;
            std::uint64_t place = 0;
            EXPECT_EQ(session.map(region.mmap_offset, region.len, prot, fd, place), 0);
            void* const page = ::mmap(nullptr, region.len, prot, MAP_SHARED, fd, static_cast<off_t>(place));
            EXPECT_NE(page, MAP_FAILED);
            mapped_.push_back({region, static_cast<std::byte*>(page)});
            if (status) this->status = static_cast<const volatile bifurc_status*>(page);
        }
    }
    ~Window() {
        for (const Mapped& mapped : mapped_) ::munmap(mapped.page, mapped.region.len);
    }
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    volatile std::uint32_t& operator[](std::uint32_t offset) {
        for (const Mapped& mapped : mapped_) {
            const bool bar = mapped.region.kind == BIFURC_REGION_BAR;
            if (bar && offset - mapped.region.bar_offset < mapped.region.len) {
                return *reinterpret_cast<volatile std::uint32_t*>(mapped.page + (offset - mapped.region.bar_offset));
            }
        }
        ADD_FAILURE() << "register " << offset << " is not mapped";
        return nowhere_;
    }

    int error = 0;
    const volatile bifurc_status* status = nullptr;

private:
    struct Mapped {
        bifurc_region region;
        std::byte* page;
    };
    std::vector<Mapped> mapped_;
    volatile std::uint32_t nowhere_ = 0;
};

// A borrowed Rx ring of 8 descriptors in memory that DMA_MAP mapped.
class BorrowedRx {
public:
    static constexpr std::size_t kLen = 16 * 4096;
    static constexpr unsigned kCount = 8;

    BorrowedRx(Session& session, Window& window, unsigned queue) : window_(window) {
        using namespace hw::ixgbe;
        memory_ =
            static_cast<std::byte*>(::mmap(nullptr, kLen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        bifurc_dma_map map{};
        map.size = sizeof(map);
        map.va = reinterpret_cast<std::uint64_t>(memory_);
        map.len = kLen;
        map.dmabuf_fd = -1;
        map.nr_segments = 1;
        const VerbReply reply = session.get_option(BIFURC_DMA_MAP, bytes_of(map), ::getpid());
        EXPECT_EQ(reply.error, 0);
        bifurc_dma_segment segment{};
        EXPECT_EQ(reply.payload.size(), sizeof(map) + sizeof(segment));
        std::memcpy(&segment, reply.payload.data() + sizeof(map), sizeof(segment));
        for (unsigned i = 0; i < kCount; ++i)
            desc()[i].read = {.pkt_addr = segment.bus + 4096 * (i + 1), .hdr_addr = 0};
        window_[RDBAL::at(queue)] = static_cast<std::uint32_t>(segment.bus);
        window_[RDBAH::at(queue)] = static_cast<std::uint32_t>(segment.bus >> 32);
        window_[RDLEN::at(queue)] = kCount * sizeof(hw::RxDesc);
        window_[SRRCTL::at(queue)] =
            SRRCTL::value{}.with<SRRCTL::BSIZEPACKET>(4).with<SRRCTL::DESCTYPE>(SRRCTL::kAdvancedOneBuffer).raw;
        window_[RXDCTL::at(queue)] = RXDCTL::ENABLE::mask;
        window_[RDT::at(queue)] = kCount - 1;
    }
    ~BorrowedRx() { ::munmap(memory_, kLen); }
    BorrowedRx(const BorrowedRx&) = delete;
    BorrowedRx& operator=(const BorrowedRx&) = delete;

    unsigned received() {
        unsigned count = 0;
        while (count < kCount && (desc()[count].wb.status_error & hw::RxStatus::DD::mask) != 0) ++count;
        return count;
    }

private:
    hw::RxDesc* desc() { return reinterpret_cast<hw::RxDesc*>(memory_); }

    Window& window_;
    std::byte* memory_;
};

}  // namespace bifurc::sim::test
