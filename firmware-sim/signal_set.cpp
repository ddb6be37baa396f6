#include "firmware-sim/signal_set.hpp"

#include <cmath>

namespace tidegate::sim {

namespace {

// A signal's seed depends on its name alone: another one beside it changes nothing.
std::uint64_t seed_of(const std::string& name, std::uint64_t seed)
{
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return Random(hash ^ seed)();
}

}  // namespace

SignalSet::SignalSet(const std::vector<SignalSpec>& specs, std::uint64_t seed)
    : specs_(specs),
      states_(specs.size())
{
    for (std::size_t i = 0; i < specs.size(); ++i) {
        Random random(seed_of(specs[i].name, seed));
        auto& signal = states_[i].signal;
        if (const auto* wave = std::get_if<WaveSpec>(&specs[i].kind)) {
            auto shape = wave->shape;
            shape.mean += wave->spread * (2 * random.uniform() - 1);
            signal.emplace<Wave>(shape, random());
        } else if (const auto* toggle = std::get_if<ToggleSpec>(&specs[i].kind)) {
            signal.emplace<Toggle>(toggle->on, toggle->dwell_s, random());
        } else if (const auto* steps = std::get_if<StepsSpec>(&specs[i].kind)) {
            const auto levels = steps->texts.empty() ? steps->levels.size() : steps->texts.size();
            signal.emplace<Steps>(levels, steps->dwell_s, random());
        } else if (const auto* counter = std::get_if<CounterSpec>(&specs[i].kind)) {
            signal.emplace<Meter>(Meter{Counter(counter->start + counter->spread * random.uniform())});
        }
    }
}

double SignalSet::sample(std::size_t signal, std::int64_t time_ms)
{
    auto& state = states_[signal];
    if (state.any && state.time_ms == time_ms) return state.value;  // every place says the same
    state.value = compute(signal, time_ms);
    state.time_ms = time_ms;
    state.any = true;
    return state.value;
}

double SignalSet::compute(std::size_t signal, std::int64_t time_ms)
{
    const auto& kind = specs_[signal].kind;
    auto& state = states_[signal].signal;
    if (auto* wave = std::get_if<Wave>(&state)) return wave->sample(time_ms);
    if (auto* toggle = std::get_if<Toggle>(&state)) return toggle->sample(time_ms) ? 1 : 0;
    if (auto* steps = std::get_if<Steps>(&state)) {
        const auto level = steps->sample(time_ms);
        const auto& levels = std::get<StepsSpec>(kind).levels;
        return levels.empty() ? static_cast<double>(level) : levels[level];
    }
    if (auto* meter = std::get_if<Meter>(&state))
        return compute(std::get<CounterSpec>(kind), *meter, time_ms);
    return compute(std::get<DerivedSpec>(kind), time_ms);
}

double SignalSet::compute(const CounterSpec& spec, Meter& meter, std::int64_t time_ms)
{
    const double per_hour = spec.factor * (spec.rate ? sample(*spec.rate, time_ms) : 1);
    const double total = meter.counter.sample(time_ms, per_hour) - meter.taken_off;
    return spec.rollover > 0 ? std::fmod(total, spec.rollover) : total;
}

double SignalSet::compute(const DerivedSpec& spec, std::int64_t time_ms)
{
    double value = sample(spec.of, time_ms);
    if (spec.times) value *= sample(*spec.times, time_ms);
    if (spec.per) {
        const double divisor = sample(*spec.per, time_ms);
        value = divisor == 0 ? 0 : value / divisor;
    }
    value = value * spec.factor + spec.offset;
    return spec.plus ? value + sample(*spec.plus, time_ms) : value;
}

const std::string* SignalSet::text(std::size_t signal) const
{
    const auto* steps = std::get_if<StepsSpec>(&specs_[signal].kind);
    if (steps == nullptr || steps->texts.empty()) return nullptr;
    return &steps->texts[static_cast<std::size_t>(states_[signal].value)];
}

void SignalSet::reboot(std::int64_t time_ms)
{
    for (std::size_t i = 0; i < specs_.size(); ++i) {
        const auto* spec = std::get_if<CounterSpec>(&specs_[i].kind);
        if (spec == nullptr || !spec->is_volatile) continue;
        auto& meter = std::get<Meter>(states_[i].signal);
        meter.taken_off = meter.counter.sample(time_ms, 0);
        states_[i].any = false;
    }
}

}  // namespace tidegate::sim
