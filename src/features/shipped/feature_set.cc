#include "features/shipped/feature_set.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "features/shipped/feature_set_files_internal.h"
#include "features/shipped/set_template_internal.h"

namespace coterie::features {
namespace {

constexpr std::string_view kSet = "retail";
constexpr size_t kLineWidth = 100;
constexpr std::string_view kCaseBreak = "\n                               ";
// The first that items have is what "category" means, as in dataset C.
constexpr std::array kCategoryColumns = {"category_id",        "product_type_name",
                                         "garment_group_name", "product_group_name",
                                         "section_name",       "index_group_name"};

std::string category_column(const ProjectTables& tables) {
  for (const char* column : kCategoryColumns) {
    if (has_column(tables, std::string("items.") + column)) return column;
  }
  return "";
}

// "WHEN 'view' THEN 0.05", one a line, as the file indents them.
std::string weight_cases(const ProjectTables& tables) {
  std::string cases;
  for (const auto& [kind, weight] : tables.event_weights) {
    if (weight <= 0) continue;
    std::string quoted;
    for (const char c : kind) quoted.append(c == '\'' ? 2 : 1, c);
    cases += fmt::format("{}WHEN '{}' THEN {}", cases.empty() ? "" : kCaseBreak, quoted, weight);
  }
  return cases;
}

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

// Takes what can be made, in the order of the files.
class SetWriter {
 public:
  // `before` wrote the same: it knows which sources are used, and what is taken in the end.
  SetWriter(const ProjectTables& tables, const std::vector<std::string>& entities,
            const SetWriter* before)
      : tables_(tables), entities_(entities), before_(before) {
    values_["category"] = category_column(tables);
    values_["weights"] = weight_cases(tables);
    values_["decimals"] = std::to_string(tables.money_decimals);
  }

  void add(std::string_view text) {
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
  std::string take() {
    while (out_.ends_with("\n\n")) out_.pop_back();
    return std::move(out_);
  }
  size_t features() const { return feature_count_; }

 private:
  static std::vector<std::string> numbers_of(const TemplateBlock& block) {
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

  void add_text(const std::string& text) {
    flush_left_out();
    section_ = section_of(text);
    if (!wants(section_)) return;
    out_ += fill_block(text, tables_, values_);
    const size_t line = out_.rfind('\n', out_.size() - 2) + 1;
    const bool heading = out_[line] != '#' && out_.ends_with(":\n");
    if (!heading) out_ += '\n';
  }

  // "# ---- customer: ..." begins what is about customers.
  static std::string section_of(const std::string& text) {
    const size_t at = text.find("# ---- ");
    if (at == std::string::npos) return "";
    return text.substr(at + 7, text.find(':', at) - at - 7);
  }

  bool wants(const std::string& entity) const {
    return entity.empty() || entities_.empty() ||
           std::ranges::find(entities_, entity) != entities_.end();
  }

  void add_definition(const TemplateBlock& block) {
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

  static bool is_feature(std::string_view text) {
    return !word_behind(text, "entity").empty() || !word_behind(text, "of").empty() ||
           text.find("transformation:") != std::string_view::npos;
  }

  void set_members(const TemplateBlock& block) {
    for (const std::string& need : block.needs) {
      if (need.starts_with('%')) {
        values_["members"] = wrapped(members_[need.substr(1)], "[", "       ", "]");
      }
    }
  }

  // Why the definition cannot be made; "" where that need not be said.
  std::optional<std::string> missing(const TemplateBlock& block, std::string_view text) const {
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

  std::optional<std::string> missing_definition(const std::string& name) const {
    if (taken_.contains(name)) return std::nullopt;
    const auto reason = missing_.find(name);
    return reason == missing_.end() ? name + " is left out" : reason->second;
  }

  std::optional<std::string> missing_need(const std::string& need) const {
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

  std::optional<std::string> missing_column(const std::string& name) const {
    if (has_column(tables_, name)) return std::nullopt;
    const size_t dot = name.find('.');
    const std::string table = name.substr(0, dot);
    if (!has_column(tables_, table)) return fmt::format("the project has no {}", table);
    return fmt::format("table {} has no column {}", table, name.substr(dot + 1));
  }

  // Neighbours with one reason share a comment. What comes in another way is not left out.
  void leave_out(const std::string& name, const std::string& reason) {
    const bool taken = before_ != nullptr && before_->taken_.contains(name);
    if (taken || !told_.insert(name).second) return;
    if (reason != left_out_reason_) flush_left_out();
    left_out_reason_ = reason;
    left_out_.push_back(name);
  }

  void flush_left_out() {
    if (left_out_.empty()) return;
    out_ += fmt::format("  # left out, because {}:\n", left_out_reason_) +
            wrapped(left_out_, "  #   ", "  #   ", "") + "\n\n";
    left_out_.clear();
  }

  const ProjectTables& tables_;
  const std::vector<std::string>& entities_;
  const SetWriter* before_;
  std::string section_;  // entity of the features that follow
  std::set<std::string> sources_;
  TemplateValues values_;
  std::string out_;
  std::set<std::string> taken_;
  std::set<std::string> told_;                  // as left out
  std::map<std::string, std::string> missing_;  // definition -> why
  std::map<std::string, std::vector<std::string>> members_;
  std::vector<std::string> left_out_;
  std::string left_out_reason_;
  size_t feature_count_ = 0;
};

}  // namespace

Result<std::string> shipped_registry(const ProjectTables& tables,
                                     const std::vector<std::string>& entities) {
  const auto write = [&](const SetWriter* before) {
    SetWriter writer(tables, entities, before);
    for (const EmbeddedFile& file : feature_set_files()) {
      if (file.set == kSet) writer.add(file.text);
    }
    return writer;
  };
  const SetWriter first = write(nullptr);
  if (first.features() > 0) return write(&first).take();
  return not_found("the project has no table that the shipped features are made of")
      .with_mend(
          "fill one of the roles transactions, events, customers, reviews, cart, wishlist, "
          "stock or items; or write feature_store/feature_registry.yaml yourself");
}

}  // namespace coterie::features
