// SPDX-License-Identifier: BSD-3-Clause
// The Rx packet buffer: a FIFO of whole frames, bounded in bytes (82599 DS 1.3, 7.1.3). No allocation once it is made.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "classify.h"

namespace bifurc::model {

struct BufferedFrame {
    std::size_t at = 0;
    std::size_t len = 0;
    bool tagged = false;
    RxVerdict verdict;
};

class PacketBuffer {
public:
    explicit PacketBuffer(std::size_t bytes) : memory_(bytes) {}

    [[nodiscard]] bool empty() const noexcept { return frames_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return frames_.size(); }
    [[nodiscard]] const BufferedFrame& front() const noexcept { return frames_.front(); }
    [[nodiscard]] Bytes bytes(const BufferedFrame& frame) const noexcept {
        return Bytes{memory_}.subspan(frame.at, frame.len);
    }
    void pop() noexcept { frames_.pop_front(); }
    void clear() noexcept { frames_.clear(); }

    // false: no room. A frame lies in one piece; what is left at the end of the memory stays unused for that round.
    [[nodiscard]] bool push(Bytes frame, bool tagged, const RxVerdict& verdict) {
        std::size_t at = 0;
        if (!place(frame.size(), at)) return false;
        std::copy(frame.begin(), frame.end(), memory_.begin() + static_cast<std::ptrdiff_t>(at));
        frames_.push_back({at, frame.size(), tagged, verdict});
        return true;
    }

private:
    bool place(std::size_t len, std::size_t& at) const noexcept {
        if (frames_.empty()) {
            at = 0;
            return len <= memory_.size();
        }
        const std::size_t first = frames_.front().at;
        const std::size_t behind = frames_.back().at + frames_.back().len;
        if (frames_.back().at >= first) {  // free: behind the last, then before the first
            at = behind;
            if (memory_.size() - behind >= len) return true;
            at = 0;
            return len < first;
        }
        at = behind;
        return len < first - behind;
    }

    std::vector<std::byte> memory_;
    std::deque<BufferedFrame> frames_;
};

}  // namespace bifurc::model
