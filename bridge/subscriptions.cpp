#include "bridge/subscriptions.hpp"

#include "base/log.hpp"
#include "base/topic_filter.hpp"

#include <algorithm>
#include <fmt/ranges.h>
#include <utility>

namespace tidegate::bridge {

namespace {

constexpr int first_failure = 0x80;  // in a SUBACK, of either version

}  // namespace

Result<std::vector<Subscription>> disjoint(const std::vector<Subscription>& subscriptions)
{
    std::vector<std::string> filters;
    for (const auto& [filter, qos] : subscriptions) {
        if (filter.empty()) return Error{ErrorKind::invalid, "an empty topic filter"};
        if (qos < 0 || qos > 2) return Error{ErrorKind::invalid, "QoS must be 0, 1 or 2"};
        for (const auto& other : subscriptions)
            if (covers(other.filter, filter) && other.qos != qos)
                return Error{
                    ErrorKind::invalid,
                    fmt::format("topic filter \"{}\" asks for QoS {}, and \"{}\", which covers it, for "
                                "QoS {}: its messages would come twice",
                                filter, qos, other.filter, other.qos)};
        filters.push_back(filter);
    }
    if (filters.empty()) return Error{ErrorKind::invalid, "no topic filter"};
    std::vector<Subscription> kept;
    for (const auto& filter : without_covered(filters))
        kept.push_back(*std::ranges::find(subscriptions, filter, &Subscription::filter));
    return kept;
}

Subscriptions::Subscriptions(std::vector<Subscription> wanted,
                             SessionBook* book,
                             std::string session,
                             std::function<void()> changed)
    : wanted_(std::move(wanted)),
      book_(book),
      session_(std::move(session)),
      changed_(std::move(changed))
{
}

std::vector<std::string> Subscriptions::filters() const
{
    std::vector<std::string> filters;
    for (const auto& subscription : wanted_) filters.push_back(subscription.filter);
    return filters;
}

// Noted before anything is sent: a kill at any moment leaves at least what the broker holds in the book.
void Subscriptions::begin()
{
    {
        const std::lock_guard lock(mutex_);
        answer_ = {};
        unsubscribed_ = false;
    }
    if (book_ == nullptr) return;
    auto all = filters();
    old_ = book_->filters(session_);
    std::erase_if(old_, [&](const auto& known) { return std::ranges::find(all, known) != all.end(); });
    all.insert(all.end(), old_.begin(), old_.end());
    if (auto noted = book_->remember(session_, std::move(all)); !noted)
        log::warning("filters_not_noted why={}", log::quoted(noted.error().what));
}

void Subscriptions::ask(mqtt::async_client& client)
{
    mqtt::iasync_client::qos_collection qos;
    for (const auto& subscription : wanted_) qos.push_back(subscription.qos);
    client.subscribe(mqtt::string_collection::create(filters()), qos, nullptr, *this);
    if (!old_.empty()) client.unsubscribe(mqtt::string_collection::create(old_), nullptr, *this);
}

Subscriptions::Answer Subscriptions::answer() const
{
    const std::lock_guard lock(mutex_);
    return answer_;
}

void Subscriptions::settle()
{
    {
        const std::lock_guard lock(mutex_);
        if (!std::exchange(unsubscribed_, false)) return;
    }
    if (old_.empty()) return;
    log::info("filters_unsubscribed session={} filters={}", log::quoted(session_),
              log::quoted(fmt::format("{}", fmt::join(old_, " "))));
    old_.clear();
    if (auto noted = book_->remember(session_, filters()); !noted)
        log::warning("filters_not_noted why={}", log::quoted(noted.error().what));
}

void Subscriptions::on_success(const mqtt::token& token)
{
    if (token.get_type() == mqtt::token::UNSUBSCRIBE) return unsubscribed(token);
    subscribed(refusals(token));
}

void Subscriptions::on_failure(const mqtt::token& token)
{
    if (token.get_return_code() < 0) return;  // the connection is lost: there will be another
    if (token.get_type() == mqtt::token::UNSUBSCRIBE) return;  // asked again on the next connection
    subscribed(wanted_.size() == 1 ? wanted_[0].filter : "all filters");
}

std::string Subscriptions::refusals(const mqtt::token& token) const
{
    std::string refused;
    try {
        const auto codes = token.get_subscribe_response().get_reason_codes();
        for (std::size_t i = 0; i < codes.size() && i < wanted_.size(); ++i)
            if (static_cast<int>(codes[i]) >= first_failure)
                refused += (refused.empty() ? "" : ", ") + wanted_[i].filter;
    } catch (const std::exception&) {
        refused = "some filters";  // it answered, but not with one code a filter
    }
    return refused;
}

void Subscriptions::subscribed(const std::string& refused)
{
    {
        const std::lock_guard lock(mutex_);
        answer_.subscribed = true;
        if (!refused.empty())
            answer_.refused = fmt::format("the broker refuses the subscription to {}", refused);
    }
    changed_();
}

// MQTT 3.1.1 has no codes: the answer is a yes.
void Subscriptions::unsubscribed(const mqtt::token& token)
{
    try {
        const auto codes = token.get_unsubscribe_response().get_reason_codes();
        if (std::ranges::any_of(codes, [](auto code) { return static_cast<int>(code) >= first_failure; }))
            return;
    } catch (const std::exception&) {
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        unsubscribed_ = true;
    }
    changed_();
}

}  // namespace tidegate::bridge
