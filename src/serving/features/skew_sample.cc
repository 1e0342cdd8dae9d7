#include "serving/features/skew_sample.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "base/atomic_file.h"
#include "base/json.h"

namespace coterie::serving {
namespace {

// Members in the order in which they were served.
using Document = nlohmann::ordered_json;

std::string plain_text(const Document& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

ServedValue value_of(const Document& value) {
  if (value.is_null()) return {};
  if (!value.is_array()) return {plain_text(value), value.is_number()};
  std::string text;
  bool numeric = !value.empty();
  for (size_t i = 0; i < value.size(); ++i) {
    if (i > 0) text += kListSeparator;
    text += plain_text(value[i]);
    numeric = numeric && value[i].is_number();
  }
  return {std::move(text), numeric};
}

std::optional<ServedVector> parse_line(std::string_view line) {
  const Document document = Document::parse(line, nullptr, false);
  if (!document.is_object()) return std::nullopt;
  const auto at = document.find("at");
  const auto offset = document.find("log_offset");
  const auto entities = document.find("entities");
  const auto features = document.find("features");
  const auto end = document.end();
  if (at == end || offset == end || entities == end || features == end || !at->is_string() ||
      !offset->is_number_integer() || !entities->is_object() || !features->is_object())
    return std::nullopt;
  const auto moment = parse_utc(at->get<std::string>());
  if (!moment.ok()) return std::nullopt;
  ServedVector vector{.at = *moment, .log_offset = offset->get<int64_t>(), .keys = {}};
  for (const auto& [key, id] : entities->items()) vector.keys.emplace_back(key, plain_text(id));
  for (const auto& [name, value] : features->items())
    vector.features.emplace_back(name, value_of(value));
  return vector;
}

Status read_lines(const std::string& file, std::vector<ServedVector>& out) {
  if (!std::filesystem::exists(file)) return {};
  ASSIGN_OR_RETURN(const std::string text, read_file(file));
  int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == text.npos) return {};
    ++number;
    auto vector = parse_line(std::string_view(text).substr(begin, end - begin));
    if (!vector) {
      return corrupt("this is no served vector")
          .at(file, number)
          .with_mend("remove the file: a running `coterie serve` begins a new one");
    }
    out.push_back(*std::move(vector));
    begin = end + 1;
  }
  return {};
}

}  // namespace

Result<std::vector<ServedVector>> read_served(const std::string& file, size_t limit) {
  std::vector<ServedVector> all;
  RETURN_IF_ERROR(read_lines(file + ".1", all));
  RETURN_IF_ERROR(read_lines(file, all));
  if (all.empty()) {
    return not_found("no served vector has been kept")
        .at(file)
        .with_mend(
            "let `coterie serve --only features` answer requests; --skew-sample says how "
            "many of them are kept");
  }
  if (all.size() > limit) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(limit));
  return all;
}

}  // namespace coterie::serving
