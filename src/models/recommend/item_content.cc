#include "models/recommend/item_content.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/text_map.h"
#include "base/text_parts.h"
#include "text/tf_idf.h"

namespace coterie::recommend {
namespace {

// Bumps are cut off where they are this many widths away from their centre.
constexpr double kReach = 3.5;
// The grid has never more points: what is further out is as if it were at its end.
constexpr double kMostBumps = 4096;

// Rows of one-hot elements, told apart by their text.
class OneHot {
 public:
  void add(std::string_view element) {
    const auto found = codes_.find(element);
    const int32_t code =
        found == codes_.end()
            ? codes_.emplace(element, static_cast<int32_t>(codes_.size())).first->second
            : found->second;
    row_.push_back(code);
  }
  void end_row() {
    std::sort(row_.begin(), row_.end());
    row_.erase(std::unique(row_.begin(), row_.end()), row_.end());
    const auto value = row_.empty() ? 0.0 : 1 / std::sqrt(static_cast<double>(row_.size()));
    matrix_.indices.insert(matrix_.indices.end(), row_.begin(), row_.end());
    matrix_.values.insert(matrix_.values.end(), row_.size(), static_cast<float>(value));
    matrix_.offsets.push_back(static_cast<int64_t>(matrix_.indices.size()));
    ++matrix_.rows;
    row_.clear();
  }
  math::Csr take() {
    matrix_.cols = static_cast<int32_t>(codes_.size());
    return std::move(matrix_);
  }

