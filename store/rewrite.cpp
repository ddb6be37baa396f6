#include "store/rewrite.hpp"

#include <sqlite3.h>

#include <fmt/format.h>
#include <map>
#include <string>

namespace tidegate::store {

namespace {

// The WAL's format, in SQLite's words: sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::uint32_t magic = 0x377f0682;  // the lowest bit says which way round the sums are taken
constexpr std::size_t head_bytes = 32;
constexpr std::size_t head_summed = 24;
constexpr std::size_t frame_head_bytes = 24;
constexpr std::size_t frame_head_summed = 8;

std::uint32_t big_endian(std::string_view bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

class Checksum {
public:
    explicit Checksum(bool big) : big_(big) {}

    void add(std::string_view bytes)
    {
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            first_ += word(bytes, at) + second_;
            second_ += word(bytes, at + 4) + first_;
        }
    }
    bool is(std::string_view bytes, std::size_t at) const
    {
        return big_endian(bytes, at) == first_ && big_endian(bytes, at + 4) == second_;
    }

private:
    std::uint32_t word(std::string_view bytes, std::size_t at) const
    {
        const auto value = big_endian(bytes, at);
        return big_ ? value : __builtin_bswap32(value);
    }

    bool big_;
    std::uint32_t first_ = 0, second_ = 0;
};

Error failed(std::string_view attempted, int code)
{
    return {ErrorKind::unavailable, fmt::format("WAL: {} ({})", sqlite3_errstr(code), attempted)};
}

// Goes through the frames of a WAL from its head on, as long as they are as SQLite wrote them.
class WalWalk {
public:
    // False: there is no WAL, or no head to it.
    Result<bool> begin(sqlite3_file* file)
    {
        file_ = file;
        sqlite3_int64 size = 0;
        if (file_ == nullptr || file_->pMethods->xFileSize(file_, &size) != SQLITE_OK) return false;
        size_ = static_cast<std::uint64_t>(size);
        if (size_ < head_bytes) return false;
        head_.resize(head_bytes);
        if (auto done = read(head_, 0); !done) return done.error();
        const auto word = big_endian(head_, 0);
        if ((word & ~1U) != magic) return false;
        page_size_ = big_endian(head_, 8);
        sum_ = Checksum((word & 1U) != 0);
        sum_.add(std::string_view(head_).substr(0, head_summed));
        frame_.resize(frame_head_bytes + page_size_);
        return sum_.is(head_, head_summed) && page_size_ >= 512 && page_size_ <= 65536;
    }

    Result<bool> next()
    {
        if (offset(number_ + 1) + frame_.size() > size_) return false;
        if (auto done = read(frame_, offset(number_ + 1)); !done) return done.error();
        const std::string_view frame(frame_);
        if (frame.substr(8, 8) != std::string_view(head_).substr(16, 8)) return false;  // of an earlier round
        sum_.add(frame.substr(0, frame_head_summed));
        sum_.add(frame.substr(frame_head_bytes));
        if (!sum_.is(frame, 16)) return false;
        ++number_;
        return true;
    }

    std::uint32_t number() const { return number_; }
    std::uint32_t page() const { return big_endian(frame_, 0); }
    std::string_view page_bytes() const { return std::string_view(frame_).substr(frame_head_bytes); }

    Result<> put_head() { return put(head_, 0); }
    Result<> put_frame() { return put(frame_, offset(number_)); }

private:
    std::uint64_t offset(std::uint32_t number) const
    {
        return head_bytes + static_cast<std::uint64_t>(number - 1) * frame_.size();
    }
    Result<> read(std::string& to, std::uint64_t at)
    {
        const int code = file_->pMethods->xRead(file_, to.data(), static_cast<int>(to.size()),
                                                static_cast<sqlite3_int64>(at));
        if (code != SQLITE_OK) return failed("read", code);
        return {};
    }
    Result<> put(const std::string& bytes, std::uint64_t at)
    {
        const int code = file_->pMethods->xWrite(file_, bytes.data(), static_cast<int>(bytes.size()),
                                                 static_cast<sqlite3_int64>(at));
        if (code != SQLITE_OK) return failed("write", code);
        return {};
    }

    sqlite3_file* file_ = nullptr;
    std::uint64_t size_ = 0;
    std::uint32_t page_size_ = 0;
    std::uint32_t number_ = 0;
    std::string head_, frame_;
    Checksum sum_{false};
};

}  // namespace

Result<std::uint32_t> rewrite_wal(Database& database, std::uint32_t from, std::uint32_t through)
{
    WalWalk walk;
    auto begun = walk.begin(database.wal_file());
    if (!begun) return begun.error();
    if (!*begun) return std::uint32_t{0};
    while (walk.number() < through) {
        auto there = walk.next();
        if (!there) return there.error();
        if (!*there) break;
        if (walk.number() <= from) continue;
        if (walk.number() == 1)
            if (auto done = walk.put_head(); !done) return done.error();
        if (auto done = walk.put_frame(); !done) return done.error();
    }
    return walk.number();
}

Result<> rewrite_pages(Database& database, std::uint32_t through)
{
    if (through == 0) return {};
    WalWalk walk;
    auto begun = walk.begin(database.wal_file());
    if (!begun) return begun.error();
    std::map<std::uint32_t, std::string> pages;  // the latest of each
    while (*begun && walk.number() < through) {
        auto there = walk.next();
        if (!there) return there.error();
        if (!*there) break;
        pages[walk.page()] = walk.page_bytes();
    }
    auto* file = database.main_file();
    for (const auto& [number, bytes] : pages) {
        const int size = static_cast<int>(bytes.size());
        const int code =
            file->pMethods->xWrite(file, bytes.data(), size, static_cast<sqlite3_int64>(number - 1) * size);
        if (code != SQLITE_OK) return failed("write", code);
    }
    return {};
}

}  // namespace tidegate::store
