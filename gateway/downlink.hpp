#pragma once

#include "base/error.hpp"
#include "bridge/command_desk.hpp"
#include "bridge/command_inlet.hpp"
#include "bridge/command_outlet.hpp"
#include "bridge/session_book.hpp"
#include "gateway/config/config.hpp"
#include "store/command_book.hpp"
#include "web/server/facts.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tidegate::gateway {

// Commands down, as configured: the book, the desk, an inlet and an outlet an upstream that may command, an
// outlet a broker.
class Downlink {
public:
    // `sessions` lives longer. Does not connect yet. Errors: invalid (a filter, a topic), those of the parts.
    static Result<std::unique_ptr<Downlink>> open(const Config& config, bridge::SessionBook& sessions);

    Result<> start();
    void stop();

    // POST /api/v1/commands; any thread, writes a file.
    Result<store::CommandAdded> take(const std::string& body) { return desk_.take(body, {}); }
    store::CommandBook& book() { return book_; }
    std::vector<web::CommandLinkFacts> links() const;  // any thread

private:
    Result<> add_broker(const BrokerConfig& broker);
    Result<> add_upstream(const Config& config,
                          const UpstreamConfig& upstream,
                          bridge::SessionBook& sessions);

    store::CommandBook book_;
    bridge::CommandDesk desk_;
    struct Outlet {
        std::string name, way;  // as CommandLinkFacts has them
        std::unique_ptr<bridge::CommandOutlet> outlet;
    };
    struct Inlet {
        std::string name;
        std::unique_ptr<bridge::CommandInlet> inlet;
    };
    std::vector<Outlet> outlets_;
    std::vector<Inlet> inlets_;

public:
    explicit Downlink(const Config& config);  // for open() alone
};

}  // namespace tidegate::gateway
