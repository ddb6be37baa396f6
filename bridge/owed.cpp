#include "bridge/owed.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr std::size_t most_gaps = 4;  // a delivery; each may speak of hundreds of series

}  // namespace

Owed::Owed(store::Store& store, const Sink& sink, std::string name, Selection selection)
    : store_(store),
      sink_(sink),
      name_(std::move(name)),
      selection_(std::move(selection))
{
}

Result<> Owed::open()
{
    auto reader = store_.reader();
    if (!reader) return reader.error();
    reader_ = std::move(*reader);
    read_to_ = cursor_ = store_.open_upstream(name_).cursor;
    return {};
}

Result<> Owed::read(std::size_t limit)
{
    if (!gaps_.empty()) return {};
    if (records_.empty() || records_.size() > limit)
        if (auto done = read_records(limit); !done) return done;
    read_gaps();
    return {};
}

Result<> Owed::read_records(std::size_t limit)
{
    auto records = reader_->read_after(cursor_, limit);
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
    if (records_.empty()) return;
    const auto last = records_.front().seq - 1;
    if (last > cursor_) {
        store_.acknowledge(name_, last, 0);
        cursor_ = last;
    }
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

// Those that are not for this upstream, all of them where its format has no place for gaps, are passed over.
void Owed::read_gaps()
{
    for (;;) {
        auto gaps = store_.owed_gaps(name_, most_gaps);
        if (!gaps) return log::warning("gaps of upstream={} cannot be read: {}", name_, gaps.error().what);
        if (gaps->empty()) return;
        gaps_ = std::move(*gaps);
        const auto last = gaps_.back().id;
        tell_only_of_what_it_gets();
        if (!gaps_.empty()) return;
        store_.gaps_delivered(name_, last);
    }
}

// Takes out of the gaps the series that are not for this upstream.
void Owed::tell_only_of_what_it_gets()
{
    if (!sink_.takes_gaps()) return gaps_.clear();
    if (selection_.takes_all()) return;
    std::erase_if(gaps_, [this](store::Gap& gap) {
        if (gap.parts.empty()) return false;  // it is not known what is missing
        auto parts = std::exchange(gap.parts, {});
        for (auto& part : parts) {
            auto first = part.first_seq;
            for (const auto& [series, count] : part.series) {
                if (selection_.takes(store_.series(), series)) {
                    auto own = part;
                    own.first_seq = first;
                    own.series = {{series, count}};
                    gap.parts.push_back(std::move(own));
                }
                first += count;
            }
        }
        return gap.parts.empty();
    });
}

void Owed::told()
{
    store_.gaps_delivered(name_, gaps_.back().id);
    gaps_.clear();
}

void Owed::fewer_gaps()
{
    gaps_.resize(gaps_.size() / 2);
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
    store_.refuse(name_, run);
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
    if (delivered > 0) store_.acknowledge(name_, cursor_ + delivered, delivered);
    if (left_out > 0) store_.leave_out(name_, seq, left_out);
    cursor_ = seq;
}

}  // namespace tidegate::bridge
