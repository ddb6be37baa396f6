#pragma once

#include "bridge/selection.hpp"
#include "bridge/sink.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tidegate::bridge {

// A record that an upstream will never take, and why.
struct Refused {
    store::Record record;
    std::string why;
};

// What the store owes to one upstream by one of its lanes: the records that come next. What is not for this
// upstream, and what its format cannot say, is taken out of them and accounted for when the lane moves over
// it. Used by the forwarder's thread.
class Owed {
public:
    // All of them outlive it.
    Owed(store::Store& store,
         const Sink& sink,
         Selection& selection,
         const std::string& name,
         store::Lane lane)
        : store_(store),
          sink_(sink),
          selection_(selection),
          name_(name),
          lane_(lane)
    {
    }

    // Errors: those of Store::reader().
    Result<> open();

    // Goes on where the books say that this lane is, and no further than to its end. What was read and is not
    // done with is forgotten.
    void begin(const store::UpstreamBooks& books);

    void ends(const store::UpstreamBooks& books) { end_ = books.end(lane_); }

    // Reads what comes next, at most `limit` records. What was read and is not done with stays as it is, so
    // that the other side can tell that it has it already, unless there are more of it than `limit`.
    // Errors: those of LogReader::read_after().
    Result<> read(std::size_t limit);

    // False: there is nothing to be done.
    bool anything() const { return read_to_ > cursor_; }
    std::uint64_t reach() const { return read_to_ - cursor_; }  // how many were read, with those left out
    void wait(const std::stop_token& stop, std::chrono::milliseconds most);  // until there is

    // None: what was read is all left out, and pass(0, …) is due.
    std::span<const store::Record> records() const { return records_; }
    std::uint64_t epoch() const { return epoch_; }   // of the records
    std::uint64_t place() const { return cursor_; }  // all up to this seq is done with
    bool ended() const { return cursor_ >= end_; }   // the lane has nothing more

    // Which records become dead letters when the first `count` are done with: those refused, and those that
    // the format cannot say. In the order of their seqs.
    std::vector<Refused> dead(std::size_t count, std::span<const Refusal> refused) const;

    // Moves over the first `count` records. All that are not in `dead` were delivered.
    void pass(std::size_t count, std::span<const Refused> dead);

private:
    Result<> read_records(std::size_t limit);
    void pass_over_holes();
    void take_out();
    std::uint64_t end_of(std::size_t count) const;
    void move_to(std::uint64_t seq);
    void refuse(std::vector<store::Record>& run);

    store::Store& store_;
    const Sink& sink_;
    Selection& selection_;
    const std::string& name_;
    store::Lane lane_;
    std::unique_ptr<store::LogReader> reader_;

    std::uint64_t epoch_ = 0;
    std::uint64_t cursor_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t read_to_ =
        0;  // seq of the last that was read; all from the cursor to it are in one of these:
    std::vector<store::Record> records_;
    std::vector<std::uint64_t> left_out_;  // seqs that are not for this upstream
    std::vector<Refused> unsayable_;
};

}  // namespace tidegate::bridge
