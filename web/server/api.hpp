#pragma once

#include "store/store.hpp"
#include "web/server/facts.hpp"
#include "web/server/gateway_view.hpp"
#include "web/server/request.hpp"
#include "web/server/static_files.hpp"

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

namespace tidegate::web {

class CertificateKeeper;
class Export;

// What the handlers stand on. Owned by the Server.
struct Api {
    store::Store& store;
    const Facts& facts;
    GatewayView& gateway;  // web thread only
    const StaticFiles& files;
    const std::string& run;  // of the gateway, in which ids of series are what they are
    const CertificateKeeper* certificates = nullptr;  // none: plain HTTP
};

// One function an endpoint (docs/api.md); the router says on which thread each runs.
Reply get_health(const Api& api, const Request& request, std::stop_token stop);
Reply get_readiness(const Api& api, const Request& request, std::stop_token stop);
Reply get_metrics(const Api& api, const Request& request, std::stop_token stop);
Reply get_gateway(const Api& api, const Request& request, std::stop_token stop);
Reply get_books(const Api& api, const Request& request, std::stop_token stop);
Reply get_upstreams(const Api& api, const Request& request, std::stop_token stop);
Reply post_upstream_retry(const Api& api, const Request& request, std::stop_token stop);
Reply get_dead_letters(const Api& api, const Request& request, std::stop_token stop);
Reply post_dead_letters(const Api& api, const Request& request, std::stop_token stop);
Reply get_series(const Api& api, const Request& request, std::stop_token stop);
Reply get_history(const Api& api, const Request& request, std::stop_token stop);
Reply get_devices(const Api& api, const Request& request, std::stop_token stop);
Reply get_gaps(const Api& api, const Request& request, std::stop_token stop);
Reply get_alarms(const Api& api, const Request& request, std::stop_token stop);
Reply post_acknowledgement(const Api& api, const Request& request, std::stop_token stop);
Reply get_alarm_rules(const Api& api, const Request& request, std::stop_token stop);
Reply get_configuration(const Api& api, const Request& request, std::stop_token stop);
Reply get_timeline(const Api& api, const Request& request, std::stop_token stop);
Reply get_messages(const Api& api, const Request& request, std::stop_token stop);
Reply get_rejected_messages(const Api& api, const Request& request, std::stop_token stop);
Reply post_decode(const Api& api, const Request& request, std::stop_token stop);
Reply get_controls(const Api& api, const Request& request, std::stop_token stop);
Reply get_commands(const Api& api, const Request& request, std::stop_token stop);
Reply post_command(const Api& api, const Request& request, std::stop_token stop);
Reply post_trace(const Api& api, const Request& request, std::stop_token stop);
Reply get_trace(const Api& api, const Request& request, std::stop_token stop);
Reply get_openapi(const Api& api, const Request& request, std::stop_token stop);
std::string_view openapi_text();                                               // web/server/openapi.json
Reply get_live(const Api& api, const Request& request, std::stop_token stop);  // without an upgrade: says how
Reply get_authority(const Api& api, const Request& request, std::stop_token stop);
Reply get_file(const Api& api, const Request& request, std::stop_token stop);
Reply get_session(const Api& api, const Request& request, std::stop_token stop);
Reply post_session(const Api& api, const Request& request, std::stop_token stop);
Reply delete_session(const Api& api, const Request& request, std::stop_token stop);
Reply post_password(const Api& api, const Request& request, std::stop_token stop);
Reply get_setup(const Api& api, const Request& request, std::stop_token stop);
Reply post_setup(const Api& api, const Request& request, std::stop_token stop);
Reply get_users(const Api& api, const Request& request, std::stop_token stop);
Reply post_user(const Api& api, const Request& request, std::stop_token stop);
Reply patch_user(const Api& api, const Request& request, std::stop_token stop);
Reply delete_user(const Api& api, const Request& request, std::stop_token stop);
Reply delete_user_sessions(const Api& api, const Request& request, std::stop_token stop);
Reply get_tokens(const Api& api, const Request& request, std::stop_token stop);
Reply post_token(const Api& api, const Request& request, std::stop_token stop);
Reply delete_token(const Api& api, const Request& request, std::stop_token stop);
Reply get_audit(const Api& api, const Request& request, std::stop_token stop);

// The answer's head, and behind it what gives its body piece by piece (web/server/export.hpp); a problem
// without it.
Reply open_export(const Api& api, const Request& request, std::unique_ptr<Export>& opened);

}  // namespace tidegate::web
