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
                          Writer& owner,
                          const BootClock& boot_clock,
                          Mend mender)
    : file(directory / "log.db"),
      writer(owner),
      clock(boot_clock),
      backfill(directory),
      mend(std::move(mender))
{
}

LogReader::Source::~Source()
{
    writer.unpin(this);
}

Result<> LogReader::Source::open()
{
    auto opened = Database::open(file, Access::read_only);
    if (!opened) return opened.error();
    auto prepared =
        opened->prepare("SELECT seq, batch FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT 1");
    if (!prepared) return prepared.error();
    database = std::move(*opened);
    next = std::move(*prepared);
    return {};
}

// Makes `batch` the row that has the next reading after `seq`, of those up to `most`. False: there is
// none.
Result<bool> LogReader::Source::fetch(std::uint64_t seq, std::uint64_t most)
{
    const bool in_hand = !batch.empty() && batch.front().seq <= seq + 1 && seq < batch.back().seq;
    if (in_hand) return true;
    for (;;) {
        next->bind(1, static_cast<std::int64_t>(seq));
        next->bind(2, static_cast<std::int64_t>(most));
        auto row = next->step();
        if (!row || !*row) {
            next->reset();
            return row;
        }
        const auto last = static_cast<std::uint64_t>(next->integer(0));
        auto decoded = decode_batch(next->blob(1), last);
        next->reset();  // ends the read, so that the WAL can start over
        seq = last;
        if (!decoded) {  // what was in it is lost; the cursor passes over it, and the books count it as given
                         // up
            log::error("log.db: {}", decoded.error().what);
            continue;
        }
        clock.put_right(*decoded);
        batch = std::move(decoded->records);
        if (!batch.empty()) return true;  // else a row that says where the log stands, without readings
    }
}

LogReader::LogReader(std::unique_ptr<Source> source) : source_(std::move(source)) {}
LogReader::~LogReader() = default;

std::uint64_t LogReader::epoch() const
{
    const auto epoch = source_->writer.epoch();
    return source_->from_sealed ? epoch | backfill_epoch : epoch;
}

std::uint64_t LogReader::passed() const
{
    return source_->passed;
}

// The readings from `slot` to `most`, which the log does not hold, as far as there are any.
Result<std::vector<Record>> LogReader::Source::look_sealed(std::uint64_t slot,
                                                           std::uint64_t most,
                                                           std::size_t limit)
{
    for (;;) {  // a part may have gone meanwhile: then what follows it is asked for
        auto found = backfill.next(slot);
        if (!found) return found.error();
        if (!*found || **found > most) return std::vector<Record>();
        auto records = backfill.read(**found, limit);
        if (!records || !records->empty()) return records;
        slot = std::max(**found + 1, backfill.part_end(**found));
    }
}

// What is damaged is mended, and what is left of it is given. Each time one day's files are whole: it ends.
Result<std::vector<Record>> LogReader::Source::read_sealed(std::uint64_t slot,
                                                           std::uint64_t most,
                                                           std::size_t limit)
{
    for (;;) {
        auto records = look_sealed(slot, most, limit);
        const auto day = backfill.take_damaged();
        if (records || !day) return records;
        auto mended = mend(*day);
        if (!mended) return mended.error();
        if (!*mended) return records;  // it was a fault of the moment
        slot = backfill.after_mending(slot);
    }
}

Result<std::vector<Record>> LogReader::read_after(std::uint64_t seq, std::size_t limit)
{
    auto& source = *source_;
    std::vector<Record> found;
    source.from_sealed = false;
    source.passed = seq;
    const auto most = source.writer.sendable_seq();
    if (most == 0 || !source.writer.pin(&source, seq, seq + limit)) return found;
    // Not before: what is opened on a read-only file system stays so, the writer's own handle with it.
    if (!source.next)
        if (auto done = source.open(); !done) return done.error();
    while (found.size() < limit) {
        auto there = source.fetch(seq, most);
        if (!there) return there.error();
        const auto in_log = *there ? std::max(seq + 1, source.batch.front().seq) : nowhere;
        if (in_log != seq + 1) {  // the log does not hold it any more, or not yet
            if (!found.empty()) return found;
            if (seq < most) {
                auto sealed = source.read_sealed(seq + 1, std::min(most, in_log - 1), limit);
                source.from_sealed = sealed && !sealed->empty();
                if (!sealed || !sealed->empty()) return sealed;
            }
            if (in_log == nowhere) {
                source.passed = most;
                return found;
            }
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
