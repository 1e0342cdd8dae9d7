#include "data/postgres/url.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/secret.h"

namespace coterie::data {
namespace {

// "${NAME}" in its place, unless the password is a reference already.
std::string without_password(const std::string& password, PostgresUrl& url) {
  if (password.empty() || password.find("${") != std::string::npos) return password;
  remember_secret(password);
  url.password_left_out = true;
  return fmt::format("${{{}}}", url.variable);
}

// user:password@host:port
std::string written_authority(const std::string& authority, PostgresUrl& url) {
  const size_t at = authority.rfind('@');
  const size_t colon = authority.find(':');
  if (at == std::string::npos || colon > at) return authority;
  return authority.substr(0, colon + 1) +
         without_password(authority.substr(colon + 1, at - colon - 1), url) + authority.substr(at);
}

std::vector<std::string> settings_of(const std::string& query) {
  std::vector<std::string> settings;
  for (size_t begin = 0; begin < query.size();) {
    const size_t end = std::min(query.find('&', begin), query.size());
    if (end > begin) settings.push_back(query.substr(begin, end - begin));
    begin = end + 1;
  }
  return settings;
}

}  // namespace

Result<PostgresUrl> read_postgres_url(const std::string& text) {
  if (!text.starts_with("postgres://") && !text.starts_with("postgresql://")) {
    return invalid_input("not a PostgreSQL URL")
        .with_mend("write postgres://user:password@host:port/database");
  }
  PostgresUrl url;
  const size_t begin = text.find("://") + 3;
  const size_t slash = std::min(text.find_first_of("/?", begin), text.size());
  const size_t question = std::min(text.find('?', begin), text.size());
  const std::string place = text.substr(slash, question - slash);
  url.connect = text.substr(0, question);
  url.written =
      text.substr(0, begin) + written_authority(text.substr(begin, slash - begin), url) + place;
  char separator = '?';
  for (const std::string& setting : settings_of(text.substr(std::min(question + 1, text.size())))) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      return invalid_input("a setting of the URL has no value: '" + setting + "'")
          .with_mend("write ?schema=NAME");
    }
    const std::string name = setting.substr(0, equals);
    const std::string value = setting.substr(equals + 1);
    if (name == "schema") {
      url.schema = value;
      continue;
    }
    url.connect += separator + setting;
    url.written +=
        separator + name + '=' + (name == "password" ? without_password(value, url) : value);
    separator = '&';
  }
  ASSIGN_OR_RETURN(url.connect, resolve_secrets(url.connect, "."));
  return url;
}

}  // namespace coterie::data
