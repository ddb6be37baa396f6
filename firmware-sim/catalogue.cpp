#include "firmware-sim/catalogue.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <stdexcept>

namespace tidegate::sim {

Catalogue::Catalogue()
{
    for (const auto& [file, text] : builtin_profiles())
        profiles_.push_back(read_profile(text, std::string(file)));
}

std::string Catalogue::add(const std::string& file)
{
    auto profile = load_profile(file);
    auto family = profile.family;
    const auto same = std::find_if(profiles_.begin(), profiles_.end(),
                                   [&](auto& known) { return known.family == profile.family; });
    if (same != profiles_.end())
        *same = std::move(profile);
    else
        profiles_.push_back(std::move(profile));
    return family;
}

const Profile* Catalogue::named(const std::string& family) const
{
    const auto found = std::find_if(profiles_.begin(), profiles_.end(),
                                    [&](auto& profile) { return profile.family == family; });
    return found == profiles_.end() ? nullptr : &*found;
}

void Catalogue::take(const std::string& name, std::vector<const Profile*>& chosen) const
{
    const auto add = [&](const Profile& profile) {
        if (std::find(chosen.begin(), chosen.end(), &profile) == chosen.end()) chosen.push_back(&profile);
    };
    if (const auto* profile = named(name)) return add(*profile);
    if (name != "all" && name != "common")
        throw std::runtime_error(
            fmt::format("there is no family \"{}\"; --list-profiles says which there are", name));
    for (const auto& profile : profiles_)
        if (name == "all" || profile.common) add(profile);
}

std::vector<const Profile*> Catalogue::chosen(const std::vector<std::string>& names) const
{
    std::vector<const Profile*> all;
    for (const auto& name : names) take(name, all);
    return all;
}

std::string Catalogue::list() const
{
    std::string out;
    for (const auto& profile : profiles_)
        fmt::format_to(std::back_inserter(out), "{:<16} {} {}\n", profile.family, profile.common ? '*' : ' ',
                       profile.about);
    return out + "\n* is in a fleet unless --shapes says otherwise\n";
}

std::string Catalogue::text_of(const std::string& family)
{
    for (const auto& [file, text] : builtin_profiles())
        if (file == family + ".toml") return std::string(text);
    return {};
}

}  // namespace tidegate::sim
