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
    auto text = fmt::format(
        "published {}, acknowledged {}, failed {} in {:.1f} s ({:.0f}/s); repeated {}, reconnects {}\n"
        "acknowledged after {:.1f} ms (median), {:.1f} ms (90 %), {:.1f} ms (99 %), {:.1f} ms (99.9 %), "
        "{:.1f} ms "
        "(longest)\n{:.1f} MB of payloads; {:.1f} us of CPU a message\n",
        account.published, account.acknowledged, account.failed(), account.seconds, account.rate(),
        account.repeated, account.reconnects, account.puback.quantile_ms(0.5),
        account.puback.quantile_ms(0.9), account.puback.quantile_ms(0.99), account.puback.quantile_ms(0.999),
        account.puback.longest_ms(), static_cast<double>(account.bytes) / 1e6, account.cpu_us_per_message());
    if (account.faults.empty()) return text;
    text += "faults:";
    for (const auto& [name, count] : account.faults) text += fmt::format(" {} {}", name, count);
    return text + "\n";
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
        {"payload_bytes", account.bytes},
        {"faults", account.faults},
        {"puback_p50_ms", rounded(account.puback.quantile_ms(0.5), 3)},
        {"puback_p90_ms", rounded(account.puback.quantile_ms(0.9), 3)},
        {"puback_p99_ms", rounded(account.puback.quantile_ms(0.99), 3)},
        {"puback_p999_ms", rounded(account.puback.quantile_ms(0.999), 3)},
        {"puback_max_ms", rounded(account.puback.longest_ms(), 3)},
        {"cpu_seconds", rounded(account.cpu_seconds, 3)},
        {"cpu_us_per_message", rounded(account.cpu_us_per_message(), 2)},
    };
    return out.dump() + "\n";
}

}  // namespace tidegate::sim
