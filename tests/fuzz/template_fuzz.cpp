// Hostile templates.
#include "gateway/decode/families/value_template.hpp"

#include <cmath>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto read = tidegate::gateway::read_template({reinterpret_cast<const char*>(data), size});
    if (read && (!std::isfinite(read->scaling.factor) || read->scaling.factor == 0)) std::abort();
    return 0;
}
