// SPDX-License-Identifier: BSD-3-Clause
// Capture files as the wire: one is received, one records what is sent.
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <sys/time.h>

#include <array>
#include <vector>

#include "wires.h"

namespace bifurc::sim {
namespace {

constexpr int kOutSnapLength = 65535;

using Frame = std::vector<std::byte>;

Outcome<std::vector<Frame>> read_capture(const std::string& path, std::uint64_t& truncated) {
    std::array<char, PCAP_ERRBUF_SIZE> error{};
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> file{pcap_open_offline(path.c_str(), error.data()), pcap_close};
    if (!file) return Failure{fmt::format("wire: cannot read the capture file: {}", error.data())};
    if (pcap_datalink(file.get()) != DLT_EN10MB) {
        return Failure{fmt::format("wire: {} does not hold Ethernet frames; capture on an Ethernet interface", path)};
    }
    std::vector<Frame> frames;
    pcap_pkthdr* header = nullptr;
    const unsigned char* data = nullptr;
    int status = 0;
    while ((status = pcap_next_ex(file.get(), &header, &data)) == 1) {
        if (header->caplen < header->len || header->len > kMaxFrame) {
            ++truncated;
            continue;
        }
        const auto* const bytes = reinterpret_cast<const std::byte*>(data);
        frames.emplace_back(bytes, bytes + header->caplen);
        if (frames.back().size() < kMinFrame) frames.back().resize(kMinFrame);
    }
    if (status != PCAP_ERROR_BREAK) {
        return Failure{fmt::format("wire: {} is damaged: {}; write it again", path, pcap_geterr(file.get()))};
    }
    return frames;
}

// A capture file that grows.
class CaptureWriter {
public:
    static std::unique_ptr<CaptureWriter> open(const std::string& path, std::string& error) {
        auto writer = std::unique_ptr<CaptureWriter>(new CaptureWriter);
        writer->file_.reset(pcap_dump_open(writer->format_.get(), path.c_str()));
        if (writer->file_) return writer;
        error = fmt::format("wire: cannot write the capture file: {}", pcap_geterr(writer->format_.get()));
        return nullptr;
    }
    void write(std::span<const std::byte> frame) noexcept {
        pcap_pkthdr header{};
        ::gettimeofday(&header.ts, nullptr);
        header.caplen = header.len = static_cast<bpf_u_int32>(frame.size());
        pcap_dump(reinterpret_cast<unsigned char*>(file_.get()), &header,
                  reinterpret_cast<const unsigned char*>(frame.data()));
    }
    void flush() noexcept { pcap_dump_flush(file_.get()); }

private:
    CaptureWriter()
        : format_(pcap_open_dead(DLT_EN10MB, kOutSnapLength), pcap_close), file_(nullptr, pcap_dump_close) {}

    std::unique_ptr<pcap_t, void (*)(pcap_t*)> format_;
    std::unique_ptr<pcap_dumper_t, void (*)(pcap_dumper_t*)> file_;
};

class CaptureWire final : public SimWire {
public:
    CaptureWire(const WireSpec& spec, std::vector<Frame> frames, std::unique_ptr<CaptureWriter> out,
                std::uint64_t truncated)
        : loop_(spec.loop), pacer_(spec.pps), frames_(std::move(frames)), out_(std::move(out)) {
        counters_.rx_truncated = truncated;
    }

    unsigned poll(std::uint64_t now_ns, unsigned budget, FrameSink& sink) override {
        if (next_ == frames_.size()) return 0;
        const unsigned due = pacer_.due(now_ns, budget);
        unsigned got = 0;
        for (; got < due && next_ < frames_.size(); ++got) {
            ++counters_.received;
            sink.frame(frames_[next_++]);
            if (loop_ && next_ == frames_.size()) next_ = 0;
        }
        return got;
    }

    bool transmit(std::span<const std::byte> frame) noexcept override {
        ++counters_.sent;
        if (out_) out_->write(frame);
        return true;
    }

    void tick() override {
        if (out_) out_->flush();
    }
    [[nodiscard]] bool timed() const override { return next_ < frames_.size(); }

private:
    bool loop_;
    Pacer pacer_;
    std::vector<Frame> frames_;
    std::size_t next_ = 0;
    std::unique_ptr<CaptureWriter> out_;
};

}  // namespace

Outcome<WirePtr> make_capture_wire(const WireSpec& spec) {
    std::vector<Frame> frames;
    std::uint64_t truncated = 0;
    if (!spec.in_file.empty()) {
        Outcome<std::vector<Frame>> read = read_capture(spec.in_file, truncated);
        if (!read) return Failure{read.error()};
        frames = std::move(*read);
    }
    std::unique_ptr<CaptureWriter> out;
    if (!spec.out_file.empty()) {
        std::string error;
        out = CaptureWriter::open(spec.out_file, error);
        if (!out) return Failure{std::move(error)};
    }
    return WirePtr{std::make_unique<CaptureWire>(spec, std::move(frames), std::move(out), truncated)};
}

}  // namespace bifurc::sim
