// Hostile bytes for the commit groups of the log. The checksum is put right first, or nothing behind it would
// ever be reached.
#include "store/batch_codec.hpp"
#include "store/checksum.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

using namespace tidegate::store;

namespace {

constexpr std::uint64_t last_seq = 1'000'000;

bool same(const Record& a, const Record& b)
{
    return a.seq == b.seq && a.reading.series == b.reading.series &&
           Point{a.reading.time_ms, a.reading.value, a.reading.flags} ==
               Point{b.reading.time_ms, b.reading.value, b.reading.flags};
}

void must_come_back(const DecodedBatch& batch)
{
    std::vector<Reading> readings;
    for (const auto& record : batch.records) readings.push_back(record.reading);
    const auto again = decode_batch(encode_batch(readings, last_seq, batch.clock), last_seq);
    if (!again || !std::equal(again->records.begin(), again->records.end(), batch.records.begin(),
                              batch.records.end(), same))
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string body(reinterpret_cast<const char*>(data), size);
    const auto* key = reinterpret_cast<const char*>(&last_seq);
    const auto checksum = crc32c(body, crc32c({key, sizeof last_seq}));
    std::string blob(reinterpret_cast<const char*>(&checksum), sizeof checksum);
    if (const auto batch = decode_batch(blob + body, last_seq)) must_come_back(*batch);
    return 0;
}
