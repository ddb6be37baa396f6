#pragma once

#include "gateway/decode/decoded.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

// Takes a parser's events (JSON, MessagePack, CBOR) as they come and makes fields of them. It keeps no tree
// and does not recurse; depth, number of fields and length of names are bounded before anything is built.
class Collector : public nlohmann::json::json_sax_t {
public:
    static constexpr std::size_t longest_pointer = 1024;  // bytes

    explicit Collector(const DecodeLimits& limits) : limits_(limits) {}

    bool null() override { return skip(); }
    bool boolean(bool value) override { return take(value); }
    bool number_integer(number_integer_t value) override { return take(std::int64_t{value}); }
    bool number_unsigned(number_unsigned_t value) override;
    bool number_float(number_float_t value, const string_t& text) override;
    bool string(string_t& value) override;
    bool binary(binary_t& value) override;
    bool key(string_t& name) override;
    bool start_object(std::size_t) override { return open(false); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t position,
                     const std::string& token,
                     const nlohmann::json::exception&) override;

    void reject(store::Reject reason, std::string why);

    Decoded result;
    std::size_t broken_at = 0;  // how many bytes were read when it proved malformed; 0: it did not

private:
    struct Level {
        std::size_t prefix;  // length of the path of the container itself
        bool array;
        std::size_t next = 0;  // index of the next element
    };

    void step_in();  // before each value: in an array, the path gets the element's index
    bool skip();     // a value that is none
    bool take(store::Value value);
    bool open(bool array);
    bool close();

    const DecodeLimits& limits_;
    std::string path_;
    std::vector<Level> levels_;
};

// "a/b~c" as one step of a pointer: "a~1b~0c" (RFC 6901, 3). Appended.
void append_step(std::string& pointer, std::string_view step);

}  // namespace tidegate::gateway
