// SPDX-License-Identifier: BSD-3-Clause
// Frames that were judged and not yet brought to their queues: as many as the nearest cache holds with what was fetched
// for them, so that it has come when it is needed, be it from many queues.
#pragma once

#include <array>
#include <cstddef>

#include "classify.h"

namespace bifurc::model {

struct Judged {
    Bytes frame;
    RxVerdict verdict;
};

class FramesOnTheWay {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == last_; }
    [[nodiscard]] bool full() const noexcept { return last_ - first_ == frames_.size() || bytes_ > kBytes; }
    // The place of the next one, which push() takes.
    [[nodiscard]] Judged& last() noexcept { return frames_[last_ % frames_.size()]; }
    void push() noexcept { bytes_ += frames_[last_++ % frames_.size()].frame.size(); }
    // The one that has waited longest; what is returned is good until last() is written.
    [[nodiscard]] const Judged& pop() noexcept {
        const Judged& first = frames_[first_++ % frames_.size()];
        bytes_ -= first.frame.size();
        return first;
    }

private:
    static constexpr std::size_t kBytes = 4096;
    std::array<Judged, 64> frames_;
    std::size_t first_ = 0, last_ = 0, bytes_ = 0;
};

}  // namespace bifurc::model
