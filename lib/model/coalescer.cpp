// SPDX-License-Identifier: BSD-3-Clause
#include "coalescer.h"

#include <algorithm>
#include <cstring>

#include "checksum.h"
#include "hw/desc.h"

namespace bifurc::model {

using hw::RxInfo;
using hw::RxStatus;

namespace {

constexpr std::size_t kMaxIpLen = 0xffff;
constexpr unsigned kMostCounted = 15;  // RSCCNT has four bits

std::uint32_t big32(Bytes bytes, std::size_t at) noexcept {
    return static_cast<std::uint32_t>(big16(bytes, at)) << 16 | big16(bytes, at + 2);
}
std::uint32_t sequence(Bytes tcp) noexcept { return big32(tcp, 4); }
std::uint32_t acknowledged(Bytes tcp) noexcept { return big32(tcp, 8); }
std::uint8_t flags(Bytes tcp) noexcept { return byte_at(tcp, 13); }
std::uint8_t type_of_service(Bytes ip) noexcept { return byte_at(ip, 1); }

std::uint32_t buffers_for(std::size_t bytes, std::uint32_t buffer_bytes) noexcept {
    return static_cast<std::uint32_t>((bytes + buffer_bytes - 1) / buffer_bytes);
}

}  // namespace

bool Coalescer::take(DmaCursor& dma, std::uint64_t poll, const Arrival& arrival) {
    const bool tagged = arrival.verdict.tagged;
    const Flow flow = flow_of(arrival.bytes, tagged);
    Context* context = find(arrival.ring, flow);
    std::optional<RxRing::Coalescing> settings;
    if (arrival.verdict.rsc == RscRole::candidate) settings = arrival.ring.coalescing(dma, poll);
    if (!settings) {
        if (context != nullptr) close(dma, poll, *context);
        return false;
    }
    const bool strip = tagged && settings->strip;
    const Header header = header_of(arrival.bytes, tagged, strip);
    const Bytes payload = arrival.bytes.subspan(header.len + (strip ? kVlanTag : 0));
    if (context != nullptr && !goes_on(*context, arrival.verdict, header, payload.size())) {
        close(dma, poll, *context);
        context = nullptr;
    }
    if (context == nullptr) context = open(dma, *settings, arrival, flow, header, payload.size());
    if (context == nullptr) return false;
    append(dma, *context, header, payload);
    context->bytes += arrival.bytes.size();
    if ((flags(header.tcp()) & kPsh) != 0 || context->broken) close(dma, poll, *context);
    return true;
}

// From the last one: what closes is replaced by the last.
void Coalescer::expire(DmaCursor& dma, std::uint64_t poll, std::uint64_t now_ns) {
    for (std::size_t i = open_; i-- != 0;)
        if (contexts_[i].due_ns <= now_ns) close(dma, poll, contexts_[i]);
}

void Coalescer::drop_stale() {
    for (std::size_t i = open_; i-- != 0;) {
        Context& context = contexts_[i];
        if (context.ring->enabled() && context.ring->latched() == context.latched) continue;
        closed_.push_back({context.verdict.queue, RxRing::Outcome::disabled, context.frames, context.bytes});
        context = contexts_[--open_];
    }
}

std::size_t Coalescer::frames() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < open_; ++i) sum += contexts_[i].frames;
    return sum;
}

std::optional<std::uint64_t> Coalescer::due_ns() const noexcept {
    std::optional<std::uint64_t> first;
    for (std::size_t i = 0; i < open_; ++i) first = std::min(first.value_or(contexts_[i].due_ns), contexts_[i].due_ns);
    return first;
}

// Also of a frame that has options, which no large receive takes.
Coalescer::Flow Coalescer::flow_of(Bytes frame, bool tagged) noexcept {
    constexpr std::size_t kAddresses = 12, kAddressesLen = 8, kPortsLen = 4;
    const Bytes ip = frame.subspan(kEthernetHeader + (tagged ? kVlanTag : 0));
    Flow flow;
    std::memcpy(flow.data(), &ip[kAddresses], kAddressesLen);
    std::memcpy(flow.data() + kAddressesLen, &ip[(byte_at(ip, 0) & 15u) * 4], kPortsLen);
    return flow;
}

