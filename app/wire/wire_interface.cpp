// SPDX-License-Identifier: BSD-3-Clause
// Another network interface as the wire, through libpcap: usually one end of a veth pair.
#include <fmt/format.h>
#include <net/if.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "wires.h"

namespace bifurc::sim {
namespace {

constexpr int kCaptureBuffer = 32 * 1024 * 1024;  // a burst must not be lost before the NIC sees it
constexpr int kSnapLength = static_cast<int>(kMaxFrame) + 4;

struct PcapClose {
    void operator()(pcap_t* handle) const noexcept { pcap_close(handle); }
};
using PcapHandle = std::unique_ptr<pcap_t, PcapClose>;

// nullptr: `error` says why. Only frames that come in: what this simulator sends must not come back.
PcapHandle open_interface(const std::string& ifname, std::string& error) {
    std::array<char, PCAP_ERRBUF_SIZE> text{};
    PcapHandle handle{pcap_create(ifname.c_str(), text.data())};
    if (!handle) {
        error = text.data();
        return nullptr;
    }
    pcap_set_snaplen(handle.get(), kSnapLength);
    pcap_set_promisc(handle.get(), 1);
    pcap_set_immediate_mode(handle.get(), 1);
    pcap_set_buffer_size(handle.get(), kCaptureBuffer);
    const int status = pcap_activate(handle.get());
    if (status < 0 || pcap_setnonblock(handle.get(), 1, text.data()) != 0 ||
        pcap_setdirection(handle.get(), PCAP_D_IN) != 0 || pcap_datalink(handle.get()) != DLT_EN10MB) {
        error = fmt::format("{} {}", pcap_statustostr(status), pcap_geterr(handle.get()));
        return nullptr;
    }
    return handle;
}

// A setting of the kernel for one interface, put back at the end.
class Setting {
public:
    Setting(std::string path, const char* value) : path_(std::move(path)) {
        if (std::ifstream(path_) >> before_) std::ofstream(path_) << value;
    }
    ~Setting() {
        if (!before_.empty()) std::ofstream(path_) << before_;
    }
    Setting(const Setting&) = delete;
    Setting& operator=(const Setting&) = delete;

private:
    std::string path_;
    std::string before_;
};

// The frames on a wire are the NIC's. The kernel hears them on this interface too, and would answer ARP and neighbour
// solicitations for the addresses of the *simulated* netdev, past the NIC.
struct SilentStack {
    explicit SilentStack(const std::string& ifname)
        : arp(fmt::format("/proc/sys/net/ipv4/conf/{}/arp_ignore", ifname), "8"),
          ipv6(fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", ifname), "1") {}
    Setting arp, ipv6;
};

class InterfaceWire final : public SimWire {
public:
    InterfaceWire(std::string ifname, PcapHandle handle)
        : ifname_(std::move(ifname)), silence_(ifname_), handle_(std::move(handle)) {}

    unsigned poll(std::uint64_t, unsigned budget, FrameSink& sink) override {
        unsigned got = 0;
        while (handle_ && got < budget) {
            pcap_pkthdr* header = nullptr;
            const unsigned char* data = nullptr;
            const int status = pcap_next_ex(handle_.get(), &header, &data);
            if (status == 0) break;
            if (status < 0) {
                lose();
                break;
            }
            ++got;
            deliver(*header, data, sink);
        }
        return got;
    }

    bool transmit(std::span<const std::byte> frame) noexcept override {
        if (handle_ && pcap_inject(handle_.get(), frame.data(), frame.size()) == static_cast<int>(frame.size())) {
            ++counters_.sent;
            return true;
        }
        if (handle_ && (errno == EAGAIN || errno == ENOBUFS)) return false;
        ++counters_.tx_errors;
        return true;
    }

    void tick() override {
        if (handle_) {
            pcap_stat now{};
            if (pcap_stats(handle_.get(), &now) == 0) lost_in_this_handle_ = now.ps_drop;
            return;
        }
        std::string error;
        handle_ = open_interface(ifname_, error);
        if (handle_) fmt::print(stderr, "{}: {}: the interface is back\n", program_invocation_short_name, ifname_);
    }

    [[nodiscard]] int fd() const override { return handle_ ? pcap_get_selectable_fd(handle_.get()) : -1; }
    [[nodiscard]] bool link() const override { return handle_ != nullptr; }
    [[nodiscard]] WireCounters counters() const override {
        WireCounters counters = counters_;
        counters.rx_lost += lost_in_this_handle_;
        return counters;
    }

private:
    void deliver(const pcap_pkthdr& header, const unsigned char* data, FrameSink& sink) {
        if (header.caplen < header.len || header.len > kMaxFrame) {
            if (counters_.rx_truncated++ == 0) {
                fmt::print(stderr,
                           "{}: {}: frames of {} bytes are longer than a wire carries; turn the sender's "
                           "offloads off: ethtool -K IFACE tso off gso off tx off\n",
                           program_invocation_short_name, ifname_, header.len);
            }
            return;
        }
        const std::span<const std::byte> frame{reinterpret_cast<const std::byte*>(data), header.caplen};
        ++counters_.received;
        if (frame.size() >= kMinFrame) return sink.frame(frame);
        // A virtual interface does not pad; on a wire every frame has 60 bytes and FCS.
        std::array<std::byte, kMinFrame> padded{};
        std::ranges::copy(frame, padded.begin());
        sink.frame(padded);
    }

    void lose() {
        fmt::print(stderr, "{}: {}: {}; the link is down until the interface is back\n", program_invocation_short_name,
                   ifname_, pcap_geterr(handle_.get()));
        counters_.rx_lost += std::exchange(lost_in_this_handle_, 0);
        handle_.reset();
    }

    std::string ifname_;
    SilentStack silence_;
    PcapHandle handle_;
    std::uint64_t lost_in_this_handle_ = 0;
};

}  // namespace

Outcome<WirePtr> make_interface_wire(const std::string& ifname) {
    if (::if_nametoindex(ifname.c_str()) == 0) {
        return Failure{
            fmt::format("wire: no interface '{}' here; make it first, for example by "
                        "ip link add {} type veth peer name peer0",
                        ifname, ifname)};
    }
    std::string error;
    PcapHandle handle = open_interface(ifname, error);
    if (!handle) {
        return Failure{
            fmt::format("wire: cannot capture on '{}': {}; it must be up, and root is needed", ifname, error)};
    }
    return WirePtr{std::make_unique<InterfaceWire>(ifname, std::move(handle))};
}

}  // namespace bifurc::sim
