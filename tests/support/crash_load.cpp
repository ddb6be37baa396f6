#include "support/crash_load.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace tidegate::tests {

namespace {

using namespace std::chrono_literals;

constexpr auto heartbeat = 1ms;
constexpr auto stall_from = 5ms;
constexpr auto patience = 15s;
constexpr std::uint64_t lag = 60;  // readings that the slow upstream is behind

// The facts of a recording, gathered by several threads.
class Facts {
public:
    explicit Facts(const CrashVfs& vfs) : vfs_(vfs) {}

    void add(Fact::Kind kind, std::uint64_t value, std::string upstream = {})
    {
        const auto position = vfs_.position();
        const std::scoped_lock lock(mutex_);
        facts_.push_back({kind, std::move(upstream), value, position, std::chrono::steady_clock::now()});
    }
    std::vector<Fact> take()
    {
        const std::scoped_lock lock(mutex_);
        std::stable_sort(facts_.begin(), facts_.end(),
                         [](auto& a, auto& b) { return a.position < b.position; });
        return std::exchange(facts_, {});
    }

private:
    const CrashVfs& vfs_;
    std::mutex mutex_;
    std::vector<Fact> facts_;
};

void watch_for_stalls(const std::stop_token& stop, std::vector<Stall>& stalls)
{
    auto last = std::chrono::steady_clock::now();
    while (!stop.stop_requested()) {
        std::this_thread::sleep_for(heartbeat);
        const auto now = std::chrono::steady_clock::now();
        if (now - last > stall_from) stalls.push_back({last, now});
        last = now;
    }
}

// Delivers to both upstreams, as a forwarder would.
class Forwarder {
public:
    Forwarder(store::Store& store, Recording& out, Facts& facts) : store_(store), out_(out), facts_(facts)
    {
        for (const auto* name : {fast_upstream, slow_upstream})
            out.start_cursors[name] = cursors_[name] = store.open_upstream(name).cursor;
    }

    void run(const std::stop_token& stop)
    {
        auto reader = store_.reader();
        if (!reader) return fail(reader.error().what);
        auto seq = std::min(cursor(fast_upstream), cursor(slow_upstream));
        while (!stop.stop_requested()) {
            if (!store_.wait_newer(seq, stop, 5ms)) continue;
            const auto records = (*reader)->read_after(seq, 37);
            if (!records) return fail(records.error().what);
            if (!take(*records, seq)) return;
        }
    }

    std::uint64_t cursor(const std::string& upstream) const
    {
        const std::scoped_lock lock(mutex_);
        return cursors_.at(upstream);
    }
    std::string failure() const
    {
        const std::scoped_lock lock(mutex_);
        return failure_;
    }

private:
    bool take(const std::vector<store::Record>& records, std::uint64_t& seq)
    {
        for (const auto& record : records) {
            const auto number = out_.ledger.number_of(record.reading, store_);
            if (record.seq != seq + 1 || !number) {
                fail("after seq " + std::to_string(seq) + " came " + std::to_string(record.seq));
                return false;
            }
            const auto [known, fresh] = out_.numbers.try_emplace(record.seq, *number);
            if (!fresh && known->second != *number) {
                fail("seq " + std::to_string(record.seq) + " names another reading than before");
                return false;
            }
            seq = record.seq;
        }
        facts_.add(Fact::Kind::delivered, seq);
        if (seq > cursor(fast_upstream)) acknowledge(fast_upstream, seq);
        if (seq > cursor(slow_upstream) + 2 * lag) acknowledge(slow_upstream, seq - lag);
        return true;
    }

    void acknowledge(const std::string& upstream, std::uint64_t seq)
    {
        facts_.add(Fact::Kind::acknowledged, seq, upstream);
        store_.acknowledge(upstream, seq, seq - cursor(upstream));
        const std::scoped_lock lock(mutex_);
        cursors_[upstream] = seq;
    }
    void fail(std::string why)
    {
        const std::scoped_lock lock(mutex_);
        failure_ = std::move(why);
    }

    store::Store& store_;
    Recording& out_;
    Facts& facts_;
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t> cursors_;
    std::string failure_;
};

// Appends, flushes, seals and asks, in turns that a seed decides.
class Load {
public:
    Load(store::Store& store, const Ledger& ledger, CrashVfs& vfs, Facts& facts, const Forwarder& forwarder)
        : store_(store),
          ledger_(ledger),
          vfs_(vfs),
          facts_(facts),
          forwarder_(forwarder)
    {
    }

