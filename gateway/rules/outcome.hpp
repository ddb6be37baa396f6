#pragma once

#include "store/store.hpp"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tidegate::gateway {

// What becomes of the readings of a handful of messages: what is stored, in `batch`, and what is shown live.
// As a rule that is the same. It is not where rules leave something out, which is shown all the same, or
// store it later, when something newer has been shown.
class Outcome {
public:
    store::Batch batch;

    void store(store::Reading reading) { batch.readings.push_back(std::move(reading)); }

    void show_only(store::Reading reading)
    {
        catch_up();
        shown_.push_back(std::move(reading));
    }

    void store_only(store::Reading reading)
    {
        catch_up();
        store(std::move(reading));
        ++followed_;
    }

    // In the order of arrival. Valid until more is added.
    std::span<const store::Reading> shown()
    {
        if (!apart_) return batch.readings;
        catch_up();
        return shown_;
    }

private:
    void catch_up()
    {
        apart_ = true;
        shown_.insert(shown_.end(), batch.readings.begin() + static_cast<std::ptrdiff_t>(followed_),
                      batch.readings.end());
        followed_ = batch.readings.size();
    }

    bool apart_ = false;
    std::size_t followed_ = 0;  // of batch.readings, in shown_ or stored only
    std::vector<store::Reading> shown_;
};

}  // namespace tidegate::gateway
