#include "bridge/stripes.hpp"

#include <algorithm>
#include <utility>

namespace tidegate::bridge {

Stripes::Stripes(const Delivery& delivery, std::size_t most) : delivery_(delivery)
{
    stripes_.resize(std::clamp<std::size_t>(delivery.parts(), 1, std::max<std::size_t>(1, most)));
    for (std::size_t i = 0; i < delivery.records.size(); ++i)
        stripes_[delivery.records[i].reading.series % stripes_.size()].places.push_back(i);
}

std::optional<Delivery> Stripes::next(std::size_t number)
{
    auto& stripe = stripes_[number];
    if (delivery_.records.empty()) return std::exchange(gaps_given_, true) ? std::nullopt : all_of(stripe);
    const auto count = std::min(delivery_.part_size(), stripe.places.size() - stripe.given);
    if (count == 0) return std::nullopt;
    auto part = delivery_;
    part.records = records_of(stripe, count);
    part.stripe = number;
    part.stripes = stripes_.size();
    stripe.given += count;
    stripe.sizes.push_back(count);
    return part;
}

// Gaps are never taken apart.
std::optional<Delivery> Stripes::all_of(Stripe& stripe)
{
    stripe.sizes.push_back(0);
    return delivery_;
}

std::span<const store::Record> Stripes::records_of(Stripe& stripe, std::size_t count)
{
    if (stripes_.size() == 1) return delivery_.records.subspan(stripe.given, count);
    stripe.part.clear();
    for (std::size_t i = 0; i < count; ++i)
        stripe.part.push_back(delivery_.records[stripe.places[stripe.given + i]]);
    return stripe.part;
}

void Stripes::taken(std::size_t number)
{
    auto& stripe = stripes_[number];
    stripe.taken += stripe.sizes.front();
    stripe.sizes.erase(stripe.sizes.begin());
}

std::size_t Stripes::settled() const
{
    auto first = delivery_.records.size();
    for (const auto& stripe : stripes_)
        if (stripe.taken < stripe.places.size()) first = std::min(first, stripe.places[stripe.taken]);
    return first;
}

}  // namespace tidegate::bridge
