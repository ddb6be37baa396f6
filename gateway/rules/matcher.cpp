#include "gateway/rules/matcher.hpp"

#include <algorithm>

namespace tidegate::gateway {

// Goes back to the last '*' alone when something does not fit, so that it costs no more than the product of
// both lengths.
bool matches_glob(std::string_view glob, std::string_view text)
{
    std::size_t at = 0, in = 0, star = glob.npos, resume = 0;
    while (in < text.size()) {
        if (at < glob.size() && glob[at] == '*') {
            star = at++;
            resume = in;
        } else if (at < glob.size() && glob[at] == text[in]) {
            ++at;
            ++in;
        } else if (star != glob.npos) {
            at = star + 1;
            in = ++resume;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', at) == glob.npos;
}

void Matcher::add(const Match& match)
{
    topics_.add(match.topic, static_cast<std::uint32_t>(matches_.size()));
    matches_.push_back(match);
}

std::vector<std::uint32_t> Matcher::of(const Subject& subject) const
{
    const auto fits = [](const std::string& glob, std::string_view text) {
        return glob.empty() || matches_glob(glob, text);
    };
    std::vector<std::uint32_t> found;
    topics_.find(subject.topic, found);
    std::erase_if(found, [&](auto index) {
        const auto& match = matches_[index];
        return !fits(match.device, subject.device) || !fits(match.field, subject.field) ||
               !fits(match.device_class, subject.device_class);
    });
    std::ranges::sort(found);
    return found;
}

}  // namespace tidegate::gateway
