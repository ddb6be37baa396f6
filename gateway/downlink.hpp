#pragma once

#include "base/error.hpp"
#include "bridge/command_desk.hpp"
#include "bridge/command_inlet.hpp"
#include "bridge/command_outlet.hpp"
#include "bridge/session_book.hpp"
#include "gateway/config/config.hpp"
#include "store/command_book.hpp"
#include "web/server/facts.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tidegate::gateway {

// Commands down, as configured: the book, the desk, an inlet and an outlet an upstream that may command, an
// outlet a broker. What is not changed goes on as it is. On the owner's thread but where said.
class Downlink {
public:
    // `sessions` lives longer. Nobody is connected to yet.
    Downlink(const Config& config, bridge::SessionBook& sessions);

    // In this order, at the start and when the configuration changes. prepare() makes what is new and tells
    // what is wrong with it: then nothing has changed. part() puts the rules into effect and ends what
    // goes, and the commands that wait for it: a second or two for each. apply() puts the parts in place and
    // connects. Errors: those of the parts; the others go on, and it is tried again with the next. discard()
    // drops what has parted, or what was prepared and is not wanted. All but apply() on any thread, one at a
    // time.
    std::vector<Error> prepare(const Config& config);
    void part();
    Result<> apply();
    void discard();
    void stop();

    // POST /api/v1/commands; any thread, writes a file.
    Result<store::CommandAdded> take(const std::string& body) { return desk_.take(body, {}); }
    store::CommandBook& book() { return book_; }
    std::vector<web::CommandLinkFacts> links() const;  // any thread

private:
    // To a broker, or from and to an upstream.
    struct Way {
        std::string name, fingerprint;
        bool fresh = false;                               // in what is prepared: not the one that there is
        std::unique_ptr<bridge::CommandOutlet> outlet{};  // none, where it is not fresh
        std::unique_ptr<bridge::CommandInlet> inlet{};    // of an upstream; once it is in effect
        std::optional<bridge::SubscriberOptions> from{};  // of it
    };
    Result<Way> way_to(const BrokerConfig& broker);
    Result<Way> way_from(const Config& config, const UpstreamConfig& upstream);
    bool is_there(const Way& way) const;
    bool stays(const Way& way) const;
    Result<> open_inlet(Way& way);

    std::filesystem::path runtime_directory_;
    bridge::SessionBook& sessions_;
    store::CommandBook book_;
    bridge::CommandDesk desk_;
    bridge::CommandRules rules_;  // prepared
    mutable std::mutex mutex_;    // of which ways there are; links() looks at them from any thread
    std::vector<Way> ways_;
    std::vector<Way> wanted_;  // prepared; after apply() what has parted
};

}  // namespace tidegate::gateway
