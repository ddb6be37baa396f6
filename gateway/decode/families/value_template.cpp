#include "gateway/decode/families/value_template.hpp"

#include "gateway/decode/collector.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tidegate::gateway {

namespace {

constexpr std::size_t longest_template = 2048;
constexpr int deepest = 20;

// The value of an expression: a constant, or factor * payload[pointer] + offset.
struct Linear {
    std::optional<std::string> pointer;
    double factor = 0;  // 0 where it is a constant
    double offset = 0;
    bool exact = true;

    bool constant() const { return !pointer; }
};

bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A reader of the expression between "{{" and "}}" by recursive descent:
//   choice = sum [ "if" … ];  sum = product { +- product };  product = filtered { */ filtered };
//   filtered = primary { "|" filter }
class Expression {
public:
    explicit Expression(std::string_view text) : text_(text) {}

    std::optional<Linear> read()
    {
        auto value = sum(0);
        if (!value) return std::nullopt;
        blanks();
        // "A if CONDITION else B" gives A where the condition is one about A being there.
        if (rest().starts_with("if ") && value->pointer) {
            value->exact = value->exact && rest().find("defined") != std::string_view::npos;
            return value;
        }
        if (!rest().empty()) value->exact = false;
        return value;
    }

private:
    std::string_view rest() const { return text_.substr(at_); }

    void blanks()
    {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r'))
            ++at_;
    }

    bool take(std::string_view what)
    {
        blanks();
        if (!rest().starts_with(what)) return false;
        at_ += what.size();
        return true;
    }

    std::string_view name()
    {
        blanks();
        const auto begin = at_;
        while (at_ < text_.size() && is_name(text_[at_])) ++at_;
        return text_.substr(begin, at_ - begin);
    }

    std::optional<Linear> sum(int depth)
    {
        auto left = product(depth);
        while (left) {
            double sign = 0;
            if (take("+"))
                sign = 1;
            else if (take("-"))
                sign = -1;
            else
                return left;
            const auto right = product(depth);
            if (!right) return std::nullopt;
            left = add(*left, *right, sign);
        }
        return left;
    }

    static std::optional<Linear> add(Linear left, const Linear& right, double sign)
    {
        if (left.pointer && right.pointer) return std::nullopt;  // of two values
        left.offset += sign * right.offset;
        left.factor += sign * right.factor;
        if (right.pointer) left.pointer = right.pointer;
        left.exact = left.exact && right.exact;
        return left;
    }

    std::optional<Linear> product(int depth)
    {
        auto left = filtered(depth);
        while (left) {
            const bool times = take("*");
            if (!times && !take("/")) return left;
            const auto right = filtered(depth);
            if (!right) return std::nullopt;
            left = times ? multiply(*left, *right) : divide(*left, *right);
        }
        return left;
    }

    static std::optional<Linear> multiply(const Linear& left, const Linear& right)
    {
        if (!left.constant() && !right.constant()) return std::nullopt;
        const auto& by = left.constant() ? left : right;
        auto value = left.constant() ? right : left;
        value.factor *= by.offset;
        value.offset *= by.offset;
        return value;
    }

    static std::optional<Linear> divide(Linear left, const Linear& right)
    {
        if (!right.constant() || right.offset == 0) return std::nullopt;
        left.factor /= right.offset;
        left.offset /= right.offset;
        return left;
    }

    std::optional<Linear> filtered(int depth)
    {
        auto value = primary(depth);
        while (value && take("|")) {
            const auto filter = name();
            arguments();
            constexpr std::array<std::string_view, 10> harmless = {
                "float", "int", "round", "default", "d", "string", "trim", "is_defined", "number", "tojson"};
            if (std::find(harmless.begin(), harmless.end(), filter) == harmless.end()) value->exact = false;
        }
        return value;
    }

    // "(…)" after a filter, whatever is in it.
    void arguments()
    {
        if (!take("(")) return;
        for (int open = 1; at_ < text_.size() && open > 0; ++at_) {
            if (text_[at_] == '(') ++open;
            if (text_[at_] == ')') --open;
        }
    }

