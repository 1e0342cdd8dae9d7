#pragma once
// The texts of sliding windows over kinds of events ("view>view>cart"), each made once: a trie in
// which every window knows the one without its oldest event.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "data/parquet/text_table.h"

namespace coterie::data {

// Not thread-safe. A step costs one lookup, amortised over windows that were met before.
class Trajectories {
 public:
  static constexpr uint32_t kEmpty = 0;  // the window before the first event

  // `kinds` outlives this. Windows of at most `length` events.
  Trajectories(const parquet::TextTable& kinds, int length);
  // The window after an event of this kind; kNullText: an event without kind, which takes a place
  // but shows no text.
  uint32_t step(uint32_t window, uint32_t kind);
  // Code of the window's text in texts(); kNullText for a window without any.
  uint32_t text(uint32_t window) const { return nodes_[window].text; }
  const parquet::TextTable& texts() const { return texts_; }

 private:
  struct Node {
    uint32_t shorter;  // without its oldest event
    int length;
    uint32_t text;
  };
  uint32_t extend(uint32_t window, uint32_t kind);

  const parquet::TextTable& kinds_;
  int length_;
  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, uint32_t> children_;  // window and kind -> window
  parquet::TextTable texts_;
};

}  // namespace coterie::data
