#include "gateway/decode/families/sparkplug_values.hpp"

#include "gateway/decode/collector.hpp"
#include "gateway/decode/families/sparkplug_b.pb.h"
#include "gateway/decode/scalar.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace tidegate::gateway {

namespace {

using sparkplug::Metric;

// Indexes of data types (Sparkplug 3.0, 6.4.16).
enum Type : std::uint32_t {
    int8 = 1,
    int16 = 2,
    int32 = 3,
    int64 = 4,
    uint8 = 5,
    uint16 = 6,
    uint32 = 7,
    uint64 = 8,
    int8_array = 22,
    int16_array = 23,
    int32_array = 24,
    int64_array = 25,
    uint8_array = 26,
    uint16_array = 27,
    uint32_array = 28,
    uint64_array = 29,
    float_array = 30,
    double_array = 31,
    boolean_array = 32,
    string_array = 33,
    date_time_array = 34
};

// The value comes as unsigned; what is negative, in two's complement of the type's own width or wider.
store::Value integer(std::uint64_t bits, std::uint32_t type)
{
    switch (type) {
    case int8: return static_cast<std::int64_t>(static_cast<std::int8_t>(bits));
    case int16: return static_cast<std::int64_t>(static_cast<std::int16_t>(bits));
    case int32: return static_cast<std::int64_t>(static_cast<std::int32_t>(bits));
    case int64: return static_cast<std::int64_t>(bits);
    default: break;
    }
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (bits > most) return static_cast<double>(bits);
    return static_cast<std::int64_t>(bits);
}

class Values {
public:
    Values(const DecodeLimits& limits, Decoded& out) : limits_(limits), out_(out) {}

    bool metric(const Metric& metric, std::string name, std::uint32_t type, std::size_t depth)
    {
        if (depth > limits_.depth)
            return reject(store::Reject::too_deep, "templates nested deeper than limits.depth");
        if (metric.is_null()) return absent();
        switch (metric.value_case()) {
        case Metric::kIntValue: return put(std::move(name), integer(metric.int_value(), type));
        case Metric::kLongValue: return put(std::move(name), integer(metric.long_value(), type));
        case Metric::kFloatValue: return real(std::move(name), metric.float_value());
        case Metric::kDoubleValue: return real(std::move(name), metric.double_value());
        case Metric::kBooleanValue: return put(std::move(name), metric.boolean_value());
        case Metric::kStringValue: return text(std::move(name), metric.string_value());
        case Metric::kBytesValue: return array(name, metric.bytes_value(), type);
        case Metric::kDatasetValue: return data_set(name, metric.dataset_value());
        case Metric::kTemplateValue: return parts(name, metric.template_value(), depth);
        case Metric::VALUE_NOT_SET: return absent();
        }
        return true;
    }

private:
    bool absent()
    {
        ++out_.absent;
        return true;
    }

    bool reject(store::Reject reason, std::string why)
    {
        out_.fields.clear();
        out_.rejected = reason;
        out_.why = std::move(why);
        return false;
    }

    bool put(std::string name, store::Value value)
    {
        if (out_.fields.size() >= limits_.fields)
            return reject(store::Reject::too_many_fields,
                          fmt::format("more than limits.fields = {} values", limits_.fields));
        if (name.size() > Collector::longest_pointer)
            return reject(store::Reject::too_large,
                          fmt::format("a metric's name has more than {} bytes", Collector::longest_pointer));
        out_.fields.push_back({std::move(name), std::move(value)});
        return true;
    }

    template <class Real>
    bool real(std::string name, Real value)
    {
        if (!std::isfinite(value)) return absent();
        if constexpr (std::is_same_v<Real, float>) return put(std::move(name), widened(value));
        return put(std::move(name), static_cast<double>(value));
    }

    bool text(std::string name, const std::string& value)
    {
        if (!is_utf8(value))
            return reject(store::Reject::not_utf8, fmt::format("the text of {} is not UTF-8", name));
        return put(std::move(name), value);
    }

    bool parts(const std::string& name, const sparkplug::Template& parts, std::size_t depth)
    {
        if (parts.is_definition()) return true;  // says what a template is made of, and has no values
        for (const auto& part : parts.metrics())
            if (!metric(part, fmt::format("{}/{}", name, part.name()), part.datatype(), depth + 1))
                return false;
        return true;
    }

