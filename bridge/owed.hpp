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

// What the store owes to one upstream: the records that come next, and the gaps that are to be told before
// them. What is not for this upstream, and what its format cannot say, is taken out of them and accounted for
// when the cursor moves over it. Used by the forwarder's thread.
class Owed {
public:
    Owed(store::Store& store, const Sink& sink, std::string name, Selection selection);

    // Errors: those of Store::reader().
    Result<> open();

    // Reads what comes next, at most `limit` records. What was read and is not done with stays as it is, so
    // that the other side can tell that it has it already, unless there are more of it than `limit`.
    // Errors: those of LogReader::read_after().
    Result<> read(std::size_t limit);

    // False: there is nothing to be done.
    bool anything() const { return !gaps_.empty() || read_to_ > cursor_; }
    void wait(const std::stop_token& stop, std::chrono::milliseconds most);  // until there is

    // Gaps go first, and alone. None of both: what was read is all left out, and pass(0, …) is due.
    std::span<const store::Gap> gaps() const { return gaps_; }
    std::span<const store::Record> records() const { return records_; }
    std::uint64_t epoch() const { return epoch_; }  // of the records

    void told();        // the gaps are done with
    void fewer_gaps();  // half of them: they may be too many

    // Which records become dead letters when the first `count` are done with: those refused, and those that
    // the format cannot say. In the order of their seqs.
    std::vector<Refused> dead(std::size_t count, std::span<const Refusal> refused) const;

    // Moves the cursor over the first `count` records. All that are not in `dead` were delivered.
    void pass(std::size_t count, std::span<const Refused> dead);

private:
    Result<> read_records(std::size_t limit);
    void pass_over_holes();
    void take_out();
    void read_gaps();
    void tell_only_of_what_it_gets();
    std::uint64_t end_of(std::size_t count) const;
    void move_to(std::uint64_t seq);
    void refuse(std::vector<store::Record>& run);

    store::Store& store_;
    const Sink& sink_;
    std::string name_;
    Selection selection_;
    std::unique_ptr<store::LogReader> reader_;

    std::uint64_t epoch_ = 0;
    std::uint64_t cursor_ = 0;
    std::uint64_t read_to_ =
        0;  // seq of the last that was read; all from the cursor to it are in one of these:
    std::vector<store::Record> records_;
    std::vector<std::uint64_t> left_out_;  // seqs that are not for this upstream
    std::vector<Refused> unsayable_;
    std::vector<store::Gap> gaps_;
};

}  // namespace tidegate::bridge
