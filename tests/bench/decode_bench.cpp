// What understanding a payload costs.
#include "gateway/decode/decoder.hpp"

#include <benchmark/benchmark.h>

namespace tidegate::gateway {
namespace {

void decode_payload(benchmark::State& state, std::string_view payload)
{
    const DecodeLimits limits;
    for (auto _ : state) benchmark::DoNotOptimize(decode(payload, limits));
    state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK_CAPTURE(decode_payload, scalar, "21.5");
BENCHMARK_CAPTURE(decode_payload,
                  json_60_bytes,
                  R"({"temperature":21.5,"humidity":48.2,"battery":97,"ok":true})");
BENCHMARK_CAPTURE(
    decode_payload,
    tasmota,
    R"({"Time":"2026-11-24T05:00:00","AM2301":{"Temperature":20.1,"Humidity":50.3},"TempUnit":"C"})");

}  // namespace
}  // namespace tidegate::gateway
