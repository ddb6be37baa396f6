#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Who asks, and what that one may. Plain values.
namespace tidegate::web {

// Each may what those before it may.
enum class Role : std::uint8_t { none, viewer, operating, admin };

std::string_view to_string(Role role);             // "none", "viewer", "operator", "admin"
std::optional<Role> role_named(std::string_view);  // none of these: nothing

// Which topics: those that one of the filters matches. "#" is all of them, also those that begin with "$".
struct Scope {
    std::vector<std::string> filters;  // valid

    static Scope everything() { return {{"#"}}; }
    bool all() const;
    bool allows(std::string_view topic) const;
    bool covers(std::string_view filter) const;  // every topic that `filter` matches
    std::string key() const;                     // the same for scopes that mean the same

    bool operator==(const Scope&) const = default;
};

Scope granted(Role role, Scope given);  // an admin's is everything in any case

// How somebody was recognised.
enum class Means : std::uint8_t {
    nothing,  // not at all
    open,     // nobody is asked: [web] accounts = false
    session,  // a cookie
    token,    // one of ours, by Authorization: Bearer tg_…
    jwt,      // one that another issued, likewise
    console,  // a command on this machine that can read the gateway's runtime directory
};

std::string_view to_string(Means means);

struct Identity {
    std::string name;  // of the user or the token, or the subject of a JWT; empty: nobody in particular
    Role role = Role::none;
    Scope read, write;
    Means means = Means::nothing;
    std::string credential;       // names the session, the token or the JWT; no secret. Empty: there is none
    std::int64_t expires_ms = 0;  // wall clock, when it ends by itself; 0: it does not

    bool may_read(std::string_view topic) const { return read.allows(topic); }
    bool may_write(std::string_view topic) const { return role >= Role::operating && write.allows(topic); }
};

// Everybody is this one where accounts are switched off.
Identity open_identity();

}  // namespace tidegate::web
