#include "store/notebook.hpp"

#include "base/log.hpp"
#include "base/whole_file.hpp"

#include <fstream>
#include <utility>

namespace tidegate::store {

namespace {

constexpr std::size_t slack_lines = 2000;  // beyond twice what there is; then the file is written anew

std::string joined(const std::map<std::string, std::string, std::less<>>& lines)
{
    std::string text;
    for (const auto& [key, line] : lines) text += line;
    return text;
}

std::string line_of(std::string_view key, std::string_view text)
{
    std::string line(key);
    line += '\t';
    line += text;
    return line += '\n';
}

}  // namespace

Notebook::Notebook(Options options) : options_(std::move(options))
{
    read(options_.kept, true);
    if (!options_.fresh.empty()) read(options_.fresh, false);
}

// What is only in the fresh file is news: the run that wrote it did not come to keep it.
void Notebook::read(const std::filesystem::path& file, bool kept)
{
    const auto text = read_whole_file(file, options_.most_bytes);
    if (!text) {
        if (text.error().kind != ErrorKind::not_found)
            log::warning("notebook_unread file={} why={}", file.string(), log::quoted(text.error().what));
        return;
    }
    std::string_view rest = *text;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        const auto line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        if (kept) ++kept_lines_;
        const auto tab = line.find('\t');
        const std::string key(line.substr(0, tab));
        if (key.empty()) continue;
        if (tab == std::string_view::npos)
            entries_.erase(key);
        else
            entries_.insert_or_assign(key, std::string(line.substr(tab + 1)));
        if (!kept) news_.insert_or_assign(key, std::string(line) + '\n');
    }
    if (kept) whole_ = rest.empty();
}

void Notebook::put(std::string_view key, std::string_view text)
{
    if (key.empty() || key.find_first_of("\t\n") != std::string_view::npos ||
        text.find('\n') != std::string_view::npos)
        return;
    const std::scoped_lock lock(mutex_);
    auto& known = entries_.try_emplace(std::string(key)).first->second;
    if (known == text && !text.empty()) return;
    known = text;
    note(key, line_of(key, text));
}

void Notebook::take_out(std::string_view key)
{
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    entries_.erase(found);
    note(key, std::string(key) + '\n');
}

void Notebook::note(std::string_view key, std::string_view line)
{
    news_.insert_or_assign(std::string(key), std::string(line));
    saved_ = false;
}

std::string Notebook::find(std::string_view key) const
{
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::string() : found->second;
}

void Notebook::each(std::string_view prefix,
                    const std::function<void(std::string_view, std::string_view)>& visit) const
{
    const std::scoped_lock lock(mutex_);
    for (auto one = entries_.lower_bound(prefix); one != entries_.end() && one->first.starts_with(prefix);
         ++one)
        visit(one->first, one->second);
}

void Notebook::look(std::int64_t boot_ms)
{
    const std::scoped_lock writing(file_mutex_);
    Entries news;
    bool keeps = false;
    {
        const std::scoped_lock lock(mutex_);
        if (kept_ms_ == 0) kept_ms_ = saved_ms_ = boot_ms;
        keeps = boot_ms - kept_ms_ >= options_.kept_every_ms;
        const bool saves =
            !saved_ && !options_.fresh.empty() && boot_ms - saved_ms_ >= options_.fresh_every_ms;
        if (!keeps && !saves) return;
        news = news_;
        saved_ = true;
        saved_ms_ = boot_ms;
        if (keeps) kept_ms_ = boot_ms;
    }
    if (!keeps) return told(save_fresh(news), options_.fresh);
    told(keep(news), options_.kept);
}

void Notebook::close()
{
    const std::scoped_lock writing(file_mutex_);
    Entries news;
    {
        const std::scoped_lock lock(mutex_);
        news = news_;
    }
    told(keep(news), options_.kept);
}

// It is whole at any time; and unsynced, for where it lies a sync means nothing.
bool Notebook::save_fresh(const Entries& news) const
{
    auto made = options_.fresh;
    made += ".new";
    {
        std::ofstream out(made, std::ios::binary | std::ios::trunc);
        out << joined(news);
        if (!out.flush()) return false;
    }
    std::error_code failed;
    std::filesystem::rename(made, options_.fresh, failed);
    return !failed;
}

bool Notebook::keep(const Entries& news)
{
    if (news.empty()) return true;
    std::size_t entries = 0;
    {
        const std::scoped_lock lock(mutex_);
        entries = entries_.size();
    }
    if (!whole_ || kept_lines_ + news.size() > 2 * entries + slack_lines) {
        if (!rewrite()) return false;
    } else {
        std::ofstream out(options_.kept, std::ios::binary | std::ios::app);
        out << joined(news);
        if (!out.flush()) return whole_ = false;
        kept_lines_ += news.size();
    }
    std::error_code none;
    if (!options_.fresh.empty()) std::filesystem::remove(options_.fresh, none);
    const std::scoped_lock lock(mutex_);
    for (const auto& [key, line] : news)
        if (const auto found = news_.find(key); found != news_.end() && found->second == line)
            news_.erase(found);
    saved_ = news_.empty();
    return true;
}

bool Notebook::rewrite()
{
    std::string text;
    std::size_t lines = 0;
    {
        const std::scoped_lock lock(mutex_);
        lines = entries_.size();
        for (const auto& [key, value] : entries_) text += line_of(key, value);
    }
    if (!write_whole_file(options_.kept, text)) return false;
    kept_lines_ = lines;
    whole_ = true;
    return true;
}

void Notebook::told(bool written, const std::filesystem::path& file)
{
    if (!written) {
        const std::scoped_lock lock(mutex_);
        saved_ = false;
    }
    if (std::exchange(trouble_, !written) == !written) return;
    if (written)
        log::info("notebook_written file={}", file.string());
    else
        log::warning("notebook_unwritten file={} effect=\"a restart forgets what the overview remembers\"",
                     file.string());
}

}  // namespace tidegate::store
