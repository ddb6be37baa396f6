#include "bridge/intake_ring.hpp"

#include "base/log.hpp"
#include "bridge/doorbell.hpp"
#include "bridge/ring_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <thread>

namespace tidegate::bridge {

using namespace ring_layout;
using namespace std::chrono_literals;

namespace {

constexpr auto gather = 4ms;

std::uint64_t aligned(std::uint64_t bytes)
{
    return (bytes + alignment - 1) / alignment * alignment;
}

std::uint8_t flags_of(const Message& message, bool oversize)
{
    unsigned flags = 0;
    if (message.retained) flags |= record_flag::retained;
    if (message.duplicate) flags |= record_flag::duplicate;
    if (oversize) flags |= record_flag::oversize;
    if (message.unsynchronised) flags |= record_flag::unsynchronised;
    if (message.again) flags |= record_flag::again;
    if (message.form == Form::readings) flags |= record_flag::readings;
    if (message.form == Form::lines) flags |= record_flag::lines;
    return static_cast<std::uint8_t>(flags);
}

Form form_of(std::uint8_t flags)
{
    if ((flags & record_flag::readings) != 0) return Form::readings;
    return (flags & record_flag::lines) != 0 ? Form::lines : Form::plain;
}

}  // namespace

class IntakeRing::Mapping {
public:
    Mapping(RingFile file, Descriptor lock)
        : file_(std::move(file)),
          lock_(std::move(lock)),
          capacity_(file_.header().capacity),
          known_tail_(file_.header().tail.load()),
          taken_(known_tail_)
    {
    }

    bool push(const Message& message, const std::stop_token& stop, std::chrono::milliseconds patience);
    std::optional<Message> next();
    void skip_to(std::uint64_t position);
    void release(std::uint64_t position);
    void wait(std::span<IntakeRing* const> rings,
              const std::stop_token& stop,
              std::chrono::milliseconds most);
    void share_bell_of(Mapping& first) { bell_ = &first.something_to_take_; }

    std::uint64_t taken() const { return taken_; }
    RingHeader& header() const { return file_.header(); }

private:
    bool make_room(std::uint64_t end, const std::stop_token& stop, std::chrono::milliseconds patience);
    void write_skip(std::uint64_t position, std::uint64_t bytes);

    RingFile file_;
    Descriptor lock_;
    std::uint64_t capacity_;

    // Producer.
    std::uint64_t known_tail_;  // as last read; the real one may be further

    // Consumer.
    std::uint64_t taken_;
    std::uint64_t taken_since_wait_ = 0;
    std::chrono::steady_clock::time_point last_wait_;

    Doorbell something_to_take_;
    Doorbell* bell_ = &something_to_take_;  // of the ring at which the consumer waits
    Doorbell space_freed_;
};

bool IntakeRing::Mapping::make_room(std::uint64_t end,
                                    const std::stop_token& stop,
                                    std::chrono::milliseconds patience)
{
    const auto fits = [&] { return end - header().tail.load() <= capacity_; };
    if (end - known_tail_ <= capacity_) return true;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!fits()) {
        if (stop.stop_requested() || std::chrono::steady_clock::now() >= deadline) return false;
        space_freed_.wait(fits, stop, std::min<std::chrono::milliseconds>(patience, 1s));
    }
    known_tail_ = header().tail.load();
    return true;
}

void IntakeRing::Mapping::write_skip(std::uint64_t position, std::uint64_t bytes)
{
    const RecordStart skip{static_cast<std::uint32_t>(bytes), 0, Kind::skip, 0};
    std::memcpy(file_.at(position), &skip, sizeof skip);
}

bool IntakeRing::Mapping::push(const Message& message,
                               const std::stop_token& stop,
                               std::chrono::milliseconds patience)
{
    const auto topic = message.topic.substr(0, std::numeric_limits<std::uint16_t>::max());
    auto total = aligned(sizeof(RecordHeader) + topic.size() + message.payload.size());
    const bool too_large = total > capacity_ / 2;
    const auto payload =
        too_large || message.oversize || message.again ? std::string_view{} : message.payload;
    total = aligned(sizeof(RecordHeader) + topic.size() + payload.size());

    const auto head = header().head.load(std::memory_order_relaxed);
    const auto to_edge = capacity_ - head % capacity_;
    const auto skipped = total > to_edge ? to_edge : 0;
    if (!make_room(head + skipped + total, stop, patience)) return false;
    if (skipped > 0) write_skip(head, skipped);

    const RecordHeader record{{static_cast<std::uint32_t>(total), static_cast<std::uint16_t>(topic.size()),
                               Kind::message, flags_of(message, too_large || message.oversize)},
                              payload.size(),
                              message.arrived_ms};
    std::byte* out = file_.at(head + skipped);
    std::memcpy(out, &record, sizeof record);
    if (!topic.empty()) std::memcpy(out + sizeof record, topic.data(), topic.size());
    if (!payload.empty()) std::memcpy(out + sizeof record + topic.size(), payload.data(), payload.size());

    header().head.store(head + skipped + total);
    bell_->ring();
    return true;
}

