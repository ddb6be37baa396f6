#pragma once

#include "base/error.hpp"
#include "bridge/forwarder.hpp"
#include "gateway/config/config.hpp"
#include "store/dead_letters.hpp"
#include "store/store.hpp"
#include "web/server/facts.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tidegate::gateway {

// The way out: a forwarder for each upstream, as configured. What is not changed goes on as it is.
class Upstreams {
public:
    // `trace` outlives it.
    Upstreams(store::Store& store, const GatewayConfig& gateway, bridge::TraceTap& trace);

    // In this order; all but apply() on any thread, one at a time. prepare() makes what is new, starts
    // nothing, and tells what is wrong with it: then nothing has changed. part() ends what goes: it may take
    // a second or two for each. apply() starts what is new, each where the one of its name has left off.
    // Errors: those of Forwarder::start(); the others are started all the same, and that one with the next
    // apply(). discard() drops what has parted, or what was prepared and is not wanted.
    std::vector<Error> prepare(const std::vector<UpstreamConfig>& wanted, const std::vector<Rule>& rules);
    void part();
    Result<> apply();
    void discard();

    std::vector<std::string> names() const;
    void stop();
    void retry_now(const std::string& id);
    std::vector<web::UpstreamFacts> facts(const store::StoreState& state) const;
    store::DeadLetters& dead_letters() { return dead_letters_; }

private:
    struct Way {
        std::string name, fingerprint;
        std::unique_ptr<bridge::Forwarder> forwarder;  // none, in what is prepared: the one that there is
    };
    Result<std::unique_ptr<bridge::Forwarder>> make(const UpstreamConfig& upstream,
                                                    const std::vector<Rule>& rules);
    web::UpstreamFacts facts_of(const Way& way, const store::StoreState& state) const;

    store::Store& store_;
    std::string gateway_;
    bridge::TraceTap& trace_;
    store::DeadLetters dead_letters_;
    std::vector<Way> ways_;
    std::vector<Way> wanted_;  // prepared; after apply() what has parted
};

}  // namespace tidegate::gateway
