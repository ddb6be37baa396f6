#pragma once

#include "base/error.hpp"
#include "store/series_table.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidegate::bridge {

// A text with places for what is known of a series: "plant1/{topic}", "{topic:2}". The places:
//   {topic}  its topic             {topic:N}  level N of it, 1 is the first; empty where there is none
//   {field}  its field without the first "/"; "value" for a payload that is one value
//   {source} the field that a window, a summary or an alarm is made from, written the same way; {field} where
//            a device says it
//   {window} {statistic}           "10min" and "mean" of "temperature@10min/mean"; empty otherwise
//   {device} {name} {unit} {class} empty where not known
//   {gateway}                      the gateway's id
class SeriesPattern {
public:
    // Errors: invalid: a place that does not exist, a brace that is not closed.
    static Result<SeriesPattern> parse(std::string_view text);

    std::string of(const store::Series& series, std::string_view gateway) const;

private:
    enum class Place {
        text,
        topic,
        level,
        field,
        source,
        window,
        statistic,
        device,
        name,
        unit,
        device_class,
        gateway
    };
    struct Part {
        Place place = Place::text;
        std::string text{};
        std::size_t level = 0;
    };
    static Result<Part> place_of(std::string_view name);

    std::vector<Part> parts_;
};

// What an upstream is told of a series beside its values.
struct Labels {
    std::vector<SeriesPattern> rename{};  // none: the topic as it is; one: what it is called instead
    std::vector<std::pair<std::string, SeriesPattern>> tags{};

    // `rename`: empty for none. `tags`: "key=pattern" each. Errors: invalid.
    static Result<Labels> parse(std::string_view rename, const std::vector<std::string>& tags);

    std::string topic_of(const store::Series& series, std::string_view gateway) const;
};

}  // namespace tidegate::bridge
