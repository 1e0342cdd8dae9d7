#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "features/shipped/set_writer_internal.h"

namespace coterie::features {
namespace {

constexpr size_t kLineWidth = 100;

// Words with commas, broken into lines: the first begins with `open`, the others with `next`.
std::string wrapped(const std::vector<std::string>& words, std::string_view open,
                    std::string_view next, std::string_view close) {
  std::string text(open);
  size_t width = next.size();
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = words[i] + (i + 1 < words.size() ? "," : std::string(close));
    if (i > 0 && width + 1 + word.size() > kLineWidth) {
      text += fmt::format("\n{}", next);
      width = next.size();
    } else if (i > 0) {
      text += ' ';
      ++width;
    }
    text += word;
    width += word.size();
  }
  return text;
}

std::vector<std::string> numbers_of(const TemplateBlock& block) {
  std::vector<std::string> numbers;
  for (const std::string& need : block.needs) {
    if (!need.starts_with('*')) continue;
    size_t begin = 1;
    while (begin < need.size()) {
      const size_t end = std::min(need.find(',', begin), need.size());
      numbers.push_back(need.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return numbers.empty() ? std::vector<std::string>{""} : numbers;
}

// "# ---- customer: ..." begins what is about customers.
std::string section_of(const std::string& text) {
  const size_t at = text.find("# ---- ");
  if (at == std::string::npos) return "";
  return text.substr(at + 7, text.find(':', at) - at - 7);
}

bool is_feature(std::string_view text) {
  return !word_behind(text, "entity").empty() || !word_behind(text, "of").empty() ||
         text.find("transformation:") != std::string_view::npos;
}

}  // namespace

SetWriter::SetWriter(const ProjectTables& tables, const std::vector<std::string>& entities,
                     TemplateValues values, const SetWriter* before)
    : tables_(tables), entities_(entities), before_(before), values_(std::move(values)) {}

void SetWriter::add(std::string_view text) {
  for (const TemplateBlock& block : template_blocks(text)) {
    if (!block.definition) {
      add_text(block.text);
      continue;
    }
    for (const std::string& number : numbers_of(block)) {
      values_["w"] = number;
      add_definition(block);
    }
  }
  flush_left_out();
}

std::string SetWriter::take() {
  while (out_.ends_with("\n\n")) out_.pop_back();
  return std::move(out_);
}

void SetWriter::add_text(const std::string& text) {
  flush_left_out();
  section_ = section_of(text);
  if (!wants(section_)) return;
  out_ += fill_block(text, tables_, values_);
  const size_t line = out_.rfind('\n', out_.size() - 2) + 1;
  const bool heading = out_[line] != '#' && out_.ends_with(":\n");
  if (!heading) out_ += '\n';
}

bool SetWriter::wants(const std::string& entity) const {
  return entity.empty() || entities_.empty() ||
         std::ranges::find(entities_, entity) != entities_.end();
}

void SetWriter::add_definition(const TemplateBlock& block) {
  set_members(block);
  const std::string text = fill_block(block.text, tables_, values_);
  const std::string name = definition_name(text);
  if (!wants(section_)) return;
  if (const auto reason = missing(block, text)) {
    missing_.emplace(name, *reason);
    if (!reason->empty() && is_feature(text)) leave_out(name, *reason);
    return;
  }
  flush_left_out();
  missing_.erase(name);
  taken_.insert(name);
  if (is_feature(text)) ++feature_count_;
  if (const std::string source = word_behind(text, "source"); !source.empty()) {
    sources_.insert(source);
  }
  for (const std::string& need : block.needs) {
    if (need.starts_with('@')) members_[need.substr(1)].push_back(name);
  }
  const bool source = text.find("table: ") != text.npos || text.find("sql: ") != text.npos;
  if (!source || before_ == nullptr || before_->sources_.contains(name)) out_ += text + "\n";
}

void SetWriter::set_members(const TemplateBlock& block) {
  for (const std::string& need : block.needs) {
    if (need.starts_with('%')) {
      values_["members"] = wrapped(members_[need.substr(1)], "[", "       ", "]");
    }
  }
}

std::optional<std::string> SetWriter::missing(const TemplateBlock& block,
                                              std::string_view text) const {
  for (const std::string& need : block.needs) {
    if (const auto reason = missing_need(need)) return reason;
  }
  for (const char* key : {"source", "of"}) {
    const std::string name = word_behind(text, key);
    if (!name.empty()) {
      if (const auto reason = missing_definition(name)) return reason;
    }
  }
  return std::nullopt;
}

std::optional<std::string> SetWriter::missing_definition(const std::string& name) const {
  if (taken_.contains(name)) return std::nullopt;
  const auto reason = missing_.find(name);
  return reason == missing_.end() ? name + " is left out" : reason->second;
}

std::optional<std::string> SetWriter::missing_need(const std::string& need) const {
  const std::string rest = need.substr(1);
  switch (need.front()) {
    case '@':
    case '*':
      return std::nullopt;
    case '%': {
      const auto members = members_.find(rest);
      return members == members_.end() || members->second.empty() ? std::optional<std::string>("")
                                                                  : std::nullopt;
    }
    case '=':
      return missing_definition(rest);
    case '!':
      return taken_.contains(rest.substr(1)) ? std::optional<std::string>("") : std::nullopt;
    case '^':
      return wants(rest) ? std::nullopt : std::optional<std::string>("");
    case '~':
      if (tables_.event_kinds.contains(rest)) return std::nullopt;
      return fmt::format("there are no events of kind {}", rest);
    case '$':
      if (!values_.at(rest).empty()) return std::nullopt;
      return rest == "category" ? "table items has no category" : "no kind of event has a weight";
    default:
      return missing_column(need);
  }
}

std::optional<std::string> SetWriter::missing_column(const std::string& name) const {
  if (has_column(tables_, name)) return std::nullopt;
  const size_t dot = name.find('.');
  const std::string table = name.substr(0, dot);
  if (!has_column(tables_, table)) return fmt::format("the project has no {}", table);
  return fmt::format("table {} has no column {}", table, name.substr(dot + 1));
}

void SetWriter::leave_out(const std::string& name, const std::string& reason) {
  const bool taken = before_ != nullptr && before_->taken_.contains(name);
  if (taken || !told_.insert(name).second) return;
  if (reason != left_out_reason_) flush_left_out();
  left_out_reason_ = reason;
  left_out_.push_back(name);
}

void SetWriter::flush_left_out() {
  if (left_out_.empty()) return;
  out_ += fmt::format("  # left out, because {}:\n", left_out_reason_) +
          wrapped(left_out_, "  #   ", "  #   ", "") + "\n\n";
  left_out_.clear();
}

}  // namespace coterie::features
