#include "gateway/rules/sampler.hpp"

namespace tidegate::gateway {

bool Sampler::takes(const RuleSet& rules, std::string_view topic, std::int64_t arrived_ms)
{
    const auto interval_ms = rules.sample_of(topic).count();
    if (interval_ms == 0) return true;
    const auto found = topics_.find(topic);
    if (found == topics_.end()) {
        if (topics_.size() >= most_topics) make_room(arrived_ms);
        topics_.emplace(topic, Last{arrived_ms, interval_ms});
        return true;
    }
    auto& last = found->second;
    if (arrived_ms >= last.taken_ms && arrived_ms - last.taken_ms < interval_ms) return false;
    last = {arrived_ms, interval_ms};
    return true;
}

// Of a topic that is forgotten too early one message more goes on.
void Sampler::make_room(std::int64_t now_ms)
{
    std::erase_if(topics_, [&](const auto& topic) {
        return now_ms - topic.second.taken_ms >= topic.second.interval_ms;
    });
    if (topics_.size() >= most_topics) topics_.clear();
}

}  // namespace tidegate::gateway