 private:
  TextMap<int32_t> codes_;
  std::vector<int32_t> row_;
  math::Csr matrix_{.rows = 0, .cols = 0, .offsets = {0}, .indices = {}, .values = {}};
};

math::Csr encode_labels(const std::vector<std::string>& texts) {
  OneHot rows;
  for (const std::string& text : texts) {
    if (const std::string_view label = trimmed(text); !label.empty()) rows.add(label);
    rows.end_row();
  }
  return rows.take();
}

// Every prefix of 'Women > Shirts': 'Women' and 'Women>Shirts'.
void add_path(std::string_view path, OneHot& rows) {
  std::string prefix;
  while (!path.empty()) {
    const size_t end = std::min(path.find('>'), path.size());
    const std::string_view level = trimmed(path.substr(0, end));
    if (!level.empty()) {
      if (!prefix.empty()) prefix += '>';
      prefix += level;
      rows.add(prefix);
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
}

math::Csr encode_categories(const std::vector<std::string>& texts) {
  OneHot rows;
  for (const std::string& text : texts) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('|'), rest.size());
      add_path(rest.substr(0, end), rows);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    rows.end_row();
  }
  return rows.take();
}

struct Spread {
  double low = 0, high = 0, deviation = 0;
};

Spread spread_of(const std::vector<double>& numbers) {
  double count = 0;
  double sum = 0;
  Spread spread{.low = INFINITY, .high = -INFINITY};
  for (const double number : numbers) {
    if (!std::isfinite(number)) continue;
    ++count;
    sum += number;
    spread.low = std::min(spread.low, number);
    spread.high = std::max(spread.high, number);
  }
  double squares = 0;
  for (const double number : numbers) {
    if (std::isfinite(number)) squares += (number - sum / count) * (number - sum / count);
  }
  spread.deviation = count > 0 ? std::sqrt(squares / count) : 0;
  return spread;
}

// Bumps of width h at distances h: the product of those of two numbers apart by Δ is, but for one
// part in ten thousand, proportional to exp(-Δ² / (4 h²)).
math::Csr encode_numbers(const std::vector<double>& numbers) {
  const Spread spread = spread_of(numbers);
  math::Csr matrix{.rows = static_cast<int32_t>(numbers.size()),
                   .cols = 0,
                   .offsets = {0},
                   .indices = {},
                   .values = {}};
  const double width = spread.deviation / 2 / std::sqrt(2.0);
  const bool varied = width > 0 && std::isfinite(width);
  for (const double number : numbers) {
    if (varied && std::isfinite(number)) {
      const double place = std::min((number - spread.low) / width, kMostBumps) + kReach;
      const auto first = static_cast<int32_t>(std::ceil(place - kReach));
      const auto last = static_cast<int32_t>(std::floor(place + kReach));
      double squares = 0;
      for (int32_t at = first; at <= last; ++at) squares += std::exp(-(place - at) * (place - at));
      for (int32_t at = first; at <= last; ++at) {
        const double bump = std::exp(-(place - at) * (place - at) / 2) / std::sqrt(squares);
        matrix.indices.push_back(at);
        matrix.values.push_back(static_cast<float>(bump));
        matrix.cols = std::max(matrix.cols, at + 1);
      }
    }
    matrix.offsets.push_back(static_cast<int64_t>(matrix.indices.size()));
  }
  return matrix;
}

std::vector<double> logarithms(const std::vector<double>& prices) {
  std::vector<double> logs;
  logs.reserve(prices.size());
  for (const double price : prices) logs.push_back(price > 0 ? std::log(price) : NAN);
  return logs;
}

Status encode_embeddings(const ContentColumn& column, int32_t items, ContentBlock& block) {
  block.dimensions = column.dimensions;
  block.dense = column.embeddings;
  for (int64_t item = 0; item < items; ++item) {
    float* row = block.dense.data() + item * column.dimensions;
    double squares = 0;
    for (int j = 0; j < column.dimensions; ++j) squares += double{row[j]} * row[j];
    if (!std::isfinite(squares)) {
      return invalid_input(fmt::format("the embedding of item {} is not finite", item))
          .in_table("", column.name);
    }
    if (squares == 0) continue;
    for (int j = 0; j < column.dimensions; ++j) {
      row[j] = static_cast<float>(row[j] / std::sqrt(squares));
    }
  }
  return {};
}

size_t cells_of(const ContentColumn& column) {
  switch (column.kind) {
    case ContentKind::kPrice:
    case ContentKind::kAge:
      return column.numbers.size();
    case ContentKind::kEmbedding:
      if (column.dimensions == 0) return static_cast<size_t>(column.items);
      return column.embeddings.size() / static_cast<size_t>(column.dimensions);
    default:
      return column.texts.size();
  }
}

Result<ContentBlock> encode_column(const ContentColumn& column, int32_t items) {
  if (cells_of(column) != static_cast<size_t>(items)) {
    return invalid_input(fmt::format("{} cells for {} items", cells_of(column), items))
        .in_table("", column.name);
  }
  ContentBlock block{
      .kind = column.kind, .name = column.name, .sparse = {}, .dimensions = 0, .dense = {}};
  switch (column.kind) {
    case ContentKind::kName:
    case ContentKind::kDescription:
      block.sparse = text::tf_idf(column.texts, {}).weights;
      break;
    case ContentKind::kCategory:
      block.sparse = encode_categories(column.texts);
      break;
    case ContentKind::kAttribute:
    case ContentKind::kColour:
      block.sparse = encode_labels(column.texts);
      break;
    case ContentKind::kPrice:
      block.sparse = encode_numbers(logarithms(column.numbers));
      break;
    case ContentKind::kAge:
      block.sparse = encode_numbers(column.numbers);
      break;
    case ContentKind::kEmbedding:
      RETURN_IF_ERROR(encode_embeddings(column, items, block));
      break;
  }
  return block;
}

// One element that all have, or none at all, says nothing.
bool tells_apart(const ContentBlock& block) {
  if (block.kind == ContentKind::kEmbedding) {
    return std::any_of(block.dense.begin(), block.dense.end(), [](float v) { return v != 0; });
  }
  if (block.sparse.entries() == 0) return false;
  return block.sparse.cols > 1 || block.sparse.entries() < block.sparse.rows;
}

std::optional<double> number_of(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "[0.1, -2]".
std::optional<std::vector<float>> numbers_of(std::string_view text) {
  text = trimmed(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::vector<float> values;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const auto value = number_of(text.substr(begin, end - begin));
    if (!value) return std::nullopt;
    values.push_back(static_cast<float>(*value));
    begin = end + 1;
  }
  return values;
}

Status set_embedding(ContentColumn& column, int32_t item, std::string_view text) {
  const auto values = numbers_of(text);
  if (!values) {
    return invalid_input(fmt::format("'{}' is no list of numbers", text.substr(0, 40)))
        .with_mend("write embeddings as [0.1, -2, 3.5]");
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(*values, finite)) {
    return invalid_input("an embedding has a number that is not finite")
        .with_mend("leave the embedding out, or write finite numbers");
  }
  if (column.dimensions == 0) {
    column.dimensions = static_cast<int>(values->size());
    column.embeddings.assign(static_cast<size_t>(column.items) * values->size(), 0.0F);
  }
  if (static_cast<size_t>(column.dimensions) != values->size()) {
    return invalid_input(fmt::format("an embedding of {} numbers, the first has {}", values->size(),
                                     column.dimensions));
  }
  std::copy(values->begin(), values->end(),
            column.embeddings.begin() + int64_t{item} * column.dimensions);
  return {};
}

}  // namespace

const std::vector<std::string>& content_kind_names() {
  static const std::vector<std::string> names = {"name",   "description", "category", "attribute",
                                                 "colour", "price",       "age",      "embedding"};
  return names;
}

ContentColumn empty_column(ContentKind kind, std::string name, int32_t items) {
  ContentColumn column;
  column.kind = kind;
  column.name = std::move(name);
  column.items = items;
  const auto count = static_cast<size_t>(items);
  if (kind == ContentKind::kPrice || kind == ContentKind::kAge) {
    column.numbers.assign(count, std::numeric_limits<double>::quiet_NaN());
  } else if (kind != ContentKind::kEmbedding) {
    column.texts.resize(count);
  }
  return column;
}

Status set_cell(ContentColumn& column, int32_t item, std::string_view text) {
  if (text.empty()) return {};
  if (column.kind == ContentKind::kEmbedding) return set_embedding(column, item, text);
  if (column.kind == ContentKind::kPrice || column.kind == ContentKind::kAge) {
    const auto number = number_of(text);
    if (!number) return invalid_input(fmt::format("'{}' is not a number", text));
    column.numbers[item] = *number;
    return {};
  }
  column.texts[item] = text;
  return {};
}

bool ContentBlocks::has(ContentKind kind) const {
  return std::any_of(blocks.begin(), blocks.end(),
                     [kind](const ContentBlock& block) { return block.kind == kind; });
}

Result<std::shared_ptr<const ContentBlocks>> encode_content(const ItemContent& content) {
  auto encoded = std::make_shared<ContentBlocks>();
  encoded->items = content.items;
  for (const ContentColumn& column : content.columns) {
    ASSIGN_OR_RETURN(ContentBlock block, encode_column(column, content.items));
    if (tells_apart(block)) encoded->blocks.push_back(std::move(block));
  }
  return std::shared_ptr<const ContentBlocks>(std::move(encoded));
}

}  // namespace coterie::recommend
