#include "expr/arena.h"

#include <algorithm>
#include <utility>

namespace coterie::expr {
namespace {
constexpr size_t kFirstChunk = 4096;
}  // namespace

void Arena::grow(size_t bytes) {
  const size_t last = chunks_.empty() ? kFirstChunk / 2 : chunks_.back().size;
  const size_t size = std::max(last * 2, bytes);
  chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
  next_ = chunks_.back().bytes.get();
  free_ = size;
}

void Arena::reset() {
  if (chunks_.empty()) return;
  if (chunks_.size() > 1) {
    std::swap(chunks_.front(), chunks_.back());
    chunks_.resize(1);
  }
  next_ = chunks_.front().bytes.get();
  free_ = chunks_.front().size;
}

}  // namespace coterie::expr
