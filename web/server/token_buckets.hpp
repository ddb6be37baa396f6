#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tidegate::web {

// So many a second of each key, and so many at once after a rest. Of keys it remembers some thousands; those
// beyond share one. One thread.
class TokenBuckets {
public:
    // `rate` 0: no bound.
    TokenBuckets(double rate, double burst) : rate_(rate), burst_(burst) {}

    void set(double rate, double burst);

    // 0: it may, as an empty key always does. Else the seconds until it may again, at least 1. `now_ms`: boot
    // clock.
    std::int64_t take(std::string_view key, std::int64_t now_ms);

    std::size_t size() const { return buckets_.size(); }
    static constexpr std::size_t most = 4096;

private:
    struct Bucket {
        double tokens = 0;
        std::int64_t at_ms = 0;
    };
    void forget_the_full(std::int64_t now_ms);
    double filled(const Bucket& bucket, std::int64_t now_ms) const;

    double rate_, burst_;
    std::map<std::string, Bucket, std::less<>> buckets_;
    std::int64_t tidied_ms_ = 0;
};

}  // namespace tidegate::web