Coalescer::Header Coalescer::header_of(Bytes frame, bool tagged, bool strip) noexcept {
    constexpr std::size_t kTagAt = 12;
    const std::size_t ip_at = kEthernetHeader + (tagged ? kVlanTag : 0);
    const std::size_t tcp_len = (byte_at(frame, ip_at + kIpv4Header + 12) >> 4) * std::size_t{4};
    const std::size_t taken_out = strip ? kVlanTag : 0;
    const std::size_t before = strip ? kTagAt : 0;
    Header header;
    header.ip_at = ip_at - taken_out;
    header.len = header.ip_at + kIpv4Header + tcp_len;
    std::memcpy(header.bytes.data(), frame.data(), before);
    std::memcpy(header.bytes.data() + before, &frame[before + taken_out], header.len - before);
    return header;
}

Coalescer::Context* Coalescer::find(const RxRing& ring, const Flow& flow) noexcept {
    for (std::size_t i = 0; i < open_; ++i) {
        if (contexts_[i].ring == &ring && contexts_[i].flow == flow) return &contexts_[i];
    }
    return nullptr;
}

// DS 7.11.4: in sequence, and nothing in the header that the large receive could not say.
bool Coalescer::goes_on(const Context& context, const RxVerdict& verdict, const Header& header,
                        std::size_t payload) noexcept {
    const Bytes tcp = header.tcp(), before = context.header.tcp();
    const bool same = header.len == context.header.len && verdict.tagged == context.verdict.tagged &&
                      verdict.vlan == context.verdict.vlan &&
                      type_of_service(header.ip()) == type_of_service(context.header.ip()) &&
                      (flags(tcp) & kAck) == (flags(before) & kAck);
    const bool forward = sequence(tcp) == context.next_sequence &&
                         static_cast<std::int32_t>(acknowledged(tcp) - acknowledged(before)) >= 0;
    if (!same || !forward || context.ip_len + payload > kMaxIpLen) return false;
    const std::uint32_t room = context.buffer_bytes - context.used;
    if (payload <= room) return true;
    const std::uint32_t more = buffers_for(payload - room, context.buffer_bytes);
    return more <= context.descriptors_left && more <= context.ring->available();
}

// DS 7.11.3. nullptr: the frame is to go by itself.
Coalescer::Context* Coalescer::open(DmaCursor& dma, const RxRing::Coalescing& settings, const Arrival& arrival,
                                    const Flow& flow, const Header& header, std::size_t payload) {
    const std::uint32_t needed = buffers_for(header.len + payload, settings.buffer_bytes);
    if (open_ == kContexts || arrival.interval_ns == 0 || arrival.bytes.size() < arrival.least_first ||
        header.len >= settings.header_bytes || needed > settings.max_descriptors || needed > arrival.ring.available())
        return nullptr;
    Context& context = contexts_[open_];
    context = {.ring = &arrival.ring,
               .flow = flow,
               .verdict = arrival.verdict,
               .header = header,
               .ip_len = header.len - header.ip_at,
               .buffer_bytes = settings.buffer_bytes,
               .descriptors_left = settings.max_descriptors - 1,
               .due_ns = arrival.now_ns + arrival.interval_ns,
               .latched = arrival.ring.latched()};
    if (!arrival.ring.take(dma, context.now)) return nullptr;
    context.first_buffer = context.now.buffer;
    context.rsccnt = 1;
    ++open_;
    write(dma, context, Bytes{header.bytes}.first(header.len));
    return &context;
}

void Coalescer::append(DmaCursor& dma, Context& context, const Header& header, Bytes payload) {
    if (context.frames++ != 0) {
        if (context.used == context.buffer_bytes) next_buffer(dma, context);
        context.rsccnt = std::min(context.rsccnt + 1, kMostCounted);
    }
    write(dma, context, payload);
    context.next_sequence = sequence(header.tcp()) + static_cast<std::uint32_t>(payload.size());
    context.ip_len += payload.size();
    take_over(context.header, header);
}

