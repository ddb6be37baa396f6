#pragma once

#include "gateway/decode/decoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tidegate::gateway {

// Messages to one decoder, and what came of the last of them.
struct House {
    static constexpr std::int64_t now_ms = 1'764'000'000'000;

    Decoded& hear(std::string_view topic, std::string_view payload, bool retained = false)
    {
        topic_ = topic;
        last_ = decoder.decode({topic, payload, now_ms + 1000 * ++heard_, retained});
        return last_;
    }

    const Field* field(std::string_view pointer) const
    {
        for (const auto& one : last_.fields)
            if (one.pointer == pointer) return &one;
        return nullptr;
    }

    store::Value value(std::string_view pointer) const
    {
        const auto* found = field(pointer);
        EXPECT_NE(found, nullptr) << topic_ << " has no " << pointer << " " << last_.why;
        return found == nullptr ? store::Value(std::string("nothing")) : found->value;
    }

    Description series(std::string_view pointer) const
    {
        const auto* found = field(pointer);
        return found == nullptr ? decoder.describe(topic_, pointer)
                                : describe_field(decoder, topic_, pointer, *found);
    }

    std::string unit(std::string_view pointer) const { return series(pointer).unit; }

    Decoder decoder;

private:
    std::string topic_;
    Decoded last_;
    std::int64_t heard_ = 0;
};

}  // namespace tidegate::gateway
