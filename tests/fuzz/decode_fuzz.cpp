// Hostile payloads.
#include "gateway/decode/decoder.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    tidegate::gateway::DecodeLimits limits;
    limits.fields = 100;
    const auto decoded = tidegate::gateway::decode({reinterpret_cast<const char*>(data), size}, limits);
    if (decoded.fields.size() > limits.fields) std::abort();
    if (decoded.rejected.has_value() != decoded.fields.empty()) std::abort();
    return 0;
}
