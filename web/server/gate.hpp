#pragma once

#include "base/log_limit.hpp"
#include "web/accounts/accounts.hpp"
#include "web/server/request.hpp"
#include "web/server/router.hpp"

#include <optional>

namespace tidegate::web {

// The one place where it is decided who a request is from and whether it may go to its handler. What a
// handler then shows or does, topic by topic, is limited by `Request::identity`. Web thread.
class Gate {
public:
    explicit Gate(Accounts* accounts) : accounts_(accounts) {}  // none: nobody is asked

    // Sets `request.identity`. Refuses with 401 whom it does not know, with 403 what this one may not, or
    // what nobody may before the gateway is claimed. `route`: none where there is no such route, which is
    // told only to who may ask.
    std::optional<Reply> admit(Request& request, const Route* route, bool upgrade);

    // Whether an answer that goes on for long may go on.
    bool holds(const Identity& identity) const { return accounts_ == nullptr || accounts_->holds(identity); }

private:
    Accounts* accounts_;
    log::Limit limit_{};
};

}  // namespace tidegate::web