    bool data_set(const std::string& name, const sparkplug::DataSet& set)
    {
        for (int row = 0; row < set.rows_size(); ++row) {
            const auto& elements = set.rows(row).elements();
            for (int i = 0; i < elements.size() && i < set.columns_size(); ++i) {
                const auto type = i < set.types_size() ? set.types(i) : 0;
                if (!element(elements[i], fmt::format("{}/{}/{}", name, row, set.columns(i)), type))
                    return false;
            }
        }
        return true;
    }

    bool element(const sparkplug::DataSet::Element& element, std::string name, std::uint32_t type)
    {
        using Element = sparkplug::DataSet::Element;
        switch (element.value_case()) {
        case Element::kIntValue: return put(std::move(name), integer(element.int_value(), type));
        case Element::kLongValue: return put(std::move(name), integer(element.long_value(), type));
        case Element::kFloatValue: return real(std::move(name), element.float_value());
        case Element::kDoubleValue: return real(std::move(name), element.double_value());
        case Element::kBooleanValue: return put(std::move(name), element.boolean_value());
        case Element::kStringValue: return text(std::move(name), element.string_value());
        case Element::VALUE_NOT_SET: return absent();
        }
        return true;
    }

    static std::uint64_t little_endian(std::string_view bytes)
    {
        std::uint64_t bits = 0;
        for (auto i = bytes.size(); i > 0; --i) bits = bits << 8U | static_cast<unsigned char>(bytes[i - 1]);
        return bits;
    }

    static std::size_t width_of(std::uint32_t type)
    {
        switch (type) {
        case int8_array:
        case uint8_array: return 1;
        case int16_array:
        case uint16_array: return 2;
        case int32_array:
        case uint32_array:
        case float_array: return 4;
        case int64_array:
        case uint64_array:
        case double_array:
        case date_time_array: return 8;
        default: return 0;
        }
    }

    bool item(std::string name, std::uint64_t bits, std::uint32_t type)
    {
        if (type == float_array)
            return real(std::move(name), std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        if (type == double_array) return real(std::move(name), std::bit_cast<double>(bits));
        const bool is_signed = type >= int8_array && type <= int64_array;
        return put(std::move(name), integer(bits, is_signed ? type - int8_array + int8 : uint64));
    }

    bool array(const std::string& name, std::string_view bytes, std::uint32_t type)
    {
        if (type == boolean_array) return booleans(name, bytes);
        if (type == string_array) return strings(name, bytes);
        const auto width = width_of(type);
        if (width == 0) return absent();  // raw bytes, a file: no reading
        for (std::size_t i = 0; (i + 1) * width <= bytes.size(); ++i)
            if (!item(fmt::format("{}/{}", name, i), little_endian(bytes.substr(i * width, width)), type))
                return false;
        return true;
    }

    // A count of four bytes, then eight a byte, the first in the highest bit.
    bool booleans(const std::string& name, std::string_view bytes)
    {
        if (bytes.size() < 4) return absent();
        const auto count = std::min<std::uint64_t>(little_endian(bytes.substr(0, 4)), (bytes.size() - 4) * 8);
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto byte = static_cast<unsigned char>(bytes[4 + i / 8]);
            if (!put(fmt::format("{}/{}", name, i), (byte >> (7 - i % 8) & 1U) != 0)) return false;
        }
        return true;
    }

    bool strings(const std::string& name, std::string_view bytes)
    {
        for (std::size_t i = 0; !bytes.empty(); ++i) {
            const auto end = std::min(bytes.find('\0'), bytes.size());
            if (!text(fmt::format("{}/{}", name, i), std::string(bytes.substr(0, end)))) return false;
            bytes.remove_prefix(std::min(end + 1, bytes.size()));
        }
        return true;
    }

    const DecodeLimits& limits_;
    Decoded& out_;
};

}  // namespace

bool append_metric(const Metric& metric,
                   const std::string& name,
                   std::uint32_t datatype,
                   const DecodeLimits& limits,
                   Decoded& out)
{
    return Values(limits, out).metric(metric, "/" + name, datatype, 0);
}

std::string unit_among(const sparkplug::PropertySet& properties)
{
    constexpr std::array<std::string_view, 4> keys = {"engUnit", "engUnits", "Engineering Units", "unit"};
    for (int i = 0; i < properties.keys_size() && i < properties.values_size(); ++i)
        for (const auto key : keys)
            if (properties.keys(i) == key && is_utf8(properties.values(i).string_value()))
                return properties.values(i).string_value();
    return {};
}

}  // namespace tidegate::gateway
