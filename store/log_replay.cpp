#include "store/log.hpp"
#include "store/queue.hpp"

#include <pthread.h>
#include <thread>
#include <utility>

namespace tidegate::store {

namespace {

constexpr std::size_t handed_at_once = 4096;  // readings, or a batch that has more
constexpr std::size_t most_waiting = 4;       // such hand-overs: some megabytes

struct Decoded {
    std::vector<DecodedBatch> batches;
    std::size_t damaged = 0;
};

// Reads and decodes all rows, oldest first.
Result<> decode_all(const std::filesystem::path& file, Queue<Decoded>& to)
{
    auto database = Database::open(file, Access::read_only);
    if (!database) return database.error();
    database->checkpoint_on_close(false);
    if (auto begun = database->execute("BEGIN"); !begun) return begun;
    auto rows = database->prepare("SELECT seq, batch FROM log ORDER BY seq");
    if (!rows) return rows.error();
    Decoded next;
    std::size_t readings = 0;
    for (bool first = true;; first = false) {
        auto row = rows->step();
        if (!row) return row.error();
        if (first) database->read_ahead(true);  // from here on the transaction stands
        if (!*row) break;
        auto batch = decode_batch(rows->blob(1), static_cast<std::uint64_t>(rows->integer(0)));
        if (!batch) {
            ++next.damaged;
            continue;
        }
        readings += batch->records.size();
        next.batches.push_back(std::move(*batch));
        if (readings < handed_at_once) continue;
        to.put(std::exchange(next, {}));
        readings = 0;
    }
    to.put(std::move(next));
    return {};
}

}  // namespace

// Decoding takes about as long as what is done with the readings: each has a thread, which matters at the
// start after a crash, when everybody waits.
Result<std::size_t> Log::replay(const std::function<void(DecodedBatch)>& take)
{
    Queue<Decoded> decoded(most_waiting);
    Result<> read;
    std::size_t damaged = 0;
    {
        std::jthread reader([&] {
            ::pthread_setname_np(::pthread_self(), "tg-replay");
            read = decode_all(file_, decoded);
            decoded.close();
        });
        while (auto some = decoded.take()) {
            damaged += some->damaged;
            for (auto& batch : some->batches) take(std::move(batch));
        }
    }
    if (!read) return read.error();
    return damaged;
}

}  // namespace tidegate::store
