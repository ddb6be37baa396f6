#pragma once

#include "gateway/decode/knowledge.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidegate::gateway {

enum class ControlKind : std::uint8_t { toggle, number, select, text, button };
std::string_view to_string(ControlKind kind);  // "switch", "number", "select", "text", "button"

// One thing that a device says that it can be told.
struct Control {
    std::string topic{}, pointer{};  // of the series that shows it; topic empty: none does
    std::string name{}, device{};    // empty: it does not say
    ControlKind kind = ControlKind::text;
    std::string command{};              // topic
    std::string shape = "%v";           // the payload, with %v where the value stands
    std::vector<std::string> values{};  // of a switch: on, off, and toggle where it has one; of a select all;
                                        // of a button the one
    std::optional<double> least{}, most{}, step{};  // of a number
    std::string unit{};
    std::string datatype{}, format{};  // as they were said, where that is piece by piece
    bool settable = true;              // false: not said yet, or it is not; it is not told then

    bool operator==(const Control&) const = default;
};

// What discovery and descriptions say that devices can be told, by the message that said it. Bounded in
// number and length. Written by the pipeline's thread; read by any.
class Controls {
public:
    static constexpr std::size_t most = 5000;
    static constexpr std::size_t most_values = 100;
    static constexpr std::size_t longest_text = 256;

    Controls() = default;
    Controls(const Controls&) = delete;
    Controls& operator=(const Controls&) = delete;

    // One with a text that is too long, or for which there is no room, is left out; of values the first are
    // kept.
    void learn(std::string_view source, Control control);
    void forget(std::string_view source);

    // The one control of a source, which is made where there is none: for what is said piece by piece.
    // `change` must not come back to the controls.
    void amend(std::string_view source, const std::function<void(Control&)>& change);

    std::vector<Control> list() const;  // those that are settable, by source

private:
    bool fits(const Control& control) const;

    mutable std::mutex mutex_;
    std::map<std::string, std::vector<Control>, std::less<>> controls_;  // by source
    std::size_t size_ = 0;
};

}  // namespace tidegate::gateway
