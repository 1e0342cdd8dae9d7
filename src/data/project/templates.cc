#include "data/project/templates.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "base/yaml.h"
#include "data/project/template_files_internal.h"

namespace coterie::data {
namespace {

// For the inside of a double-quoted YAML scalar.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text;
}

std::string fill(std::string_view text, const TemplateValues& values) {
  const std::map<std::string_view, std::string> placeholders = {
      {"__PROJECT__", escaped(values.project)}, {"__DATA__", escaped(values.data)}};
  std::string filled;
  while (!text.empty()) {
    size_t at = text.find("__");
    filled += text.substr(0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    const auto found = std::ranges::find_if(
        placeholders, [&](const auto& entry) { return text.starts_with(entry.first); });
    const size_t taken = found == placeholders.end() ? 2 : found->first.size();
    filled += found == placeholders.end() ? text.substr(0, taken) : std::string_view(found->second);
    text.remove_prefix(taken);
  }
  return filled;
}

Error no_template(const std::string& name) {
  return Error(ErrorCode::kNotFound, fmt::format("there is no template '{}'", name))
      .with_mend(nearest_mend(name, template_names(),
                              fmt::format("templates are {}", fmt::join(template_names(), ", "))));
}

}  // namespace

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_files()) names.emplace_back(file.group);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

Result<std::string> template_summary(const std::string& name) {
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.group != name || file.path != "coterie.yaml") continue;
    std::string_view line = file.text.substr(0, file.text.find('\n'));
    line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
    return std::string(line);
  }
  return no_template(name);
}

Result<std::map<std::string, std::string>> instantiate_template_files(
    const std::string& name, const TemplateValues& values) {
  std::map<std::string, std::string> files;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.group == name) files.emplace(file.path, fill(file.text, values));
  }
  if (files.empty()) return no_template(name);
  return files;
}

Result<std::string> instantiate_template(const std::string& name, const TemplateValues& values) {
  ASSIGN_OR_RETURN(auto files, instantiate_template_files(name, values));
  return std::move(files.at("coterie.yaml"));
}

}  // namespace coterie::data
