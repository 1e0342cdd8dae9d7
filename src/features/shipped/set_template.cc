#include <algorithm>
#include <cctype>

#include "base/check.h"
#include "base/text_parts.h"
#include "features/shipped/set_template_internal.h"

namespace coterie::features {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!(text = trimmed(text)).empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

// The end of the mark that begins at `begin`, behind its "]]"; marks may hold others.
size_t mark_end(std::string_view text, size_t begin) {
  int depth = 0;
  for (size_t i = begin; i + 1 < text.size(); ++i) {
    const std::string_view two = text.substr(i, 2);
    if (two != "[[" && two != "]]") continue;
    depth += two == "[[" ? 1 : -1;
    ++i;
    if (depth == 0) return i + 1;
  }
  CHECK(false);
  return text.size();
}

// The '|' of this mark, not of one inside it.
size_t other_text(std::string_view inside) {
  int depth = 0;
  for (size_t i = 0; i < inside.size(); ++i) {
    const std::string_view two = inside.substr(i, 2);
    if (two == "[[") ++depth;
    if (two == "]]") --depth;
    if (depth == 0 && inside.substr(i, 3) == " | ") return i;
  }
  return std::string_view::npos;
}

std::string fill(std::string_view text, const ProjectTables& tables, const TemplateValues& values);

std::string fill_mark(std::string_view inside, const ProjectTables& tables,
                      const TemplateValues& values) {
  const size_t colon = inside.find(": ");
  if (colon == std::string_view::npos) {
    const auto value = values.find(std::string(inside));
    CHECK(value != values.end());
    return value->second;
  }
  const std::string_view condition = inside.substr(0, colon);
  inside.remove_prefix(colon + 2);
  const size_t bar = other_text(inside);
  if (has_column(tables, condition)) return fill(inside.substr(0, bar), tables, values);
  return bar == std::string_view::npos ? "" : fill(inside.substr(bar + 3), tables, values);
}

std::string fill(std::string_view text, const ProjectTables& tables, const TemplateValues& values) {
  std::string out;
  while (!text.empty()) {
    const size_t begin = text.find("[[");
    out += text.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const size_t end = mark_end(text, begin);
    out += fill_mark(text.substr(begin + 2, end - begin - 4), tables, values);
    text.remove_prefix(end);
  }
  return out;
}

}  // namespace

std::vector<TemplateBlock> template_blocks(std::string_view text) {
  std::vector<TemplateBlock> blocks;
  TemplateBlock block;
  const auto finish = [&] {
    if (!block.text.empty()) blocks.push_back(std::move(block));
    block = {};
  };
  for (const std::string_view line : lines_of(text)) {
    const std::string_view bare = trimmed(line);
    if (bare.empty()) {
      finish();
    } else if (bare.starts_with("#? ")) {
      block.definition = true;
      block.needs = words_of(bare.substr(3));
    } else {
      block.text += line;
      block.text += '\n';
    }
  }
  finish();
  return blocks;
}

std::string word_behind(std::string_view text, std::string_view key) {
  const std::string wanted = std::string(key) + ": ";
  size_t at = 0;
  while ((at = text.find(wanted, at)) != std::string_view::npos) {
    const char before = at == 0 ? '\n' : text[at - 1];
    at += wanted.size();
    if (before != ' ' && before != '{' && before != '\n') continue;
    const auto* const end = std::ranges::find_if(text.substr(at), [](unsigned char c) {
      return std::isalnum(c) == 0 && c != '_' && c != '[' && c != ']';
    });
    return std::string(text.substr(at, static_cast<size_t>(end - text.data()) - at));
  }
  return "";
}

std::string definition_name(std::string_view text) { return word_behind(text, "name"); }

std::string fill_block(std::string_view text, const ProjectTables& tables,
                       const TemplateValues& values) {
  std::string out;
  for (const std::string_view line : lines_of(text)) {
    const std::string filled = fill(line, tables, values);
    const size_t end = filled.find_last_not_of(' ');
    if (end != std::string::npos) out += filled.substr(0, end + 1) + "\n";
  }
  return out;
}

bool has_column(const ProjectTables& tables, std::string_view name) {
  const size_t dot = name.find('.');
  const auto table = tables.columns.find(name.substr(0, dot));
  if (table == tables.columns.end() || table->second.empty()) return false;
  return dot == std::string_view::npos || table->second.contains(std::string(name.substr(dot + 1)));
}

}  // namespace coterie::features
