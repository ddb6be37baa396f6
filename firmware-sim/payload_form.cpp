#include "firmware-sim/payload_form.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <functional>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <stdexcept>
#include <utility>

namespace tidegate::sim {

namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::StringOutputStream;
using nlohmann::json;

std::string written(const std::function<void(CodedOutputStream*)>& write)
{
    std::string bytes;
    {
        StringOutputStream stream(&bytes);
        CodedOutputStream out(&stream);
        write(&out);
    }
    return bytes;
}

// Data types and the fields of a metric, as the Sparkplug 3.0 specification numbers them.
struct Type {
    std::string_view name;
    std::uint32_t code;
    void (*write)(const json& value, CodedOutputStream* out);
};
constexpr std::array types = {
    Type{"Int32", 3,
         [](const json& value, auto* out) {
             WireFormatLite::WriteUInt32(10, static_cast<std::uint32_t>(value.get<std::int32_t>()), out);
         }},
    Type{"Int64", 4,
         [](const json& value, auto* out) {
             WireFormatLite::WriteUInt64(11, static_cast<std::uint64_t>(value.get<std::int64_t>()), out);
         }},
    Type{"UInt64", 8,
         [](const json& value, auto* out) {
             WireFormatLite::WriteUInt64(11, value.get<std::uint64_t>(), out);
         }},
    Type{"Float", 9,
         [](const json& value, auto* out) { WireFormatLite::WriteFloat(12, value.get<float>(), out); }},
    Type{"Double", 10,
         [](const json& value, auto* out) { WireFormatLite::WriteDouble(13, value.get<double>(), out); }},
    Type{"Boolean", 11,
         [](const json& value, auto* out) { WireFormatLite::WriteBool(14, value.get<bool>(), out); }},
    Type{
        "String", 12,
        [](const json& value, auto* out) { WireFormatLite::WriteString(15, value.get<std::string>(), out); }},
};

const Type& type_named(const std::string& name)
{
    for (const auto& type : types)
        if (type.name == name) return type;
    throw std::runtime_error("no data type of Sparkplug B that is known here: " + name);
}

std::string unit_property(const std::string& unit)
{
    const auto value = written([&](auto* out) {
        WireFormatLite::WriteUInt32(1, type_named("String").code, out);
        WireFormatLite::WriteString(8, unit, out);
    });
    return written([&](auto* out) {
        WireFormatLite::WriteString(1, "engUnit", out);
        WireFormatLite::WriteBytes(2, value, out);
    });
}

std::string metric(const json& said, std::uint64_t time_ms)
{
    const auto& type = type_named(said.at("type").get<std::string>());
    return written([&](auto* out) {
        if (said.contains("name")) WireFormatLite::WriteString(1, said["name"].get<std::string>(), out);
        if (said.contains("alias")) WireFormatLite::WriteUInt64(2, said["alias"].get<std::uint64_t>(), out);
        WireFormatLite::WriteUInt64(3, time_ms, out);
        WireFormatLite::WriteUInt32(4, type.code, out);
        if (said.contains("unit"))
            WireFormatLite::WriteBytes(9, unit_property(said["unit"].get<std::string>()), out);
        type.write(said.at("value"), out);
    });
}

std::string sparkplug(const json& said)
{
    return written([&](auto* out) {
        const auto time_ms = said.at("timestamp").get<std::uint64_t>();
        WireFormatLite::WriteUInt64(1, time_ms, out);
        for (const auto& one : said.at("metrics")) WireFormatLite::WriteBytes(2, metric(one, time_ms), out);
        if (said.contains("seq")) WireFormatLite::WriteUInt64(3, said["seq"].get<std::uint64_t>(), out);
    });
}

std::string packed(const std::vector<std::uint8_t>& bytes)
{
    return {bytes.begin(), bytes.end()};
}

}  // namespace

std::optional<Form> form_named(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, Form>, 4> names = {{{"text", Form::text},
                                                                         {"cbor", Form::cbor},
                                                                         {"messagepack", Form::messagepack},
                                                                         {"sparkplug-b", Form::sparkplug_b}}};
    for (const auto& [known, form] : names)
        if (known == name) return form;
    return std::nullopt;
}

std::string in_form(Form form, std::string text)
{
    if (form == Form::text) return text;
    try {
        const auto said = json::parse(text);
        if (form == Form::cbor) return packed(json::to_cbor(said));
        if (form == Form::messagepack) return packed(json::to_msgpack(said));
        return sparkplug(said);
    } catch (const json::exception& problem) {
        throw std::runtime_error(std::string("a payload that is to be made of JSON: ") + problem.what());
    }
}

}  // namespace tidegate::sim
