#include "firmware-sim/window.hpp"

#include <utility>

namespace tidegate::sim {

std::uint64_t Window::add(Entry entry)
{
    entries_.emplace_back(std::move(entry));
    ++waiting_;
    return first_ticket_ + entries_.size() - 1;
}

std::optional<Window::Entry> Window::acknowledge(std::uint64_t ticket)
{
    if (ticket < first_ticket_ || ticket - first_ticket_ >= entries_.size()) return std::nullopt;
    auto entry = std::exchange(entries_[ticket - first_ticket_], std::nullopt);
    if (entry) --waiting_;
    while (!entries_.empty() && !entries_.front()) {
        entries_.pop_front();
        ++first_ticket_;
    }
    return entry;
}

std::vector<Window::Entry> Window::take_all()
{
    std::vector<Entry> left;
    for (auto& entry : entries_)
        if (entry) left.push_back(std::move(*entry));
    first_ticket_ += entries_.size();
    entries_.clear();
    waiting_ = 0;
    return left;
}

}  // namespace tidegate::sim
