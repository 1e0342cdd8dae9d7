#include "base/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace coterie {
namespace {

struct CodeRow {
  ErrorCode code;
  std::string_view name;
  int exit_status;
  int http_status;
};

constexpr std::array kCodes = {
    CodeRow{ErrorCode::kInvalidInput, "invalid_input", 2, 400},
    CodeRow{ErrorCode::kNotFound, "not_found", 2, 404},
    CodeRow{ErrorCode::kConflict, "conflict", 1, 409},
    CodeRow{ErrorCode::kPermission, "permission", 2, 403},
    CodeRow{ErrorCode::kUnsupported, "unsupported", 2, 501},
    CodeRow{ErrorCode::kCancelled, "cancelled", 130, 499},
    CodeRow{ErrorCode::kUnavailable, "unavailable", 1, 503},
    CodeRow{ErrorCode::kResourceExhausted, "resource_exhausted", 1, 507},
    CodeRow{ErrorCode::kIo, "io", 1, 500},
    CodeRow{ErrorCode::kCorrupt, "corrupt", 1, 500},
    CodeRow{ErrorCode::kInternal, "internal", 1, 500},
};

const CodeRow& row_of(ErrorCode code) {
  for (const CodeRow& row : kCodes) {
    if (row.code == code) return row;
  }
  return kCodes.back();
}

}  // namespace

std::string_view error_name(ErrorCode code) { return row_of(code).name; }
int exit_status(ErrorCode code) { return row_of(code).exit_status; }
int http_status(ErrorCode code) { return row_of(code).http_status; }

Error&& Error::at(std::string in_file, int64_t at_line, int64_t at_column) && {
  file = std::move(in_file);
  line = at_line;
  column = at_column;
  return std::move(*this);
}

Error&& Error::in_table(std::string table_name, std::string field_name) && {
  table = std::move(table_name);
  field = std::move(field_name);
  return std::move(*this);
}

Error&& Error::for_key(std::string key_path) && {
  key = std::move(key_path);
  return std::move(*this);
}

Error&& Error::with_mend(std::string how) && {
  mend = std::move(how);
  return std::move(*this);
}

std::string Error::to_text() const {
  std::string text;
  if (!file.empty()) {
    text += file;
    if (line > 0) text += ":" + std::to_string(line);
    if (line > 0 && column > 0) text += ":" + std::to_string(column);
    text += ": ";
  }
  if (!table.empty()) {
    text += "table '" + table + "'";
    if (!field.empty()) text += ", column '" + field + "'";
    text += ": ";
  } else if (!field.empty()) {
    text += "column '" + field + "': ";
  }
  if (!key.empty()) text += key + ": ";
  text += message;
  if (!mend.empty()) text += "\n  mend: " + mend;
  return text;
}

Error invalid_input(std::string message) {
  return Error{ErrorCode::kInvalidInput, std::move(message)};
}
Error not_found(std::string message) { return Error{ErrorCode::kNotFound, std::move(message)}; }
Error io_error(std::string message) {
  const int code = errno;
  if (code != 0) message += std::string(": ") + std::strerror(code);
  const bool full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  return Error{full ? ErrorCode::kResourceExhausted : ErrorCode::kIo, std::move(message)};
}
Error corrupt(std::string message) { return Error{ErrorCode::kCorrupt, std::move(message)}; }
Error internal_error(std::string message) {
  return Error{ErrorCode::kInternal, std::move(message)};
}
Error cancelled_error() { return Error{ErrorCode::kCancelled, "cancelled"}; }

}  // namespace coterie
