#include "faults/damaged_directory.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace tidegate::tests {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t step_ms = 160'000;  // between readings: 540 a day
constexpr int days = 6;
constexpr std::uint64_t readings_a_batch = 9;
constexpr std::uint64_t batches = 300;  // five days of them
constexpr std::uint64_t unsealed = 40;
constexpr std::uint64_t delivered = 1500;  // readings; the rest of the log is still owed
constexpr std::uint64_t page = 1024;

void must(bool done, const std::string& what)
{
    if (!done) throw std::runtime_error("the template: " + what);
}

void put_bytes(const std::filesystem::path& file, const std::string& bytes)
{
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << bytes;
    must(bool(out.flush()), "cannot write " + file.string());
}

std::string garbage(std::size_t count, std::mt19937_64& random)
{
    std::string bytes(count, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

// Rather where something is than in the empty pages, of which a young log has most.
std::size_t somewhere(const std::string& bytes, std::mt19937_64& random)
{
    for (int i = 0; i < 100; ++i) {
        const auto at = random() % bytes.size();
        const auto from = at / page * page;
        const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(std::min(from + page, bytes.size()));
        if (std::any_of(bytes.begin() + static_cast<std::ptrdiff_t>(from), end,
                        [](char c) { return c != 0; }))
            return at;
    }
    return random() % bytes.size();
}

}  // namespace

store::StoreOptions damage_options(const std::filesystem::path& directory)
{
    store::StoreOptions options;
    options.directory = directory;
    options.commit_interval = 2ms;
    options.sync_interval = 20ms;
    options.ballast_bytes = 0;
    return options;
}

Template::Template() : ledger_(midnight_before(days), step_ms)
{
    auto opened = store::Store::open(damage_options(closed_.path()));
    must(bool(opened), "open");
    fill(**opened);
    std::filesystem::copy(
        closed_.path(), killed_.path(),
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    opened->reset();
    // All of it is in the databases now; else SQLite would take from a WAL what is damaged there.
    for (const auto& wal : files_ending(closed_.path(), "-wal")) std::filesystem::remove(wal);
}

void Template::fill(store::Store& store)
{
    store.open_upstream(damage_upstream);
    for (std::uint64_t i = 1; i <= batches; ++i) {
        must(store.append(ledger_.make(store, readings_a_batch), {}), "append");
        must(i % 20 != 0 || store.flush(), "flush");
        if (i != batches - unsealed) continue;
        must(bool(store.flush()) && store.seal_all(), "seal_all");
        sealed_ = ledger_.last_batch();
    }
    must(bool(store.flush()), "flush");
    note_numbers(store);
    store.acknowledge(damage_upstream, delivered, delivered);
    must(bool(store.flush()), "flush");
    ids_ = series_ids(store);
    epoch_ = store.state().epoch;
}

void Template::note_numbers(store::Store& store)
{
    auto reader = store.reader();
    must(bool(reader), "reader");
    for (std::uint64_t seq = 0;;) {
        const auto records = (*reader)->read_after(seq, 1000);
        must(bool(records), "read_after");
        if (records->empty()) break;
        for (const auto& record : *records) {
            const auto number = ledger_.number_of(record.reading, store);
            must(number.has_value(), "a reading that was never written");
            numbers_[record.seq] = *number;
            seq = record.seq;
        }
    }
    must(numbers_.size() == batches * readings_a_batch, "the log is not whole");
}

std::string damage(const std::filesystem::path& file, std::mt19937_64& random)
{
    auto bytes = bytes_of(file);
    const auto size = bytes.size();
    if (size == 0) return "empty as it was";
    const auto at = somewhere(bytes, random);
    std::string what;
    switch (random() % 6) {
    case 0: {
        const auto flips = 1 + random() % 8;
        for (std::uint64_t i = 0; i < flips; ++i)
            bytes[somewhere(bytes, random)] ^= static_cast<char>(1U << (random() % 8));
        what = std::to_string(flips) + " bits flipped";
        break;
    }
    case 1: {
        const auto from = at / page * page;
        const auto count = std::min<std::uint64_t>(size - from, page * (1 + random() % 16));
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(from), count, '\0');
        what = std::to_string(count) + " bytes zeroed at " + std::to_string(from);
        break;
    }
    case 2:
        bytes.resize(random() % 4 == 0 ? 0 : at);
        what = "cut off at " + std::to_string(bytes.size());
        break;
    case 3: {
        const auto count = std::min<std::uint64_t>(size - at, 1 + random() % 20'000);
        bytes.replace(at, count, garbage(count, random));
        what = std::to_string(count) + " bytes of garbage at " + std::to_string(at);
        break;
    }
    case 4:
        bytes.replace(0, std::min<std::uint64_t>(size, 100),
                      garbage(std::min<std::uint64_t>(size, 100), random));
        what = "the header is garbage";
        break;
    default:
        bytes = garbage(size, random);
        what = "all of it is garbage";
        break;
    }
    put_bytes(file, bytes);
    return file.filename().string() + ": " + what;
}

std::vector<std::filesystem::path> files_ending(const std::filesystem::path& directory,
                                                const std::string& end)
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.is_regular_file() && entry.path().filename().string().ends_with(end))
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

Stretch day_of(const std::filesystem::path& file)
{
    const auto name = file.filename().string();  // day-YYYYMMDD.db
    const auto number = [&](std::size_t from, std::size_t count) {
        return std::stoi(name.substr(from, count));
    };
    const std::chrono::year_month_day date{std::chrono::year(number(4, 4)),
                                           std::chrono::month(static_cast<unsigned>(number(8, 2))),
                                           std::chrono::day(static_cast<unsigned>(number(10, 2)))};
    const auto day = std::chrono::sys_days(date).time_since_epoch().count();
    return {day * day_ms, (day + 1) * day_ms};
}

std::string bytes_of(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tidegate::tests
