#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidegate::gateway {

// An MQTT message as the decoders see it. The views live as long as the call.
struct Message {
    std::string_view topic;
    std::string_view payload;
    std::int64_t arrived_ms = 0;  // wall clock
    bool retained = false;
    std::size_t broker = 0;  // which it came from, where there are several
};

// A topic by its levels ("a//b" has an empty one). What lies beyond the last place stays in one piece.
class Topic {
public:
    static constexpr std::size_t most = 16;

    // `base`: so many levels are taken for the first one, with their slashes: a family's base topic, where it
    // is not the one that the family knows by itself.
    explicit Topic(std::string_view text, std::size_t base = 1) : text_(text)
    {
        auto rest = text;
        while (count_ + 1 < most) {
            auto slash = rest.find('/');
            for (; count_ == 0 && base > 1 && slash != std::string_view::npos; --base)
                slash = rest.find('/', slash + 1);
            levels_[count_++] = rest.substr(0, slash);
            if (slash == std::string_view::npos) return;
            rest.remove_prefix(slash + 1);
        }
        levels_[count_++] = rest;
    }

    std::string_view text() const { return text_; }
    std::size_t size() const { return count_; }
    std::string_view operator[](std::size_t i) const { return i < count_ ? levels_[i] : std::string_view(); }
    std::string_view last(std::size_t before_end = 0) const
    {
        return before_end < count_ ? levels_[count_ - 1 - before_end] : std::string_view();
    }

    // The levels from `first` up to, not including, `end`, with their slashes.
    std::string_view between(std::size_t first, std::size_t end) const
    {
        if (end > count_) end = count_;
        if (first >= end) return {};
        const auto* begin = levels_[first].data();
        return {begin, static_cast<std::size_t>(levels_[end - 1].data() + levels_[end - 1].size() - begin)};
    }
    std::string_view from(std::size_t first) const { return between(first, count_); }
    std::string_view before(std::size_t end) const { return between(0, end); }

private:
    std::string_view text_;
    std::array<std::string_view, most> levels_{};
    std::size_t count_ = 0;
};

}  // namespace tidegate::gateway
