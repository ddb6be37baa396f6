#include "gateway/decode/families/sparkplug.hpp"

#include "gateway/decode/device_time.hpp"
#include "gateway/decode/families/sparkplug_b.pb.h"
#include "gateway/decode/families/sparkplug_values.hpp"
#include "gateway/decode/naming.hpp"
#include "gateway/decode/payload.hpp"
#include "gateway/decode/scalar.hpp"
#include "gateway/decode/state.hpp"

#include <array>
#include <fmt/format.h>

namespace tidegate::gateway {

namespace {

constexpr std::uint32_t boolean_type = 11;

// By the metric's name, where it has no engineering unit.
constexpr std::array units = {Unit{"voltage", "V"}, Unit{"current", "A"}, Unit{"frequency", "Hz"},
                              Unit{"humidity", "%"}};

// spBv1.0/GROUP/TYPE/NODE[/DEVICE]
bool claims(const Topic& topic)
{
    return topic[0] == "spBv1.0" && topic.size() >= 3;
}

std::string node_of(const Topic& topic)
{
    return fmt::format("{}/{}", topic[1], topic[3]);
}

bool is_host_state(const Topic& topic)
{
    return topic[1] == "STATE";
}

std::string rebirth_command(std::int64_t now_ms)
{
    sparkplug::Payload payload;
    payload.set_timestamp(static_cast<std::uint64_t>(now_ms));
    auto* metric = payload.add_metrics();
    metric->set_name("Node Control/Rebirth");
    metric->set_timestamp(payload.timestamp());
    metric->set_datatype(boolean_type);
    metric->set_boolean_value(true);
    return payload.SerializeAsString();
}

// One message of an edge node or of one of its devices.
class Reader {
public:
    Reader(const Message& message, const Topic& topic, State& state, const DecodeLimits& limits)
        : message_(message),
          topic_(topic),
          state_(state),
          limits_(limits),
          node_(node_of(topic)),
          device_(topic[4]),
          birth_(topic[2] == "NBIRTH" || topic[2] == "DBIRTH")
    {
    }

    Decoded read(const sparkplug::Payload& payload)
    {
        follow(payload);
        if (of_another_life_)
            return rejected(store::Reject::no_reading,
                            "an NDEATH whose bdSeq is not that of the last NBIRTH: the node has lived on");
        if (!room_)
            return rejected(store::Reject::series_limit, "there is no room for another Sparkplug node");
        tell_presence();
        const auto sent_ms = static_cast<std::int64_t>(payload.timestamp());
        out_.time_ms = time_from_milliseconds(sent_ms);
        for (const auto& metric : payload.metrics())
            if (!take(metric)) return std::move(out_);
        if (!room_)
            return rejected(store::Reject::series_limit,
                            "the birth has more metrics than there is room to remember");
        if (out_.fields.empty()) return rejected(store::Reject::no_reading, "no metric with a value");
        return std::move(out_);
    }

private:
    static std::optional<std::uint64_t> life_in(const sparkplug::Payload& payload)
    {
        for (const auto& metric : payload.metrics()) {
            if (metric.name() != "bdSeq") continue;
            if (metric.value_case() == sparkplug::Metric::kLongValue) return metric.long_value();
            if (metric.value_case() == sparkplug::Metric::kIntValue) return metric.int_value();
        }
        return std::nullopt;
    }

    void follow(const sparkplug::Payload& payload)
    {
        const auto seq = static_cast<std::uint8_t>(payload.seq());
        if (topic_[2] == "NBIRTH") {
            room_ = state_.sparkplug.born(node_, seq, life_in(payload));
        } else if (topic_[2] == "NDEATH") {  // its payload has no sequence number
            of_another_life_ = !state_.sparkplug.died(node_, life_in(payload));
        } else if (!state_.sparkplug.in_sequence(node_, seq) && !message_.retained) {
            ask("a message is missing, or the birth");
        }
    }

    // With a node its devices are gone; they are born one by one.
    void tell_presence()
    {
        if (message_.retained || (!birth_ && !topic_[2].ends_with("DEATH"))) return;
        auto device = node_;
        if (!device_.empty()) device += fmt::format("/{}", device_);
        state_.words.push_back({std::move(device), birth_, !birth_ && device_.empty(),
                                birth_ ? std::string() : fmt::format("its {} came", topic_[2])});
    }

    void ask(std::string_view why)
    {
        if (!state_.sparkplug.may_ask(node_, message_.arrived_ms)) return;
        out_.why = fmt::format("rebirth asked for: {}", why);
        state_.ask({fmt::format("spBv1.0/{}/NCMD/{}", topic_[1], topic_[3]),
                    rebirth_command(message_.arrived_ms), message_.broker});
    }

