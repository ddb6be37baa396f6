#include "gateway/rules/state_log.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/whole_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <random>
#include <system_error>
#include <utility>

// A file is `state-NUMBER.log`: records, the first of them its base: all positions and all states of that
// moment. Each of the others is a batch: one position and what it changed. A newer file holds when the store
// has come to its base; until then the one before it is kept.
namespace tidegate::gateway {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_segments = 4;  // while the store commits nothing
constexpr std::int64_t try_again_ms = 10'000;
constexpr std::uint64_t ask_every_bytes = 64UL * 1024;

std::uint64_t draw_id()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

// The numbers of the files that are there, falling.
std::vector<std::uint32_t> numbers_in(const fs::path& directory)
{
    std::vector<std::uint32_t> numbers;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(directory, none)) {
        unsigned number = 0;
        int end = 0;
        const auto name = entry.path().filename().string();
        if (std::sscanf(name.c_str(), "state-%u.log%n", &number, &end) == 1 &&
            static_cast<std::size_t>(end) == name.size())
            numbers.push_back(number);
    }
    std::ranges::sort(numbers, std::greater{});
    return numbers;
}

fs::path file_of(const fs::path& directory, std::uint32_t number)
{
    return directory / fmt::format("state-{}.log", number);
}

// 0: nothing of that ring is committed.
std::uint64_t tail_of(const store::IntakePositions& positions, std::uint64_t ring)
{
    const auto found = std::ranges::find(positions, ring, &store::IntakePosition::ring);
    return found == positions.end() ? 0 : found->tail;
}

// Whether `committed` has come to all of `positions`.
bool reaches(const store::IntakePositions& committed, const store::IntakePositions& positions)
{
    return std::ranges::all_of(positions,
                               [&](const auto& one) { return tail_of(committed, one.ring) >= one.tail; });
}

