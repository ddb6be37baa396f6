#include "faults/power_cut_check.hpp"

#include <algorithm>
#include <limits>

namespace tidegate::tests {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::chrono::milliseconds allowance{
    150};                                 // for a commit and its sync, beside the stalls of the machine
constexpr std::uint64_t again_every = 8;  // cuts, one of which is opened a second time
constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();

// The facts of a recording that were so when the power went.
class Known {
public:
    Known(const Recording& recording, const Cut& cut) : recording_(recording), position_(cut.position)
    {
        at_ =
            cut.position < recording.ops.size() ? recording.ops[cut.position].at : recording.facts.back().at;
    }

    std::uint64_t highest(Fact::Kind kind, const std::string& upstream = {}) const
    {
        std::uint64_t value = 0;
        for (const auto& fact : recording_.facts)
            if (fact.position <= position_ && fact.kind == kind && fact.upstream == upstream)
                value = std::max(value, fact.value);
        return value;
    }
    bool acknowledged(const std::string& upstream, std::uint64_t seq) const
    {
        return std::any_of(recording_.facts.begin(), recording_.facts.end(), [&](const Fact& fact) {
            return fact.position <= position_ && fact.kind == Fact::Kind::acknowledged &&
                   fact.upstream == upstream && fact.value == seq;
        });
    }

    // The committed batches that are not there, and whether the store had the time to put them onto the disk.
    void count_lost(Verdict& verdict, const store::StoreOptions& options) const
    {
        for (const auto& fact : recording_.facts) {
            if (fact.kind != Fact::Kind::committed || fact.position > position_ || fact.value <= verdict.tail)
                continue;
            ++verdict.lost_batches;
            const auto age = at_ - fact.at;
            verdict.lost_ms = std::max(verdict.lost_ms, Milliseconds(age).count());
            if (options.durability == store::Durability::relaxed) continue;
            if (options.durability == store::Durability::strict)
                verdict.fault = "a committed batch is lost";
            else if (age > options.sync_interval + allowance + stalled_since(fact.at))
                verdict.fault =
                    "lost what had been committed for " + std::to_string(Milliseconds(age).count()) + " ms";
        }
    }

private:
    std::chrono::nanoseconds stalled_since(Moment from) const
    {
        std::chrono::nanoseconds sum{};
        for (const auto& stall : recording_.stalls)
            if (stall.to > from && stall.from < at_) sum += stall.to - stall.from;
        return sum;
    }

