#include "store/bits.hpp"
#include "store/bytes.hpp"
#include "store/chunk_block.hpp"
#include "store/chunk_codec.hpp"
#include "store/decimals.hpp"
#include "store/xor_code.hpp"

#include <algorithm>
#include <bitset>

namespace tidegate::store {

namespace {

using namespace chunk;

bool read_flags(std::span<Point> points, BitReader& in)
{
    for (std::size_t i = 0; i < points.size();) {
        const auto flags = static_cast<std::uint8_t>(in.get(8));
        const auto length = in.get(8) + 1;
        if (length > points.size() - i) return false;
        for (const auto end = i + length; i < end; ++i) points[i].flags = flags;
    }
    return true;
}

void read_reals(std::span<Point> points, BitReader& in)
{
    XorCode code;
    for (auto& point : points) point.value = code.get(in);
}

// One chunk's bytes on their way back to points.
class Decoder {
public:
    Decoder(std::string_view bytes, std::int64_t base_ms, std::size_t most)
        : in_(bytes),
          model_(base_ms),
          most_(most),
          text_left_(block_points * bytes.size())
    {
    }

    // None: all blocks are read.
    const char* block(std::vector<Point>& points);
    bool done() const { return in_.left() == 0; }

private:
    struct Head {
        std::uint8_t kind = 0, values = 0, times = 0, decimals = 0, marks = 0;
        bool flags = false;
        std::size_t count = block_points;
    };

    const char* head(Head& head, std::vector<std::string_view>& words);
    void times(std::span<Point> points, std::uint8_t predictor, BitReader& bits);
    const char* values(std::span<Point> points,
                       const Head& head,
                       std::span<const std::string_view> words,
                       BitReader& bits);

    ByteReader in_;
    ChunkModel model_;
    std::size_t most_;
    // Bytes of text that may still be made, so that a short input does not fill the memory: a block has each
    // of its words once, and at most all of its points are the same one.
    std::size_t text_left_;
};

const char* Decoder::head(Head& head, std::vector<std::string_view>& words)
{
    const auto first = in_.byte();
    head.kind = first & ((1U << kind_width) - 1);
    head.values = first >> 3U & 3U;
    head.times = first >> 5U & 3U;
    if (head.kind > text || head.times >= ChunkModel::times) return "kind";
    const auto second = in_.byte();
    head.decimals = second & 15U;
    head.marks = second >> 4U & 3U;
    head.flags = (second & flags_follow) != 0;
    const auto most_decimals = head.kind == decimal ? powers_of_ten.size() - 1 : 0;
    if (head.decimals > most_decimals || head.marks > (head.kind == decimal ? marked : no_integer))
        return "decimals";
    if ((second & count_follows) != 0) head.count = std::size_t{in_.byte()} + 1;
    if ((first & step_follows) != 0) {
        const auto step = plus(model_.step_ms(), in_.signed_varint());
        if (step < 0 || step > longest_step) return "interval";
        model_.set_step(step);
    }
    if (head.kind == text) {
        const auto count = in_.varint();
        if (count > block_points) return "words";
        for (std::size_t i = 0; i < count; ++i) words.push_back(in_.text());
    }
    return nullptr;
}

void Decoder::times(std::span<Point> points, std::uint8_t predictor, BitReader& bits)
{
    Residuals misses;
    read_residuals(std::span(misses).first(points.size()), bits);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto time =
            plus(model_.next_time(static_cast<ChunkModel::Time>(predictor)), unzigzag(misses[i]));
        model_.saw_time(time);
        points[i].time_ms = time;
    }
}

const char* Decoder::values(std::span<Point> points,
                            const Head& head,
                            std::span<const std::string_view> words,
                            BitReader& bits)
{
    std::bitset<block_points> marks;
    if (head.marks == marked)
        for (std::size_t i = 0; i < points.size(); ++i) marks[i] = bits.get(1) != 0;
    if (head.kind == real) {
        read_reals(points, bits);
        return nullptr;
    }
    model_.set_class(class_of(head.kind, head.decimals));
    Residuals misses;
    read_residuals(std::span(misses).first(points.size()), bits);
    const auto by = static_cast<ChunkModel::Number>(head.values);
    const auto divisor = powers_of_ten[head.decimals];
    const auto whole = static_cast<std::int64_t>(divisor);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto number = plus(model_.next_number(by), unzigzag(misses[i]));
        model_.saw_number(number);
        auto& value = points[i].value;
        if (head.kind == boolean) {
            value = number != 0;
        } else if (head.kind == integer) {
            value = number;
        } else if (head.kind == text) {
            if (wide(number) >= words.size()) return "word";
            const auto word = words[wide(number)];
            if (word.size() > text_left_) return "too much text";
            text_left_ -= word.size();
            value = std::string(word);
        } else {
            const bool is_integer = head.marks == whole_is_integer ? number % whole == 0
                                    : head.marks == marked         ? marks[i]
                                                                   : false;
            if (is_integer)
                value = number / whole;
            else
                value = static_cast<double>(number) / divisor;
        }
    }
    return nullptr;
}

const char* Decoder::block(std::vector<Point>& points)
{
    Head head;
    std::vector<std::string_view> words;
    if (const auto* wrong = this->head(head, words)) return wrong;
    if (in_.failed()) return "head";
    const auto count = head.count;
    if (count > most_) return "more points than stated";
    most_ -= count;

    const auto before = points.size();
    points.resize(before + count);
    const std::span fresh = std::span(points).subspan(before);
    BitReader bits(in_.rest());
    times(fresh, head.times, bits);
    if (head.flags && !read_flags(fresh, bits)) return "flags";
    if (const auto* wrong = values(fresh, head, words, bits)) return wrong;
    if (bits.failed()) return "length";
    in_.take(bits.bytes_read());
    return nullptr;
}

}  // namespace

Result<> decode_chunk(std::string_view bytes,
                      std::int64_t base_ms,
                      std::size_t most,
                      std::vector<Point>& points)
{
    Decoder decoder(bytes, base_ms, most);
    while (!decoder.done())
        if (const auto* wrong = decoder.block(points))
            return Error{ErrorKind::corrupt, std::string("chunk: ") + wrong};
    return {};
}

}  // namespace tidegate::store