std::optional<Message> IntakeRing::Mapping::next()
{
    if (taken_ == header().head.load()) return std::nullopt;
    RecordHeader record{};
    std::memcpy(&record.start, file_.at(taken_), sizeof record.start);
    if (record.start.kind == Kind::skip) {
        taken_ += record.start.total;
        std::memcpy(&record.start, file_.at(taken_), sizeof record.start);
    }
    const std::byte* in = file_.at(taken_);
    std::memcpy(&record, in, sizeof record);
    const auto* text = reinterpret_cast<const char*>(in + sizeof record);
    taken_ += record.start.total;
    ++taken_since_wait_;

    const auto flags = record.start.flags;
    return Message{.topic = {text, record.start.topic},
                   .payload = {text + record.start.topic, record.payload},
                   .arrived_ms = record.arrived_ms,
                   .retained = (flags & record_flag::retained) != 0,
                   .duplicate = (flags & record_flag::duplicate) != 0,
                   .oversize = (flags & record_flag::oversize) != 0,
                   .unsynchronised = (flags & record_flag::unsynchronised) != 0,
                   .again = (flags & record_flag::again) != 0,
                   .form = form_of(flags)};
}

void IntakeRing::Mapping::release(std::uint64_t position)
{
    auto& tail = header().tail;
    auto current = tail.load();
    while (current < position && !tail.compare_exchange_weak(current, position)) {
    }
    space_freed_.ring();
}

void IntakeRing::Mapping::skip_to(std::uint64_t position)
{
    const auto head = header().head.load();
    if (position > head) {
        // The store knows more of this ring than the ring itself, whose pages were then lost with the
        // machine. Positions must not be given a second time, or the next restart would skip new messages.
        log::warning("intake_ring_behind_store head={} committed={}", head, position);
        taken_ = aligned(position);
        header().head.store(taken_);
    } else {
        while (taken_ != head) {
            const auto end = end_of_record(file_, taken_, head);
            if (end > position) break;
            taken_ = end;
        }
    }
    release(taken_);
    known_tail_ = header().tail.load();
}

void IntakeRing::Mapping::wait(std::span<IntakeRing* const> rings,
                               const std::stop_token& stop,
                               std::chrono::milliseconds most)
{
    std::uint64_t taken = 0;
    for (auto* ring : rings) taken += std::exchange(ring->mapping_->taken_since_wait_, 0);
    const auto something_to_take = [&] {
        return std::ranges::any_of(rings, [](const auto* ring) {
            const auto& mapping = *ring->mapping_;
            return mapping.taken_ != mapping.header().head.load();
        });
    };
    // Messages that come fast are worth a short nap without asking the producer for a wake-up: it would wake
    // us for the first of them only. One that comes alone is worth being woken for.
    if (taken > 1) std::this_thread::sleep_until(last_wait_ + gather);
    something_to_take_.wait(something_to_take, stop, most);
    std::this_thread::sleep_until(last_wait_ + gather);
    last_wait_ = std::chrono::steady_clock::now();
}

Result<std::unique_ptr<IntakeRing>> IntakeRing::open(const std::filesystem::path& file,
                                                     std::size_t capacity_bytes)
{
    if (capacity_bytes < least_capacity || capacity_bytes > most_capacity)
        return Error{ErrorKind::invalid,
                     fmt::format("an intake ring of {} bytes: it must be between {} and {}", capacity_bytes,
                                 least_capacity, most_capacity)};
    auto lock_name = file;
    lock_name += ".lock";
    auto lock = lock_file(lock_name);
    if (!lock) return lock.error();
    constexpr std::uint64_t page = header_bytes;
    auto ring = RingFile::open_or_make(file, (capacity_bytes + page - 1) / page * page);
    if (!ring) return ring.error();
    return std::make_unique<IntakeRing>(std::make_unique<Mapping>(std::move(*ring), std::move(*lock)));
}

IntakeRing::IntakeRing(std::unique_ptr<Mapping> mapping) : mapping_(std::move(mapping)) {}
IntakeRing::~IntakeRing() = default;

bool IntakeRing::push(const Message& message, const std::stop_token& stop, std::chrono::milliseconds patience)
{
    return mapping_->push(message, stop, patience);
}

std::uint64_t IntakeRing::pushed() const
{
    return mapping_->header().head.load();
}

std::uint64_t IntakeRing::bytes_of(const Message& message)
{
    return aligned(sizeof(RecordHeader) + message.topic.size() + message.payload.size());
}

std::optional<Message> IntakeRing::next()
{
    return mapping_->next();
}

std::uint64_t IntakeRing::position() const
{
    return mapping_->taken();
}

void IntakeRing::release(std::uint64_t position)
{
    mapping_->release(position);
}

void IntakeRing::skip_to(std::uint64_t position)
{
    mapping_->skip_to(position);
}

void IntakeRing::wait(const std::stop_token& stop, std::chrono::milliseconds most)
{
    wait_any(std::array{this}, stop, most);
}

void IntakeRing::wait_any(std::span<IntakeRing* const> rings,
                          const std::stop_token& stop,
                          std::chrono::milliseconds most)
{
    rings.front()->mapping_->wait(rings, stop, most);
}

void IntakeRing::share_bell_of(IntakeRing& first)
{
    mapping_->share_bell_of(*first.mapping_);
}

std::uint64_t IntakeRing::id() const
{
    return mapping_->header().id;
}

std::uint64_t IntakeRing::used_bytes() const
{
    const auto tail = mapping_->header().tail.load();
    return mapping_->header().head.load() - tail;
}

std::uint64_t IntakeRing::capacity_bytes() const
{
    return mapping_->header().capacity;
}

}  // namespace tidegate::bridge
