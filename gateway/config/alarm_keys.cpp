#include "gateway/config/keys.hpp"

#include <array>

namespace tidegate::gateway {

std::span<const Key<AlarmSetting>> alarm_keys()
{
    constexpr std::int64_t day = 86'400'000;
    using S = AlarmSetting;
    static const std::array keys{
        Key<S>{
            "name",
            &S::name,
            "Names the alarm, and the series in which it is kept: letters, digits, `-` and `_`, 32 at most.",
            0,
            0,
            {},
            true},
        Key<S>{"topic", &S::topic, "Topic filter of the series that it is about."},
        Key<S>{"device", &S::device,
               "Their device, as it is shown; `*` stands for any text. Empty: any, as in the next two."},
        Key<S>{"field", &S::field, "Their field: a JSON Pointer, like `/AM2301/Temperature` or `*/Power`."},
        Key<S>{"class", &S::device_class,
               "What is measured, in Home Assistant's words (`temperature`, `energy`), where it is known."},
        Key<S>{"above", &S::above, "Raised while the value is above this."},
        Key<S>{"below", &S::below, "Raised while the value is below this."},
        Key<S>{
            "rate", &S::rate,
            "Raised while the value changes faster than this, like `\"2/min\"`; `\"+2/min\"` when it rises, "
            "`\"-2/min\"` when it falls. By `s`, `min`, `h` or `d`."},
        Key<S>{"equals", &S::equals, "Raised while the value is this: a text, a number, true or false."},
        Key<S>{"stale", &S::stale,
               "Raised when nothing was heard for so long, like `\"10min\"`, from any series of a device "
               "that it "
               "is about. `\"auto\"`: four times the silence that is usual there, and 30s at least."},
        Key<S>{
            "clear", &S::clear,
            "It clears at this value and no earlier (hysteresis); of `rate` in its unit. Default: where it "
            "is raised."},
        Key<S>{"span", &S::span, "`rate` is measured over so long.", 1000, day},
        Key<S>{"hold", &S::hold, "The condition must last so long before it is raised.", 0, day},
        Key<S>{"hold_off", &S::hold_off, "It must be gone so long before it clears.", 0, day},
        Key<S>{"severity", &S::severity, "How bad it is.", 0, 0, "info|warning|critical"},
        Key<S>{"text", &S::text,
               "What people are told. `{device}`, `{name}`, `{value}`, `{unit}`, `{topic}`, `{field}`, "
               "`{limit}` "
               "and `{alarm}` are filled in. Empty: condition and value."},
    };
    return keys;
}

}  // namespace tidegate::gateway