    bool take(const sparkplug::Metric& metric)
    {
        auto name = metric.name();
        auto datatype = metric.datatype();
        if (birth_) {
            if (name.empty() || !is_utf8(name)) return true;
            const auto alias = metric.has_alias() ? std::optional(metric.alias()) : std::nullopt;
            room_ = state_.sparkplug.learn(node_, device_, alias, {name, datatype}) && room_;
        } else if (name.empty()) {
            const auto* known = state_.sparkplug.by_alias(node_, metric.alias());
            if (known == nullptr) ask(fmt::format("nobody said what alias {} is", metric.alias()));
            name = known != nullptr ? known->name : fmt::format("alias:{}", metric.alias());
            if (datatype == 0 && known != nullptr) datatype = known->datatype;
        } else if (datatype == 0) {
            datatype = state_.sparkplug.datatype_of(node_, device_, name);
        }
        if (!is_utf8(name)) return true;
        return append(metric, name, datatype);
    }

    bool append(const sparkplug::Metric& metric, const std::string& name, std::uint32_t datatype)
    {
        const auto first = out_.fields.size();
        if (!append_metric(metric, name, datatype, limits_, out_)) return false;
        const auto unit = metric.has_properties() ? unit_among(metric.properties()) : std::string();
        if (birth_ && !unit.empty()) remember_unit(name, unit);
        const auto time_ms = time_from_milliseconds(static_cast<std::int64_t>(metric.timestamp()));
        for (auto i = first; i < out_.fields.size(); ++i) {
            out_.fields[i].unit = unit;
            out_.fields[i].time_ms = time_ms;
        }
        return true;
    }

    // Data comes on another topic than births, and says no units.
    void remember_unit(const std::string& name, const std::string& unit)
    {
        auto data = fmt::format("{}/{}/{}DATA/{}", topic_[0], topic_[1], topic_[2].front(), topic_.from(3));
        Facts facts;
        facts.unit = unit;
        room_ = state_.knowledge.learn(topic_.text(), data, "/" + name, std::move(facts)) && room_;
    }

    const Message& message_;
    const Topic& topic_;
    State& state_;
    const DecodeLimits& limits_;
    std::string node_;
    std::string_view device_;
    bool birth_;
    bool room_ = true;
    bool of_another_life_ = false;
    Decoded out_;
};

// spBv1.0/STATE/HOST (3.0) says in JSON whether a host application is there.
std::optional<Decoded> decode_host_state(const Message& message, const DecodeLimits& limits)
{
    auto decoded = read_payload(message.payload, limits);
    mark(decoded, Kind::availability);
    if (const auto* time = find_field(decoded, "/timestamp")) {
        decoded.time_ms = time_from_milliseconds(time->value);
        leave_out(decoded, [](const Field& field) { return field.pointer == "/timestamp"; });
    }
    return decoded;
}

std::optional<Decoded> decode(const Message& message,
                              const Topic& topic,
                              State& state,
                              const DecodeLimits& limits)
{
    if (is_host_state(topic)) return decode_host_state(message, limits);
    constexpr std::array<std::string_view, 8> types = {"NBIRTH", "NDEATH", "NDATA", "NCMD",
                                                       "DBIRTH", "DDEATH", "DDATA", "DCMD"};
    if (topic.size() < 4 || std::find(types.begin(), types.end(), topic[2]) == types.end())
        return std::nullopt;
    if (message.payload.empty()) return rejected(store::Reject::empty, "no payload");
    sparkplug::Payload payload;
    if (!payload.ParseFromArray(message.payload.data(), static_cast<int>(message.payload.size())))
        return rejected(store::Reject::malformed, "no Sparkplug B payload");
    if (topic[2] == "NCMD" || topic[2] == "DCMD") {
        Decoded command;
        for (const auto& metric : payload.metrics())
            if (is_utf8(metric.name()) &&
                !append_metric(metric, metric.name(), metric.datatype(), limits, command))
                return command;
        if (command.fields.empty()) return rejected(store::Reject::no_reading, "no metric with a value");
        mark(command, Kind::metadata);
        return command;
    }
    auto decoded = Reader(message, topic, state, limits).read(payload);
    if (topic[2].ends_with("DEATH")) mark(decoded, Kind::availability);
    return decoded;
}

void describe(const Topic& topic, Description& series)
{
    series.device = is_host_state(topic) ? std::string(topic[2]) : node_of(topic);
    if (topic.size() > 4) series.device += fmt::format("/{}", topic[4]);
    if (!series.field.empty()) series.name = series.field.substr(1);
    series.unit = look_up_ending(units, lowered(series.name));
}

}  // namespace

const Family sparkplug_b{"sparkplug-b", claims, decode, describe};

}  // namespace tidegate::gateway
