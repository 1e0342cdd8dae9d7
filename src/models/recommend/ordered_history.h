#pragma once
// Who met what in which order: what models of sequences read beside the interactions.

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace coterie::recommend {

// Rows are users as in the interactions; a row holds its events from the oldest to the newest. An
// item may stand in a row several times.
struct OrderedHistory {
  std::vector<int64_t> offsets = {0};  // users + 1
  std::vector<int32_t> items;
  std::vector<uint8_t> starts;  // 1: a session begins with this event
  // How long before the newest event of all, as a share of the time that all cover; may be empty.
  std::vector<float> ages;

  int32_t rows() const { return static_cast<int32_t>(offsets.size()) - 1; }
  std::span<const int32_t> row_items(int32_t user) const {
    return {items.data() + offsets[user], static_cast<size_t>(offsets[user + 1] - offsets[user])};
  }
  std::span<const uint8_t> row_starts(int32_t user) const {
    return {starts.data() + offsets[user], static_cast<size_t>(offsets[user + 1] - offsets[user])};
  }
};

// kInvalidInput unless there are at least `users` rows, items are not negative, ages from 0 to 1
// and lengths agree.
Status check_order(const OrderedHistory& order, int32_t users);

}  // namespace coterie::recommend
