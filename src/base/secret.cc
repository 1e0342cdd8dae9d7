#include "base/secret.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <vector>

#include <fmt/core.h>

#include "base/atomic_file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret_internal.h"

namespace coterie {
namespace {

using internal::find_named_password;
using internal::find_url_password;
using internal::FindSpan;

constexpr size_t kShortest = 4;
constexpr std::string_view kStars = "***";
constexpr int64_t kMaxSecretBytes = int64_t{1} << 20;

// Every form to be hidden, longest first, so that a secret inside a longer one leaves no rest.
struct Forms {
  std::mutex mutex;
  std::vector<std::string> texts;

  void add(std::string text) {
    if (text.size() < kShortest || std::ranges::find(texts, text) != texts.end()) return;
    texts.push_back(std::move(text));
    std::ranges::sort(texts, std::greater<>(), &std::string::size);
  }
};

// Never destroyed: static objects may log while they are.
Forms& forms() {
  static Forms* instance = new Forms;
  return *instance;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return out;
}

std::string json_escaped(std::string_view text) {
  const std::string quoted = dump_json(nlohmann::json(std::string(text)));
  return quoted.substr(1, quoted.size() - 2);
}

// `origin` follows "a secret" in the warning.
void remember(std::string_view value, std::string_view origin) {
  if (value.empty()) return;
  if (value.size() < kShortest) {
    log::warning("a secret {} has fewer than {} characters: it is not hidden in output", origin,
                 kShortest);
    return;
  }
  Forms& all = forms();
  const std::lock_guard lock(all.mutex);
  all.add(std::string(value));
  all.add(json_escaped(value));
  all.add(percent_encoded(value));
  // A key of several lines may be printed line by line.
  for (size_t from = 0; value.find('\n') != std::string_view::npos && from < value.size();) {
    const size_t end = std::min(value.find('\n', from), value.size());
    if (end - from >= 2 * kShortest) all.add(std::string(value.substr(from, end - from)));
    from = end + 1;
  }
}

std::string hide(std::string_view text, FindSpan find) {
  std::string out;
  size_t from = 0;
  for (auto span = find(text, 0); span; span = find(text, span->end)) {
    out += text.substr(from, span->begin - from);
    out += kStars;
    from = span->end;
  }
  out += text.substr(from);
  return out;
}

void remember_found(std::string_view text, FindSpan find) {
  for (auto span = find(text, 0); span; span = find(text, span->end)) {
    const std::string_view password = text.substr(span->begin, span->end - span->begin);
    if (password == kStars) continue;
    remember(password, "inside a URL or connection string");
    const std::string decoded = percent_decoded(password);
    if (decoded != password) remember(decoded, "inside a URL");
  }
}

// What a resolved value holds besides itself.
void remember_parts(std::string_view text) {
  remember_found(text, find_url_password);
  remember_found(text, find_named_password);
}

void replace_all(std::string& text, const std::string& what) {
  for (size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + kStars.size())) {
    text.replace(at, what.size(), kStars);
  }
}

Result<std::string> read_secret_file(std::string_view name, const std::string& base_folder) {
  const std::string path =
      (std::filesystem::path(base_folder) / std::filesystem::path(name)).string();
  Result<std::string> content = read_file(path, kMaxSecretBytes);
  if (!content.ok()) {
    Error error = std::move(content).error();
    error.code = ErrorCode::kInvalidInput;
    error.message = "this secret's file: " + error.message;
    return error;
  }
  std::string value = *std::move(content);
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.empty()) return invalid_input("this secret's file is empty").at(path);
  return value;
}

Result<std::string> read_variable(const std::string& name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool valid = !name.empty() && letter(name[0]) && std::ranges::all_of(name, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
  if (!valid) {
    return invalid_input(fmt::format("'{}' is not the name of an environment variable", name))
        .with_mend("write ${NAME}, or $${ for a literal ${");
  }
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
  if (value == nullptr) {
    return invalid_input(fmt::format("the environment variable {} is not set", name))
        .with_mend(fmt::format("export {} before running", name));
  }
  return std::string(value);
}

}  // namespace

Result<std::string> resolve_secrets(std::string_view text, const std::string& base_folder) {
  std::string out;
  if (text.starts_with("file:")) {
    ASSIGN_OR_RETURN(out, read_secret_file(text.substr(5), base_folder));
    remember(out, "from a file");
    remember_parts(out);
    return out;
  }
  size_t from = 0;
  for (size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", from)) {
    if (at > from && text[at - 1] == '$') {
      out += text.substr(from, at - 1 - from);
      out += "${";
      from = at + 2;
      continue;
    }
    const size_t end = text.find('}', at);
    if (end == std::string_view::npos) {
      return invalid_input("'${' without '}'").with_mend("write ${NAME}, or $${ for a literal ${");
    }
    const std::string name(text.substr(at + 2, end - at - 2));
    ASSIGN_OR_RETURN(const std::string value, read_variable(name));
    remember(value, "from " + name);
    out += text.substr(from, at - from);
    out += value;
    from = end + 1;
  }
  out += text.substr(from);
  remember_parts(out);
  return out;
}

void remember_secret(std::string_view value) { remember(value, "given"); }

std::string redact(std::string_view text) {
  std::string out = hide(hide(text, find_url_password), find_named_password);
  Forms& all = forms();
  const std::lock_guard lock(all.mutex);
  for (const std::string& form : all.texts) replace_all(out, form);
  return out;
}

}  // namespace coterie
