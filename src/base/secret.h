#pragma once
// Secrets in configuration: `${NAME}` is an environment variable, `file:/run/secrets/x` a file's
// content. Every resolved secret is remembered, and redact() replaces it wherever text leaves the
// program: log lines, errors, JSON, SQL echo, HTTP answers.

#include <string>
#include <string_view>

#include "base/result.h"

namespace coterie {

// Replaces every ${NAME} in `text` and, when the whole value starts with "file:", reads the file
// (one trailing newline removed; relative paths against `base_folder`). Passwords inside URLs
// (scheme://user:password@host) are remembered too. `$${` stands for a literal `${`. Error
// kInvalidInput names the variable or file.
Result<std::string> resolve_secrets(std::string_view text, const std::string& base_folder);

// Remembers a secret, also as it looks inside JSON and percent-encoded in a URL. Values shorter
// than 4 characters are not redacted (they would hide ordinary text), and a warning says so.
void remember_secret(std::string_view value);
// `text` with every remembered secret replaced by "***", and also, remembered or not, every
// password inside a URL and every value of password=, passwd=, pwd=, secret=, api_key=,
// access_token= and auth_token= (connection strings, queries). Thread-safe; linear in the text for
// a handful of secrets.
std::string redact(std::string_view text);

}  // namespace coterie
