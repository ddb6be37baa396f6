#pragma once

#include "base/clock.hpp"
#include "store/batch_codec.hpp"
#include "store/reading.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace tidegate::store {

inline constexpr std::int64_t impossible_before_ms =
    1'704'067'200'000;  // 2024: no clock that is right says so

std::uint64_t boot_id();  // the kernel's, as a number

// What time it was. Readings that were stamped before the clock of this boot was set carry
// flag::unsynchronised; once it is set, the boot clock, which never jumps, says by how much they were wrong.
//
// All such readings of one batch are in the frame of the batch's own clock: time of arrival on the boot clock
// + (wall_ms - boot_ms). Frames differ where the clock jumped and was still not right. Until it is, a frame
// does not begin before the last known time, so that a board that wakes up in 1970 does not sort its readings
// before all others.
//
// Any thread; read() on the writer's alone.
class BootClock {
public:
    // `last`: of the newest batch in the log. `patience`: how long after the boot readings wait for the clock
    // to be set.
    BootClock(ClockSource source, std::chrono::milliseconds patience, const BatchClock& last);

    // Called with the lock held when the clock has been set: readings with first <= seq <= last that carry
    // the flag are `shift_ms` early, and lose it. Nothing is settled() before it returns.
    struct Shift {
        std::uint64_t first, last;
        std::int64_t shift_ms;
    };
    void on_set(std::function<void(const Shift&)> told) { told_ = std::move(told); }

    BatchClock read();       // looks at the clocks, for the next batch
    BatchClock now() const;  // as read() would say, but nothing is put right

    // Whether readings need not wait any longer: the clock was set in this boot, or patience is at its end.
    bool settled() const;

    // Brings readings that are to be committed into the frame of `clock`. If that is known to be right, they
    // lose the flag.
    void put_right(std::vector<Reading>& readings, const BatchClock& clock) const;

    // Puts right what the log holds. True: something was corrected.
    bool put_right(DecodedBatch& batch) const;

    // The batch of first to last is in the log, in the frame of `clock`.
    void committed(const BatchClock& clock, std::uint64_t first, std::uint64_t last);

    // Seq of the first reading of this boot in the log that waits for the clock to be set; 0: none does.
    std::uint64_t first_waiting() const;

    // What the log says of a boot: whether it was asked, and the answer; none: its clock was never set.
    bool asked(std::uint64_t boot) const;
    void learn(std::uint64_t boot, std::optional<std::int64_t> offset_ms);

private:
    struct Era {  // a time without a jump, on the boot clock: at least as long as it was
        std::int64_t offset_ms;
        std::int64_t from_ms, to_ms;
    };
    struct Frame {
        std::uint64_t first, last;
        std::int64_t offset_ms;
    };

    std::int64_t frame_ms(std::int64_t boot, std::int64_t offset, bool synchronised) const;  // its offset
    bool jumped(std::int64_t offset) const;
    void set(std::int64_t offset_ms);

    ClockSource source_;
    std::int64_t patience_ms_;  // boot clock
    std::uint64_t boot_;
    std::function<void(const Shift&)> told_;

    mutable std::mutex mutex_;  // everything below
    std::vector<Era> eras_;
    std::vector<Frame> frames_;          // in the log, not put right yet
    std::optional<std::int64_t> known_;  // the offset of this boot, when the clock was set first
    std::int64_t floor_ms_ = 0;          // least offset of a frame, while it is not known
    bool floor_known_ = false;           // the floor rests on a clock that was set
    std::map<std::uint64_t, std::optional<std::int64_t>> boots_;
};

}  // namespace tidegate::store
