// SPDX-License-Identifier: BSD-3-Clause
// The Rx packet buffer: a FIFO of whole frames, bounded in bytes (82599 DS 1.3, 7.1.3). No allocation once it is made.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "classify.h"

namespace bifurc::model {

struct BufferedFrame {
    std::size_t at = 0;
    std::size_t len = 0;
    RxVerdict verdict;
};

class PacketBuffer {
public:
    // As many frames as the shortest would fill it.
    explicit PacketBuffer(std::size_t bytes) : memory_(bytes), frames_(bytes / kShortest + 2) {}

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] const BufferedFrame& front() const noexcept { return frames_[first_]; }
    [[nodiscard]] Bytes bytes(const BufferedFrame& frame) const noexcept {
        return Bytes{memory_}.subspan(frame.at, frame.len);
    }
    void pop() noexcept {
        first_ = --count_ == 0 ? 0 : slot(1);  // an empty one begins where the cache is warm
    }
    void clear() noexcept { first_ = count_ = 0; }

    // false: no room. A frame lies in one piece; what is left at the end of the memory stays unused for that round.
    [[nodiscard]] bool push(Bytes frame, const RxVerdict& verdict) {
        BufferedFrame& entry = frames_[slot(count_)];
        if (count_ + 1 == frames_.size() || !place(frame.size(), entry.at)) return false;
        std::memcpy(memory_.data() + entry.at, frame.data(), frame.size());
        entry.len = frame.size();
        entry.verdict = verdict;
        ++count_;
        return true;
    }

private:
    static constexpr std::size_t kShortest = 60;

    [[nodiscard]] std::size_t slot(std::size_t i) const noexcept {
        return first_ + i < frames_.size() ? first_ + i : first_ + i - frames_.size();
    }
    bool place(std::size_t len, std::size_t& at) const noexcept {
        if (empty()) {
            at = 0;
            return len <= memory_.size();
        }
        const BufferedFrame& last = frames_[slot(count_ - 1)];
        const std::size_t first = front().at;
        const std::size_t behind = last.at + last.len;
        if (last.at >= first) {  // free: behind the last, then before the first
            at = behind;
            if (memory_.size() - behind >= len) return true;
            at = 0;
            return len < first;
        }
        at = behind;
        return len < first - behind;
    }

    std::vector<std::byte> memory_;
    std::vector<BufferedFrame> frames_;  // a ring: count_ of them from first_, and one that is none yet
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

}  // namespace bifurc::model
