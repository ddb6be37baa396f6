#pragma once

#include "firmware-sim/profile.hpp"

#include <string>
#include <vector>

namespace tidegate::sim {

// The profiles of the program and those that it was given, by the names of their families.
class Catalogue {
public:
    Catalogue();  // those of the program

    // A profile of a file, whose family it gives; one of the same family is replaced. std::runtime_error:
    // with file and line.
    std::string add(const std::string& file);

    const std::vector<Profile>& profiles() const { return profiles_; }

    // What --shapes names: families, "common" and "all", each once. std::runtime_error: there is no such.
    std::vector<const Profile*> chosen(const std::vector<std::string>& names) const;

    std::string list() const;                               // a line each, for people
    static std::string text_of(const std::string& family);  // of one in the program; empty: there is none

private:
    const Profile* named(const std::string& family) const;
    void take(const std::string& name, std::vector<const Profile*>& chosen) const;

    std::vector<Profile> profiles_;
};

}  // namespace tidegate::sim
