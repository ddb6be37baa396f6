#include "firmware-sim/account.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <fmt/format.h>

namespace tidegate::sim {

namespace {

double rounded(double value, int decimals)
{
    const double scale = std::pow(10.0, decimals);
    return std::round(value * scale) / scale;
}

}  // namespace

double Account::rate() const
{
    return seconds > 0 ? static_cast<double>(acknowledged) / seconds : 0;
}

double Account::cpu_us_per_message() const
{
    return acknowledged > 0 ? cpu_seconds * 1e6 / static_cast<double>(acknowledged) : 0;
}

std::string as_text(const Account& account)
{
    return fmt::format(
        "published {}, acknowledged {}, failed {} in {:.1f} s ({:.0f}/s); repeated {}, reconnects {}\n"
        "acknowledged after {:.1f} ms (median), {:.1f} ms (99 %), {:.1f} ms (longest); {:.1f} us of CPU a "
        "message\n",
        account.published, account.acknowledged, account.failed(), account.seconds, account.rate(),
        account.repeated, account.reconnects, account.puback.quantile_ms(0.5),
        account.puback.quantile_ms(0.99), account.puback.longest_ms(), account.cpu_us_per_message());
}

std::string as_json(const Account& account)
{
    const nlohmann::ordered_json out = {
        {"published", account.published},
        {"acknowledged", account.acknowledged},
        {"failed", account.failed()},
        {"repeated", account.repeated},
        {"reconnects", account.reconnects},
        {"seconds", rounded(account.seconds, 3)},
        {"rate", rounded(account.rate(), 1)},
        {"puback_p50_ms", rounded(account.puback.quantile_ms(0.5), 3)},
        {"puback_p99_ms", rounded(account.puback.quantile_ms(0.99), 3)},
        {"puback_max_ms", rounded(account.puback.longest_ms(), 3)},
        {"cpu_seconds", rounded(account.cpu_seconds, 3)},
        {"cpu_us_per_message", rounded(account.cpu_us_per_message(), 2)},
    };
    return out.dump() + "\n";
}

}  // namespace tidegate::sim
