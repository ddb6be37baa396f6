#pragma once

#include "web/accounts/identity.hpp"

#include <string>

namespace tidegate::web {

// What a request says about who sends it.
struct Credentials {
    std::string authorization, cookie;  // the header fields
    std::string from;                   // address of the peer
};

// Who may use this gateway. Any thread.
class Accounts {
public:
    bool claimed() const { return false; }                      // somebody is its admin
    Identity identify(const Credentials&) const { return {}; }  // Role::none: nobody whom we know
};

}  // namespace tidegate::web
