#include "gateway/decode/controls.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tidegate::gateway {

std::string_view to_string(ControlKind kind)
{
    constexpr std::array<std::string_view, 5> names{"switch", "number", "select", "text", "button"};
    return names.at(static_cast<std::size_t>(kind));
}

bool Controls::fits(const Control& control) const
{
    for (const auto* text :
         {&control.topic, &control.pointer, &control.name, &control.device, &control.command, &control.shape,
          &control.unit, &control.datatype, &control.format})
        if (text->size() > longest_text) return false;
    return !control.command.empty() && std::ranges::all_of(control.values, [](const auto& value) {
        return value.size() <= longest_text;
    });
}

void Controls::learn(std::string_view source, Control control)
{
    if (control.values.size() > most_values) control.values.resize(most_values);
    if (!fits(control)) return;
    const std::scoped_lock lock(mutex_);
    if (size_ >= most) return;
    controls_[std::string(source)].push_back(std::move(control));
    ++size_;
}

void Controls::forget(std::string_view source)
{
    const std::scoped_lock lock(mutex_);
    const auto found = controls_.find(source);
    if (found == controls_.end()) return;
    size_ -= found->second.size();
    controls_.erase(found);
}

void Controls::amend(std::string_view source, const std::function<void(Control&)>& change)
{
    const std::scoped_lock lock(mutex_);
    const auto found = controls_.find(source);
    if (found == controls_.end() && size_ >= most) return;
    Control changed;
    if (found != controls_.end())
        changed = found->second.front();
    else
        changed.settable = false;
    change(changed);
    if (changed.values.size() > most_values) changed.values.resize(most_values);
    if (!fits(changed)) return;
    if (found != controls_.end()) {
        found->second.front() = std::move(changed);
        return;
    }
    controls_[std::string(source)].push_back(std::move(changed));
    ++size_;
}

std::vector<Control> Controls::list() const
{
    const std::scoped_lock lock(mutex_);
    std::vector<Control> settable;
    for (const auto& [source, list] : controls_)
        for (const auto& control : list)
            if (control.settable) settable.push_back(control);
    return settable;
}

}  // namespace tidegate::gateway
