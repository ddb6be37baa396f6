#pragma once

#include "bridge/sink.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tidegate::bridge {

// A delivery taken apart so that several parts of it can be under way at a time, though nothing says in which
// order the other side takes them: by series into stripes, each of which has no more than one part under way.
// So the order within a series holds, whatever fails. Pure; the delivery outlives it.
class Stripes {
public:
    Stripes(const Delivery& delivery, std::size_t most);

    std::size_t count() const { return stripes_.size(); }

    // The next part of a stripe; none: there is no more of it. Valid until the next call for that stripe.
    std::optional<Delivery> next(std::size_t stripe);

    // The oldest part that next() gave of this stripe, and that was not taken yet, was taken.
    void taken(std::size_t stripe);

    // How many of the delivery's first records were taken.
    std::size_t settled() const;

private:
    struct Stripe {
        std::vector<std::size_t> places;    // of its records in the delivery
        std::size_t given = 0, taken = 0;   // of them
        std::vector<std::size_t> sizes{};   // of the parts that were given and not taken yet
        std::vector<store::Record> part{};  // the last that was given
    };

    std::optional<Delivery> all_of(Stripe& stripe);
    std::span<const store::Record> records_of(Stripe& stripe, std::size_t count);

    const Delivery& delivery_;
    bool gaps_given_ = false;
    std::vector<Stripe> stripes_;
};

}  // namespace tidegate::bridge