std::string read_file(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

std::size_t StateLog::Hash::operator()(const StateKey& key) const
{
    const auto low = (std::uint64_t{key.series} << 32U) | key.extra;
    return std::hash<std::uint64_t>{}((low ^ static_cast<std::uint64_t>(key.kind)) * 0x9e3779b97f4a7c15U);
}

StateLog::StateLog(StateLogOptions options) : options_(std::move(options)), id_(draw_id())
{
    std::error_code ignored;
    fs::create_directories(options_.directory, ignored);
    const auto old = numbers_in(options_.directory);
    number_ = old.empty() ? 0 : old.front();
    const auto committed = options_.committed();
    restore(committed);
    // All that batches may come from, so that a position without its record is missed.
    options_.rings.push_back(id_);
    for (const auto ring : options_.rings) sealed_.push_back({ring, tail_of(committed, ring)});
    // Whole before those of the last run go, so that a kill in between finds one or the other. Where there
    // was no state, the first seal() begins the file: until then what is lost is to be found lost again.
    if (!lost_ && !begin_segment()) give_up();
    for (const auto number : old) fs::remove(file_of(options_.directory, number), ignored);
    if (!options_.kept.empty()) fs::remove(options_.kept, ignored);
}

void StateLog::restore(const store::IntakePositions& committed)
{
    std::vector<fs::path> files;
    for (const auto number : numbers_in(options_.directory))
        files.push_back(file_of(options_.directory, number));
    if (std::error_code none; !options_.kept.empty() && fs::exists(options_.kept, none))
        files.push_back(options_.kept);
    for (const auto& file : files) {
        if (!restore_from(file, committed)) continue;
        lost_ = false;
        log::info("state_log restored states={}", states_.size());
        return;
    }
    states_.clear();
    if (committed.empty()) return;  // nothing was ever taken in
    log::warning("the state of the rules is {}: open windows begin with what the store has",
                 files.empty() ? "gone" : "damaged, or not of what the store has committed");
}

// False: it says nothing of the place where the store is. Where that is before its base, an older file does.
bool StateLog::restore_from(const fs::path& file, const store::IntakePositions& committed)
{
    const auto bytes = read_file(file);
    std::string_view rest = bytes;
    store::IntakePositions at;
    bool based = false;
    states_.clear();
    while (const auto record = StateRecord::take(rest)) {
        if (!reaches(committed, record->positions)) break;  // these messages come again
        based = true;
        apply(*record);
        for (const auto& position : record->positions) store::note(at, position);
    }
    // A state is of use only when it is of the very place: then the store has come exactly so far.
    return based && std::ranges::all_of(at, [&](const auto& position) {
               return tail_of(committed, position.ring) == position.tail;
           });
}

void StateLog::apply(const StateRecord& record)
{
    for (const auto& [key, bytes] : record.states) {
        if (bytes)
            states_[key].bytes = *bytes;
        else
            states_.erase(key);
    }
}

void StateLog::each(StateKind kind, const std::function<void(const StateKey&, std::string_view)>& told) const
{
    for (const auto& [key, state] : states_)
        if (key.kind == kind) told(key, state.bytes);
}

void StateLog::put(const StateKey& key, std::string_view bytes)
{
    auto& state = states_[key];
    state.bytes = bytes;
    if (!std::exchange(state.changed, true)) changed_.push_back(key);
}

void StateLog::erase(const StateKey& key)
{
    if (states_.erase(key) > 0) changed_.push_back(key);
}

void StateLog::seal(const store::IntakePosition& position)
{
    const auto record = changes(position);
    store::note(sealed_, position);
    if (!file_) {
        if (tried_ms_ != 0 && boot_ms() - tried_ms_ < try_again_ms) return;
        if (!begin_segment()) give_up();
        return;
    }
    if (!write(record)) return give_up();
    drop_old_segments();
    const auto& last = segments_.back();
    if (last.bytes - last.base_bytes > options_.bytes + 4 * last.base_bytes && !begin_segment()) give_up();
}

std::string StateLog::changes(const store::IntakePosition& position)
{
    StateRecord record{{position}, {}};
    for (const auto& key : changed_) {
        const auto found = states_.find(key);
        if (found == states_.end()) {
            record.states.emplace_back(key, std::nullopt);
            continue;
        }
        found->second.changed = false;
        record.states.emplace_back(key, found->second.bytes);
    }
    changed_.clear();
    return record.bytes();
}

std::string StateLog::base() const
{
    StateRecord record{sealed_, {}};
    for (const auto& [key, state] : states_) record.states.emplace_back(key, state.bytes);
    return record.bytes();
}

void StateLog::keep()
{
    const bool some = std::ranges::any_of(sealed_, [](const auto& position) { return position.tail > 0; });
    if (options_.kept.empty() || !some || !reaches(options_.committed(), sealed_)) return;
    if (const auto done = write_whole_file(options_.kept, base()); !done)
        log::warning("the state of the rules is not kept over a reboot: {}", done.error().what);
}

// While the store commits nothing, the oldest file holds the place where it is; those between it and the
// newest go when there are too many.
bool StateLog::begin_segment()
{
    std::error_code ignored;
    if (segments_.size() >= most_segments) {
        for (auto one = segments_.begin() + 1; one != segments_.end(); ++one) fs::remove(one->file, ignored);
        segments_.erase(segments_.begin() + 1, segments_.end());
    }
    tried_ms_ = boot_ms();
    segments_.push_back({file_of(options_.directory, ++number_), sealed_});
    file_.reset(std::fopen(segments_.back().file.c_str(), "wbe"));
    if (!file_) return false;
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
    fs::permissions(segments_.back().file, fs::perms::owner_read | fs::perms::owner_write, ignored);

    if (!write(base())) return false;
    segments_.back().base_bytes = segments_.back().bytes;
    return true;
}

bool StateLog::write(const std::string& record)
{
    if (std::fwrite(record.data(), 1, record.size(), file_.get()) != record.size()) return false;
    segments_.back().bytes += record.size();
    unasked_bytes_ += record.size();
    return true;
}

void StateLog::drop_old_segments()
{
    if (segments_.size() < 2 || unasked_bytes_ < std::min<std::uint64_t>(ask_every_bytes, options_.bytes / 4))
        return;
    unasked_bytes_ = 0;
    if (!reaches(options_.committed(), segments_.back().base)) return;
    std::error_code ignored;
    for (auto one = segments_.begin(); one != segments_.end() - 1; ++one) fs::remove(one->file, ignored);
    segments_.erase(segments_.begin(), segments_.end() - 1);
}

// Files that lack a record are of no use: nothing is better than what is wrong.
void StateLog::give_up()
{
    const auto why = std::generic_category().message(errno);
    file_.reset();
    std::error_code ignored;
    for (const auto& segment : segments_) fs::remove(segment.file, ignored);
    segments_.clear();
    log::error("the state of the rules cannot be written to {}: {}; a kill now would lose open windows",
               options_.directory.string(), why);
}

std::uint64_t StateLog::bytes() const
{
    std::uint64_t total = 0;
    for (const auto& segment : segments_) total += segment.bytes;
    return total;
}

}  // namespace tidegate::gateway