    std::optional<Linear> primary(int depth)
    {
        if (depth > deepest) return std::nullopt;
        if (take("(")) {
            auto value = sum(depth + 1);
            if (!value || !take(")")) return std::nullopt;
            return value;
        }
        blanks();
        if (at_ < text_.size() && (is_name(text_[at_]) ? text_[at_] <= '9' : text_[at_] == '.'))
            return number();
        if (take("-")) {
            auto value = filtered(depth + 1);
            if (value) value = Linear{value->pointer, -value->factor, -value->offset, value->exact};
            return value;
        }
        const auto word = name();
        if (word == "value") return Linear{std::string(), 1, 0, true};
        if (word == "value_json") return path();
        if (word == "float" || word == "int" || word == "round" || word == "abs") return call(word, depth);
        return std::nullopt;
    }

    std::optional<Linear> call(std::string_view function, int depth)
    {
        if (!take("(")) return std::nullopt;
        auto value = sum(depth + 1);
        if (!value) return std::nullopt;
        if (function == "abs") value->exact = false;
        for (int open = 1; at_ < text_.size() && open > 0; ++at_) {
            if (text_[at_] == '(') ++open;
            if (text_[at_] == ')') --open;
        }
        return value;
    }

    std::optional<Linear> number()
    {
        double value = 0;
        const auto* begin = text_.data() + at_;
        const auto [end, failed] = std::from_chars(begin, text_.data() + text_.size(), value);
        if (failed != std::errc() || !std::isfinite(value)) return std::nullopt;
        at_ += static_cast<std::size_t>(end - begin);
        return Linear{std::nullopt, 0, value, true};
    }

    // .name, ['name'], ["name"], [0], .get('name')
    std::optional<Linear> path()
    {
        std::string pointer;
        for (;;) {
            if (at_ < text_.size() && text_[at_] == '.') {
                ++at_;
                const auto step = name();
                if (step.empty()) return std::nullopt;
                if (step != "get" || !take("(")) {
                    append_step(pointer, step);
                    continue;
                }
                if (!quoted_step(pointer)) return std::nullopt;
                while (at_ < text_.size() && text_[at_] != ')') ++at_;
                take(")");
            } else if (at_ < text_.size() && text_[at_] == '[') {
                ++at_;
                if (!quoted_step(pointer) && !append_index(pointer)) return std::nullopt;
                if (!take("]")) return std::nullopt;
            } else {
                return Linear{std::move(pointer), 1, 0, true};
            }
        }
    }

    bool append_index(std::string& pointer)
    {
        const auto index = name();
        if (index.empty() || index.find_first_not_of("0123456789") != std::string_view::npos) return false;
        append_step(pointer, index);
        return true;
    }

    bool quoted_step(std::string& pointer)
    {
        blanks();
        if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return false;
        const auto end = text_.find(text_[at_], at_ + 1);
        if (end == std::string_view::npos) return false;
        append_step(pointer, text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

std::string_view between(std::string_view text, std::string_view open, std::string_view close)
{
    const auto begin = text.find(open);
    if (begin == std::string_view::npos) return {};
    const auto end = text.find(close, begin + open.size());
    if (end == std::string_view::npos) return {};
    return text.substr(begin + open.size(), end - begin - open.size());
}

// Where nothing else is understood: the first value of the payload that is spoken of.
std::optional<ValueTemplate> first_value(std::string_view text)
{
    const auto begin = text.find("value_json");
    if (begin == std::string_view::npos) return std::nullopt;
    const auto found = Expression(text.substr(begin)).read();
    if (!found || !found->pointer) return std::nullopt;
    return ValueTemplate{*found->pointer, {}, false};
}

}  // namespace

std::optional<ValueTemplate> read_template(std::string_view text)
{
    if (text.size() > longest_template) return std::nullopt;
    const bool statements = text.find("{%") != std::string_view::npos;
    auto inner = between(text, "{{", "}}");
    if (inner.starts_with('-')) inner.remove_prefix(1);
    if (inner.ends_with('-')) inner.remove_suffix(1);
    const auto value = Expression(inner).read();
    if (!value || !value->pointer) return first_value(text);
    const bool guarded = statements && text.find("is defined") != std::string_view::npos &&
                         text.find("{{", text.find("{{") + 2) == std::string_view::npos;
    ValueTemplate known{
        *value->pointer, {value->factor, value->offset}, value->exact && (!statements || guarded)};
    const bool sound = std::isfinite(known.scaling.factor) && std::isfinite(known.scaling.offset) &&
                       known.scaling.factor != 0;
    if (!known.exact || !sound) {
        known.scaling = {};
        known.exact = known.exact && sound;
    }
    return known;
}

}  // namespace tidegate::gateway
