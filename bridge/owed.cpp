#include "bridge/owed.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::bridge {

Result<> Owed::open()
{
    auto reader = store_.reader();
    if (!reader) return reader.error();
    reader_ = std::move(*reader);
    return {};
}

void Owed::begin(const store::UpstreamBooks& books)
{
    read_to_ = cursor_ = books.place(lane_);
    end_ = books.end(lane_);
    records_.clear();
    left_out_.clear();
    unsayable_.clear();
}

Result<> Owed::read(std::size_t limit)
{
    if (!records_.empty() && records_.size() <= limit) return {};
    if (store_.sendable_seq() <= cursor_) return {};
    return read_records(limit);
}

Result<> Owed::read_records(std::size_t limit)
{
    const auto most = std::min<std::uint64_t>(limit, end_ - cursor_);
    auto records = reader_->read_after(cursor_, most);
    if (!records) return records.error();
    records_ = std::move(*records);
    epoch_ = reader_->epoch();
    pass_over_holes();
    read_to_ = records_.empty() ? cursor_ : records_.back().seq;
    take_out();
    return {};
}

void Owed::wait(const std::stop_token& stop, std::chrono::milliseconds most)
{
    store_.wait_newer(std::max(cursor_, reader_->passed()), stop, most);
}

// What is missing before the records is given up, so that the upstream is told before it gets what follows;
// what is behind a hole in them waits for the next time.
void Owed::pass_over_holes()
{
    const bool nothing_left = records_.empty() ? reader_->passed() >= end_ : records_.front().seq > end_;
    const auto last = nothing_left ? end_ : records_.empty() ? cursor_ : records_.front().seq - 1;
    if (last > cursor_) {
        store_.acknowledge(name_, last, 0, lane_);
        cursor_ = last;
    }
    std::erase_if(records_, [this](const store::Record& record) { return record.seq > end_; });
    const auto hole = std::adjacent_find(records_.begin(), records_.end(),
                                         [](auto& a, auto& b) { return b.seq != a.seq + 1; });
    if (hole != records_.end()) records_.erase(hole + 1, records_.end());
}

void Owed::take_out()
{
    left_out_.clear();
    unsayable_.clear();
    const bool all = selection_.takes_all();
    std::erase_if(records_, [&](store::Record& record) {
        if (!all && !selection_.takes(store_.series(), record.reading.series)) {
            left_out_.push_back(record.seq);
            return true;
        }
        const auto said = sink_.can_say(record.reading);
        if (said) return false;
        unsayable_.push_back({std::move(record), said.error().what});
        return true;
    });
}

// The seq up to which all is done with once the first `count` records are.
std::uint64_t Owed::end_of(std::size_t count) const
{
    if (count == records_.size()) return read_to_;
    return count == 0 ? cursor_ : records_[count - 1].seq;
}

std::vector<Refused> Owed::dead(std::size_t count, std::span<const Refusal> refused) const
{
    const auto end = end_of(count);
    std::vector<Refused> dead;
    for (const auto& one : unsayable_)
        if (one.record.seq <= end) dead.push_back(one);
    for (const auto& one : refused)
        if (one.index < count) dead.push_back({records_[one.index], one.why});
    std::ranges::sort(dead, {}, [](const Refused& one) { return one.record.seq; });
    return dead;
}

void Owed::pass(std::size_t count, std::span<const Refused> dead)
{
    const auto end = end_of(count);
    std::vector<store::Record> run;
    for (const auto& one : dead) {
        if (!run.empty() && one.record.seq != run.back().seq + 1) refuse(run);
        run.push_back(one.record);
    }
    refuse(run);
    move_to(end);
    records_.erase(records_.begin(), records_.begin() + static_cast<std::ptrdiff_t>(count));
    std::erase_if(unsayable_, [end](const Refused& one) { return one.record.seq <= end; });
}

// A run of readings whose seqs follow one another, and what was delivered before it.
void Owed::refuse(std::vector<store::Record>& run)
{
    if (run.empty()) return;
    move_to(run.front().seq - 1);
    cursor_ = run.back().seq;
    store_.refuse(name_, run, lane_);
    run.clear();
}

// Over what was delivered and what is left out up to `seq`, which is all there is. Between the two steps the
// cursor lies on something that is done with, too, only not as far.
void Owed::move_to(std::uint64_t seq)
{
    const auto end = std::ranges::upper_bound(left_out_, seq);
    const auto left_out = static_cast<std::uint64_t>(end - left_out_.begin());
    left_out_.erase(left_out_.begin(), end);
    const auto delivered = seq - cursor_ - left_out;
    if (delivered > 0) store_.acknowledge(name_, cursor_ + delivered, delivered, lane_);
    if (left_out > 0) store_.leave_out(name_, seq, left_out, lane_);
    cursor_ = seq;
}

}  // namespace tidegate::bridge
