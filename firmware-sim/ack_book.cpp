#include "firmware-sim/ack_book.hpp"

#include <fmt/format.h>
#include <iterator>

namespace tidegate::sim {

void AckBook::acknowledge(std::uint32_t device, std::uint64_t number)
{
    auto& line = lines_[device];
    if (number > line.up_to + 1) {
        line.further.insert(number);
        return;
    }
    if (number <= line.up_to) return;
    line.up_to = number;
    while (!line.further.empty() && *line.further.begin() == line.up_to + 1) {
        line.further.erase(line.further.begin());
        ++line.up_to;
    }
}

std::string AckBook::text() const
{
    std::string out;
    for (const auto& [device, line] : lines_) {
        fmt::format_to(std::back_inserter(out), "{} {}", device, line.up_to);
        for (const auto number : line.further) fmt::format_to(std::back_inserter(out), " {}", number);
        out += '\n';
    }
    return out;
}

}  // namespace tidegate::sim
