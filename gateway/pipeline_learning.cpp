// What the pipeline learns beside readings: names and units of series that are there already, whether
// devices are, and how hard it is pressed.
#include "base/clock.hpp"
#include "base/log.hpp"
#include "gateway/pipeline.hpp"

#include <algorithm>

namespace tidegate::gateway {

namespace {

constexpr std::int64_t tick_every_ms = 1000;
constexpr std::int64_t refusals_logged_every_ms = 10'000;

// Several devices share the topic, so that its series are told apart by their device.
bool shared_by_devices(const ByText<store::SeriesId>& fields)
{
    return std::ranges::any_of(fields,
                               [](const auto& field) { return field.first.find('\0') != std::string::npos; });
}

}  // namespace

void Pipeline::tick()
{
    const auto now_ms = boot_ms();
    if (ticked_ms_ != 0 && now_ms - ticked_ms_ < tick_every_ms) return;
    const auto wall = wall_ms();
    const auto ahead_ms = wall - now_ms;
    liveness_.review(wall, ticked_ms_ == 0 ? 0 : ahead_ms - clock_ahead_ms_, options_.listening);
    ticked_ms_ = now_ms;
    clock_ahead_ms_ = ahead_ms;
    decoder_.tick(wall);
    publish_requests();
}

// Series that are not heard yet learn it when they are.
void Pipeline::take_in_news()
{
    const auto news = decoder_.take_news();
    const auto& refusals = decoder_.state().knowledge.refusals();
    if (refusals.all() != facts_full_ + facts_too_long_ + facts_cut_) {
        facts_full_ = refusals.full;
        facts_too_long_ = refusals.too_long;
        facts_cut_ = refusals.cut;
        if (boot_ms() - facts_refused_ms_ >= refusals_logged_every_ms) {
            facts_refused_ms_ = boot_ms();
            log::warning("facts_refused why={}", log::quoted(refusals.last));
        }
    }
    if (news.empty()) return;
    facts_ = decoder_.state().knowledge.size();
    for (const auto& [topic, pointer] : news) {
        const auto* heard = topics_.find(topic);
        if (pointer == Knowledge::every_field) {
            if (heard == nullptr) continue;
            if (heard->whole != 0) relearn(heard->whole);
            for (const auto& [key, id] : heard->others) relearn(id);
        } else if (const auto id = store_.series().find(topic, pointer)) {
            relearn(*id);
        }
    }
}

// What discovery says goes over what is known; what it does not say stays.
void Pipeline::relearn(store::SeriesId id)
{
    auto known = store_.series().get(id);
    if (!known || known->of != 0) return;
    auto series = *known;
    overlay(series, decoder_.state().knowledge.about(series.topic, series.field));
    const auto* heard = topics_.find(series.topic);
    if (heard != nullptr && shared_by_devices(heard->others)) series.device = known->device;
    rules_.rename(series);  // what a rule says goes over it
    if (!store_.series().update(series)) return;
    rules_.forget(id);
    stages_.described(id);
    liveness_.place(placed(series));
    ++renamed_;
}

Knowledge::Refusals Pipeline::refusals() const
{
    return {facts_full_, facts_too_long_, facts_cut_, {}};
}

// What a rule calls bulk, under pressure.
bool Pipeline::thins(store::SeriesId series, const bridge::Message& message, const Settings& settings)
{
    const int level = load_level_;
    if (level < Thinner::thins_from || settings.priority != Priority::bulk) return false;
    return thinner_.drops(series, message.arrived_ms, level);
}

void Pipeline::learn_presence(const bridge::Message& message, const Decoded& decoded)
{
    for (auto& declared : decoder_.take_declared()) liveness_.declare(std::move(declared));
    std::string about;
    if (!decoded.fields.empty() && decoded.fields.front().kind == Kind::availability &&
        !liveness_.waits_for(message.topic))
        about = decoder_.describe(message.topic, decoded.fields.front().pointer).device;
    liveness_.hear(message.topic, message.payload, decoded, message.arrived_ms, about);
    for (const auto& word : decoder_.take_words()) liveness_.say(word, message.arrived_ms);
}

}  // namespace tidegate::gateway
