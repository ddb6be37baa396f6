#include "gateway/decode/value_text.hpp"

#include <fmt/format.h>

namespace tidegate::gateway {

std::string text_of(const store::Value& value)
{
    return std::visit([](const auto& one) { return fmt::format("{}", one); }, value);
}

}  // namespace tidegate::gateway