    const Recording& recording_;
    std::size_t position_;
    Moment at_;
};

// The batches are there up to `tail`: neither fewer than was promised nor any that was not written yet.
std::string check_tail(std::uint64_t tail, const Recording& recording, const Known& known)
{
    const auto start = recording.start_batch;
    if (!recording.ledger.has(tail)) return "a batch that never was";
    if (tail < start) return "a batch that was on the disk before is lost";
    if (tail < known.highest(Fact::Kind::flushed)) return "a batch that flush() had confirmed is lost";
    if (tail > std::max(start, known.highest(Fact::Kind::appended))) return "a batch of the future";
    return {};
}

std::string check_cursors(store::Store& store,
                          const Recording& recording,
                          const Known& known,
                          store::Durability durability)
{
    const auto last = store.state().last_seq;
    for (const auto& books : store.state().upstreams) {
        const auto& name = books.name;
        const auto kept = known.highest(Fact::Kind::kept, name);
        if (books.started + books.delivered + store::sum(books.discarded) != books.cursor)
            return name + ": books";
        if (store::sum(books.discarded) != 0) return name + ": readings were given up";
        if (books.cursor > last) return name + ": the cursor is beyond what is there";
        if (books.cursor < kept) return name + ": a cursor that was on the disk is back";
        if (books.cursor != recording.start_cursors.at(name) && !known.acknowledged(name, books.cursor))
            return name + ": a cursor that was never acknowledged";
    }
    if (durability == store::Durability::relaxed) return {};
    if (known.highest(Fact::Kind::delivered) > last) return "an upstream was told what is gone now";
    return {};
}

// Every reading has its one place in the log: those before the cursors were seen there by an upstream.
std::string check_log(store::Store& store, const Ledger& ledger, const Recording& recording)
{
    auto reader = store.reader();
    if (!reader) return "reader: " + reader.error().what;
    const auto start =
        std::min(store.open_upstream(fast_upstream).cursor, store.open_upstream(slow_upstream).cursor);
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t seq = 1; seq <= start; ++seq) {
        const auto known = recording.numbers.find(seq);
        if (known == recording.numbers.end()) return "a cursor over what no upstream was given";
        numbers.push_back(known->second);
    }
    for (auto seq = start;;) {
        const auto records = (*reader)->read_after(seq, 500);
        if (!records) return "read_after: " + records.error().what;
        if (records->empty()) break;
        for (const auto& record : *records) {
            const auto number = ledger.number_of(record.reading, store);
            if (record.seq != ++seq || !number) return "the log has a hole at seq " + std::to_string(seq);
            numbers.push_back(*number);
        }
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers == ledger.numbers(everything) ? "" : "the log holds other readings than were appended";
}

std::string check_state(store::Store& store, const Ledger& ledger)
{
    const auto state = store.state();
    if (!state.trouble.empty()) return "trouble: " + state.trouble;
    const auto damage = damage_of(state);
    if (!damage.empty()) return "damage: " + damage.front();
    if (state.books != ledger.books(everything)) return "the books do not add up";
    return {};
}

std::string check_history(store::Store& store, const Ledger& ledger)
{
    const auto found = compare(store, ledger, everything);
    return found.perfect() ? "" : found.first;
}

std::string check_all(store::Store& store,
                      const Ledger& ledger,
                      const Recording& recording,
                      const Known& known,
                      store::Durability durability)
{
    auto fault = check_history(store, ledger);
    if (!fault.empty()) return fault;
    if (auto flushed = store.flush(); !flushed) return "flush: " + flushed.error().what;
    fault = check_state(store, ledger);
    if (fault.empty()) fault = check_cursors(store, recording, known, durability);
    if (fault.empty()) fault = check_log(store, ledger, recording);
    return fault;
}

std::string go_on(store::Store& store, Ledger& ledger)
{
    if (!store.append(ledger.make(store, 3), {})) return "append gave up";
    if (auto flushed = store.flush(); !flushed) return "flush: " + flushed.error().what;
    return check_history(store, ledger);
}

std::string check_files(const std::filesystem::path& directory)
{
    if (!quarantined(directory).empty()) return "a file was set aside";
    return quick_check(directory);
}

}  // namespace

std::uint64_t highest_known(const Recording& recording,
                            const Cut& cut,
                            Fact::Kind kind,
                            const std::string& upstream)
{
    return Known(recording, cut).highest(kind, upstream);
}

Verdict examine(const store::StoreOptions& options, const Recording& recording, const Cut& cut, Bound bound)
{
    Verdict verdict;
    const Known known(recording, cut);
    auto opened = store::Store::open(options);
    if (!opened) return {"open: " + opened.error().what, 0, 0, 0};
    auto& store = **opened;
    const auto state = store.state();
    verdict.tail = state.intake.empty() ? 0 : state.intake[0].tail;
    verdict.fault = check_tail(verdict.tail, recording, known);
    if (verdict.fault.empty() && bound == Bound::kept) known.count_lost(verdict, options);
    auto ledger = recording.ledger;
    ledger.forget_after(verdict.tail);
    if (verdict.fault.empty()) verdict.fault = check_all(store, ledger, recording, known, options.durability);
    if (verdict.fault.empty()) verdict.fault = go_on(store, ledger);
    opened->reset();
    if (verdict.fault.empty()) verdict.fault = check_files(options.directory);
    if (!verdict.fault.empty() || cut.seed % again_every != 0) return verdict;

    auto again = store::Store::open(options);
    verdict.fault = again ? check_history(**again, ledger) : "second open: " + again.error().what;
    return verdict;
}

}  // namespace tidegate::tests
