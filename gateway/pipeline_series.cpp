// Which series a field is of, and by which rules and options the pipeline goes on.
#include "gateway/decode/collector.hpp"
#include "gateway/pipeline.hpp"

#include <algorithm>

namespace tidegate::gateway {

void Pipeline::use_rules(std::vector<Rule> rules)
{
    rules_ = RuleSet(std::move(rules));
    topics_.clear();  // each series is looked at anew
    decoder_.forget_rules();
    for (const auto& rule : rules_.rules())
        if (rule.decoder) decoder_.read_as(rule.topic, *rule.decoder, rule.place);
}

void Pipeline::apply(PipelineOptions options, std::vector<bridge::IntakeRing*> rings)
{
    {
        const std::scoped_lock lock(releases_->mutex);
        for (auto* ring : rings) {
            if (std::ranges::find(releases_->rings, ring) != releases_->rings.end()) continue;
            ring->share_bell_of(*releases_->rings.front());
            releases_->rings.push_back(ring);
        }
        rings = releases_->rings;
    }
    const std::scoped_lock lock(change_mutex_);
    change_ = Change{std::move(options), std::move(rings)};
    changed_ = true;
}

void Pipeline::take_over_change()
{
    if (!changed_.load(std::memory_order_relaxed)) return;
    const std::scoped_lock lock(change_mutex_);
    changed_ = false;
    if (!change_) return;
    options_ = std::move(change_->options);
    rings_ = std::move(change_->rings);
    change_.reset();
    decoder_.set_limits(options_.decode);
    stages_.allow(options_.series);
    use_rules(std::move(options_.rules));
    for (const auto* ring : rings_) passed_ms_.try_emplace(ring, 0);
}

store::SeriesId Pipeline::series_of(std::string_view topic, const Field& field, Fields& known)
{
    if (field.pointer.empty() && field.source.empty()) {
        if (known.whole == 0) known.whole = find_and_relearn(topic, field, {}, known);
        return known.whole;
    }
    std::string key;
    std::string_view place = field.pointer;
    if (!field.source.empty()) {
        key.append(field.source).push_back('\0');
        place = key.append(field.pointer);
    }
    const auto found = known.others.find(place);
    return found != known.others.end() ? found->second : find_and_relearn(topic, field, place, known);
}

// Rules and discovery may have come since a series was last heard.
store::SeriesId Pipeline::find_and_relearn(std::string_view topic,
                                           const Field& field,
                                           std::string_view place,
                                           Fields& known)
{
    const auto before = store_.series().last();
    const auto id = find_or_add(topic, field);
    if (id == 0) return 0;
    if (!place.empty()) known.others.emplace(place, id);
    if (id <= before) relearn(id);
    return id;
}

// Where several devices speak on one topic, the first one's series has the plain pointer; the others' begin
// with a step that names the device.
store::SeriesId Pipeline::find_or_add(std::string_view topic, const Field& field)
{
    auto& table = store_.series();
    auto pointer = field.pointer;
    auto id = table.find(topic, pointer).value_or(0);
    if (id != 0 && !field.source.empty() && table.get(id)->device != field.source) {
        pointer.clear();
        append_step(pointer, field.source);
        pointer += field.pointer;
        id = table.find(topic, pointer).value_or(0);
    }
    if (id != 0 || table.last() >= options_.series) return id;
    auto series = describe_field(decoder_, topic, pointer, field);
    rules_.rename(series);
    series.id = table.add(series);
    liveness_.place(placed(series));
    return series.id;
}

}  // namespace tidegate::gateway
