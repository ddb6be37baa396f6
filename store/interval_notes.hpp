#pragma once

#include "store/live_table.hpp"
#include "store/notebook.hpp"

namespace tidegate::store {

// How often series are heard, over a restart: what the notebook has goes into the table, before its first
// update; and what the table has learned goes into the notebook, where that differs by more than a fifth.
// `last`: the highest id of a series; beyond it they are of another store.
void recall_intervals(const Notebook& notebook, LiveTable& table, SeriesId last);
void note_intervals(const LiveTable& table, Notebook& notebook);  // any thread

}  // namespace tidegate::store
