#include "base/log.hpp"
#include "store/backfill.hpp"
#include "store/log_reader_source.hpp"

#include <algorithm>
#include <limits>

namespace tidegate::store {

namespace {

constexpr auto nowhere = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t backfill_epoch = 1ULL << 63U;  // an epoch is drawn without this bit

}  // namespace

LogReader::Source::Source(const std::filesystem::path& directory,
                          Database log,
                          Statement find,
                          Writer& owner,
                          const BootClock& boot_clock)
    : database(std::move(log)),
      next(std::move(find)),
      writer(owner),
      clock(boot_clock),
      epoch(owner.epoch()),
      backfill(directory)
{
}

LogReader::Source::~Source()
{
    writer.unpin(this);
}

Result<std::unique_ptr<LogReader::Source>> LogReader::Source::open(const std::filesystem::path& directory,
                                                                   Writer& writer,
                                                                   const BootClock& clock)
{
    auto database = Database::open(directory / "log.db", Access::read_only);
    if (!database) return database.error();
    auto next =
        database->prepare("SELECT seq, batch FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1");
    if (!next) return next.error();
    return std::make_unique<Source>(directory, std::move(*database), std::move(*next), writer, clock);
}

// Makes `batch` the row that has the next reading after `seq`, of those up to `most`. False: there is
// none.
Result<bool> LogReader::Source::fetch(std::uint64_t seq, std::uint64_t most)
{
    const bool in_hand = !batch.empty() && batch.front().seq <= seq + 1 && seq < batch.back().seq;
    if (in_hand) return true;
    for (;;) {
        next.bind(1, static_cast<std::int64_t>(seq));
        next.bind(2, static_cast<std::int64_t>(most));
        auto row = next.step();
        if (!row || !*row) {
            next.reset();
            return row;
        }
        const auto last = static_cast<std::uint64_t>(next.integer(0));
        auto decoded = decode_batch(next.blob(1), last);
        next.reset();  // ends the read, so that the WAL can start over
        if (decoded) {
            clock.put_right(*decoded);
            batch = std::move(decoded->records);
            return !batch.empty();
        }
        // What was in it is lost; the cursor passes over it, and the books count it as given up.
        log::error("log.db: {}", decoded.error().what);
        seq = last;
    }
}

LogReader::LogReader(std::unique_ptr<Source> source) : source_(std::move(source)) {}
LogReader::~LogReader() = default;

std::uint64_t LogReader::epoch() const
{
    return source_->from_sealed ? source_->epoch | backfill_epoch : source_->epoch;
}

Result<std::vector<Record>> LogReader::Source::read_sealed(std::uint64_t slot, std::size_t limit)
{
    // Whole parts may be damaged: then what follows them is asked for.
    for (auto found = std::optional(slot); found; found = backfill.next(backfill.part_end(*found))) {
        auto records = backfill.read(*found, limit);
        if (!records || !records->empty()) return records;
    }
    return std::vector<Record>();
}

Result<std::vector<Record>> LogReader::read_after(std::uint64_t seq, std::size_t limit)
{
    auto& source = *source_;
    std::vector<Record> found;
    if (!source.writer.pin(&source, seq, seq + limit)) return found;
    source.from_sealed = false;
    const auto most = source.writer.sendable_seq();
    while (found.size() < limit) {
        auto there = source.fetch(seq, most);
        if (!there) return there.error();
        const auto in_log = *there ? std::max(seq + 1, source.batch.front().seq) : nowhere;
        if (in_log != seq + 1) {  // the log does not hold it any more, or not yet
            if (!found.empty()) return found;
            const auto slot = seq < most ? source.backfill.next(seq + 1).value_or(nowhere) : nowhere;
            if (slot <= most && slot < in_log) {
                auto sealed = source.read_sealed(slot, limit);
                source.from_sealed = sealed && !sealed->empty();
                if (!sealed || !sealed->empty()) return sealed;
            }
            if (in_log == nowhere) return found;
        }
        const auto& batch = source.batch;
        const auto first =
            std::find_if(batch.begin(), batch.end(), [&](auto& record) { return record.seq > seq; });
        const auto take =
            std::min<std::size_t>(limit - found.size(), static_cast<std::size_t>(batch.end() - first));
        found.insert(found.end(), first, first + static_cast<std::ptrdiff_t>(take));
        seq = found.back().seq;
    }
    return found;
}

}  // namespace tidegate::store
