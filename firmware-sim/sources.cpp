#include "firmware-sim/sources.hpp"

#include "firmware-sim/numbered.hpp"
#include "firmware-sim/record.hpp"
#include "firmware-sim/replay.hpp"

#include <algorithm>
#include <ostream>

namespace tidegate::sim {

std::unique_ptr<Source> source_of(const Options& options)
{
    if (options.numbered) return std::make_unique<Numbered>(options.devices);
    if (!options.replay.empty()) return std::make_unique<Replay>(options.replay, options.speed);
    Fleet fleet(options.devices, options.catalogue->chosen(options.shapes), options.seed,
                options.retain_availability);
    const bool sound =
        std::all_of(options.faults.begin(), options.faults.end(), [](double rate) { return rate == 0; });
    if (sound) return std::make_unique<Fleet>(std::move(fleet));
    return std::make_unique<FaultyFleet>(std::move(fleet), options.faults, options.seed);
}

void print_messages(const Options& options, std::ostream& out)
{
    const auto source = source_of(options);
    for (std::uint64_t i = 0; i < options.print && !source->ended(); ++i) {
        const double ms =
            options.rate > 0 ? static_cast<double>(i) * 1000.0 / options.rate : static_cast<double>(i);
        const auto now_ms = options.start_ms + static_cast<std::int64_t>(ms);
        const auto due_us = source->due_us();
        out << as_line({due_us ? options.start_ms + *due_us / 1000 : now_ms, source->next(now_ms)});
    }
}

}  // namespace tidegate::sim
