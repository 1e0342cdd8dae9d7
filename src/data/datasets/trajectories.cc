#include <string>

#include "data/datasets/trajectories_internal.h"
#include "data/parquet/parquet_file.h"

namespace coterie::data {

Trajectories::Trajectories(const parquet::TextTable& kinds, int length)
    : kinds_(kinds), length_(length), nodes_{{kEmpty, 0, parquet::kNullText}} {}

uint32_t Trajectories::step(uint32_t window, uint32_t kind) {
  const Node& node = nodes_[window];
  return extend(node.length == length_ ? node.shorter : window, kind);
}

uint32_t Trajectories::extend(uint32_t window, uint32_t kind) {
  const uint64_t key = uint64_t{window} << 32 | kind;
  if (const auto found = children_.find(key); found != children_.end()) return found->second;
  const uint32_t shorter = window == kEmpty ? kEmpty : extend(nodes_[window].shorter, kind);
  Node node{shorter, nodes_[window].length + 1, nodes_[window].text};
  if (kind != parquet::kNullText) {
    std::string text;
    if (node.text != parquet::kNullText) text = std::string(texts_.at(node.text)) + ">";
    text += kinds_.at(kind);
    node.text = texts_.add(text);
  }
  const auto made = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back(node);
  children_.emplace(key, made);
  return made;
}

}  // namespace coterie::data