    // Why it broke off; empty: it did not.
    std::string run(const std::vector<Ledger::Part>& parts, const LoadOptions& options)
    {
        std::mt19937_64 random(options.seed);
        const auto& failing = options.failing_syncs;
        const auto stride = parts.size() / (failing.size() + 1);
        patient_ = !failing.empty();
        for (std::size_t i = 0; i < parts.size() && failure_.empty(); ++i) {
            append(parts[i]);
            const bool arm = i % stride == stride - 1 && i / stride < failing.size();
            if (arm) vfs_.fail_syncs(failing[i / stride], 1);
            const bool seals = arm || random() % 60 == 0;
            if (seals || random() % 24 == 0) flush();
            if (seals) insist("seal_all", [&] { return store_.seal_all(); });
            if (random() % 40 == 0) ask();
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
        }
        return failure_;
    }

private:
    void append(const Ledger::Part& part)
    {
        facts_.add(Fact::Kind::appended, part.batch);
        if (!store_.append(ledger_.batch(store_, part), {})) failure_ = "append gave up";
        last_ = part.batch;
    }

    void flush()
    {
        const auto fast = forwarder_.cursor(fast_upstream);
        const auto slow = forwarder_.cursor(slow_upstream);
        if (!insist("flush", [&] { return store_.flush(); })) return;
        facts_.add(Fact::Kind::flushed, last_);
        facts_.add(Fact::Kind::kept, fast, fast_upstream);
        facts_.add(Fact::Kind::kept, slow, slow_upstream);
    }

    // Readers hold files open: the writer's connection is then not the last one, whose close would sync.
    void ask()
    {
        const auto found = compare(store_, ledger_, 0);
        if (found.refused > 0) failure_ = "history: " + found.first;
    }

    template <class Call>
    bool insist(const std::string& what, const Call& call)
    {
        const auto deadline = std::chrono::steady_clock::now() + patience;
        for (;;) {
            const auto done = call();
            if (done) return true;
            if (!patient_ || std::chrono::steady_clock::now() > deadline) {
                failure_ = what + ": " + done.error().what;
                return false;
            }
            std::this_thread::sleep_for(heartbeat);
        }
    }

    store::Store& store_;
    const Ledger& ledger_;
    CrashVfs& vfs_;
    Facts& facts_;
    const Forwarder& forwarder_;
    bool patient_ = false;
    std::uint64_t last_ = 0;
    std::string failure_;
};

// All at once: the forwarder looks numbers up while batches are appended.
std::vector<Ledger::Part> plan(Ledger& ledger, const LoadOptions& options)
{
    std::mt19937_64 random(options.seed);
    std::vector<Ledger::Part> parts;
    for (int i = 0; i < options.batches; ++i) parts.push_back(ledger.plan(1 + random() % 6));
    return parts;
}

void run_store(const LoadOptions& options, CrashVfs& vfs, Facts& facts, Recording& out)
{
    auto opened = store::Store::open(options.store);
    if (!opened) {
        out.failure = "open: " + opened.error().what;
        return;
    }
    auto& store = **opened;
    facts.add(Fact::Kind::opened, 0);
    const auto state = store.state();
    out.start_batch = state.intake.empty() ? 0 : state.intake[0].tail;
    if (options.store.durability == store::Durability::relaxed)  // the epoch is another: seqs begin anew
        out.numbers.erase(out.numbers.upper_bound(state.last_seq), out.numbers.end());
    out.ledger.forget_after(out.start_batch);
    const auto parts = plan(out.ledger, options);
    store.on_committed([&](auto& position) { facts.add(Fact::Kind::committed, position.tail); });
    {
        Forwarder forwarder(store, out, facts);
        std::jthread thread([&](const std::stop_token& stop) { forwarder.run(stop); });
        out.failure = Load(store, out.ledger, vfs, facts, forwarder).run(parts, options);
        thread.request_stop();
        thread.join();
        if (out.failure.empty()) out.failure = forwarder.failure();
    }
    opened->reset();
    facts.add(Fact::Kind::flushed, out.ledger.last_batch());
}

}  // namespace

Recording record_load(const LoadOptions& options,
                      Ledger ledger,
                      std::map<std::uint64_t, std::uint64_t> numbers)
{
    std::filesystem::create_directories(options.store.directory);
    CrashVfs vfs(options.store.directory);
    Facts facts(vfs);
    const auto delivered = numbers.empty() ? 0 : numbers.rbegin()->first;
    Recording out;
    out.ledger = std::move(ledger);
    out.numbers = std::move(numbers);
    out.start_delivered = delivered;
    std::jthread watch([&](const std::stop_token& stop) { watch_for_stalls(stop, out.stalls); });
    run_store(options, vfs, facts, out);
    watch.request_stop();
    watch.join();
    out.ops = vfs.take();
    out.failed_syncs = static_cast<int>(std::count_if(
        out.ops.begin(), out.ops.end(), [](auto& op) { return op.kind == DiskOp::Kind::failed_sync; }));
    out.facts = facts.take();
    return out;
}

}  // namespace tidegate::tests
