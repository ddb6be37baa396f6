#pragma once

#include <cstddef>
#include <span>

namespace tidegate::store {

// The page size with which a table of rows of such bodies (bytes), in this order, makes the smallest file.
// Rows that nearly fill a page leave much of it empty, small files with large pages are mostly empty pages;
// so no one size is right for a thousand series a minute and ten a second. No rows: the usual one.
int best_page_size(std::span<const std::size_t> bodies);

}  // namespace tidegate::store
