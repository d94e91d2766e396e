// SPDX-License-Identifier: BSD-3-Clause
// Is a frame for this port, and what is to become of it? 82599 DS 7.1.1 and 7.1.2, with what the port's counters make
// of it.
#pragma once

#include "classify.h"
#include "filter_digest.h"
#include "flow_director.h"
#include "statistics.h"
#include "verdict_cache.h"

namespace bifurc::model {

class Judge {
public:
    Judge(RegisterFile& regs, FlowDirector& flow_director) noexcept : regs_(regs), flow_director_(flow_director) {}

    enum class Fate : std::uint8_t { accepted, bad_length, filtered, dropped };  // the last by the flow director
    // `verdict` is written if the answer is `accepted`. Registers may not change between this and count().
    [[nodiscard]] Fate judge(Bytes frame, RxVerdict& verdict);
    // While the port does not receive.
    void pass_over(Bytes frame) noexcept { ++others_, others_bytes_ += frame.size(); }
    // Before registers are read or written: what all frames since the last time add to the counters.
    void count() noexcept;

    // Some register was written that a verdict may depend on.
    void registers_changed() noexcept { digest_is_old_ = true; }
    [[nodiscard]] const RscRules& rsc() const noexcept { return digest_.rsc; }

private:
    void look_at_registers();
    [[nodiscard]] Fate judge_anew(Bytes frame, RxVerdict& verdict);
    [[nodiscard]] Fate admit(Bytes frame, const RxVerdict& verdict) noexcept {
        good_.add(frame);
        ++flow_director_says_[static_cast<std::size_t>(verdict.flow_director)];
        return verdict.drop ? Fate::dropped : Fate::accepted;
    }

    RegisterFile& regs_;
    FlowDirector& flow_director_;
    FilterDigest digest_;
    bool digest_is_old_ = true;
    VerdictCache known_;

    FrameTally good_;
    std::uint64_t others_ = 0, others_bytes_ = 0;  // frames that were not good
    std::array<std::uint64_t, 3> flow_director_says_{};
};

inline Judge::Fate Judge::judge(Bytes frame, RxVerdict& verdict) {
    if (digest_is_old_) look_at_registers();
    const VerdictCache::Known* const known = known_.find(frame);
    if (known == nullptr) return judge_anew(frame, verdict);
    verdict = known->verdict;
    verdict.status_error |= known->status_of(frame);
    return admit(frame, verdict);
}

}  // namespace bifurc::model