// Memory that is not mapped takes nothing, but its descriptors are used up, so that they come back.
void Coalescer::write(DmaCursor& dma, Context& context, Bytes bytes) {
    while (!bytes.empty()) {
        if (context.used == context.buffer_bytes && !next_buffer(dma, context)) return;
        const std::size_t len = std::min<std::size_t>(bytes.size(), context.buffer_bytes - context.used);
        context.broken = context.broken || !copy_out(dma, context.now.buffer + context.used, bytes.first(len));
        context.used += static_cast<std::uint32_t>(len);
        bytes = bytes.subspan(len);
    }
}

// The full buffer's descriptor goes back and names the next one. false: the ring is not mapped any more.
bool Coalescer::next_buffer(DmaCursor& dma, Context& context) {
    RxRing::Posted next;
    if (!context.ring->take(dma, next)) {
        context.broken = true;
        return false;
    }
    const std::uint64_t status = RxStatus::DD::mask | next.slot << RxStatus::NEXTP::lo;
    const RawDescriptor full{context.rsccnt << RxInfo::RSCCNT::lo, status | std::uint64_t{context.used} << 32};
    context.broken = !context.ring->give_back(dma, context.now.slot, full) || context.broken;
    context.now = next;
    context.used = 0;
    context.rsccnt = 1;
    --context.descriptors_left;
    return true;
}

// What the last frame says of acknowledgement, window and time; PSH if any frame had it.
void Coalescer::take_over(Header& header, const Header& from) noexcept {
    constexpr std::size_t kAckNumber = 8, kFlags = 13, kWindow = 14;
    std::byte* const tcp = header.bytes.data() + header.ip_at + kIpv4Header;
    const Bytes last = from.tcp();
    std::memcpy(tcp + kAckNumber, &last[kAckNumber], 4);
    tcp[kFlags] |= last[kFlags];
    std::memcpy(tcp + kWindow, &last[kWindow], 2);
    const Bytes options = last.subspan(kTcpHeader);
    std::memcpy(tcp + kTcpHeader, options.data(), options.size());
}

// The IP header is that of one packet of this length. The TCP checksum stays the first frame's: the write-back says
// that each of them was good.
void Coalescer::update_header(DmaCursor& dma, Context& context) {
    constexpr std::size_t kTotalLength = 2, kChecksum = 10;
    const auto put = [&](std::size_t at, std::size_t value) {
        context.header.bytes[context.header.ip_at + at] = static_cast<std::byte>(value >> 8);
        context.header.bytes[context.header.ip_at + at + 1] = static_cast<std::byte>(value);
    };
    put(kTotalLength, context.ip_len);
    put(kChecksum, 0);
    put(kChecksum, static_cast<std::uint16_t>(~fold(add_words(context.header.ip()))));
    const Bytes header = Bytes{context.header.bytes}.first(context.header.len);
    context.broken = !copy_out(dma, context.first_buffer, header) || context.broken;
}

void Coalescer::close(DmaCursor& dma, std::uint64_t poll, Context& context) {
    context.ring->look(dma, poll);
    if (context.frames > 1) update_header(dma, context);
    const RxVerdict& verdict = context.verdict;
    const std::uint64_t status =
        RxStatus::DD::mask | RxStatus::EOP::mask | verdict.status_error | (context.broken ? RxStatus::RXE::mask : 0);
    const RawDescriptor last{
        verdict.pkt_info | context.rsccnt << RxInfo::RSCCNT::lo | std::uint64_t{verdict.hash} << 32,
        status | std::uint64_t{context.used} << 32 | std::uint64_t{verdict.vlan} << 48};
    const bool told = context.ring->give_back(dma, context.now.slot, last);
    const auto outcome = told && !context.broken ? RxRing::Outcome::delivered : RxRing::Outcome::dma_fault;
    closed_.push_back({verdict.queue, outcome, context.frames, context.bytes});
    context = contexts_[--open_];
}

}  // namespace bifurc::model
