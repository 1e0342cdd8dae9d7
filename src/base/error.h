#pragma once
// What went wrong, in terms the user can act on, and the one table that maps it to the exit status
// of the program and to the status of an HTTP answer.

#include <cstdint>
#include <string>
#include <string_view>

namespace coterie {

enum class ErrorCode {
  kInvalidInput,       // the user's input is wrong: configuration, arguments, data
  kNotFound,           // a named file, table, model or entity does not exist
  kConflict,           // somebody else changed it first, or it already exists
  kPermission,         // not allowed for this caller
  kUnsupported,        // meaningful, but not offered here
  kCancelled,          // stopped by Ctrl-C or by the caller
  kUnavailable,        // a server or another process does not answer
  kResourceExhausted,  // memory, disk or quota
  kIo,                 // the operating system refused
  kCorrupt,            // stored bytes are not what was written
  kInternal,           // a fault of this program
};

// Stable text name, e.g. "invalid_input": used in JSON answers.
std::string_view error_name(ErrorCode code);
// 0 is success; 1 the work failed; 2 the user's input is wrong; 130 cancelled by a signal.
int exit_status(ErrorCode code);
int http_status(ErrorCode code);

// An error with the context needed to mend it. Fields that do not apply stay empty or 0.
// Thread-compatible value type.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // what is wrong, without the place: "not a number: 'abc'"
  std::string mend;     // what to do about it: "write minor units or a decimal point"
  std::string file;
  int64_t line = 0;    // 1-based
  int64_t column = 0;  // 1-based character column inside `line`
  std::string table;
  std::string field;  // a table's column
  std::string key;    // configuration key path ("sources.items.key") or row key

  Error() = default;
  Error(ErrorCode error_code, std::string what) : code(error_code), message(std::move(what)) {}

  // Builder style: Error{kInvalidInput, "..."}.at("coterie.yaml", 3, 5).with_mend("...").
  Error&& at(std::string in_file, int64_t at_line = 0, int64_t at_column = 0) &&;
  Error&& in_table(std::string table_name, std::string field_name = {}) &&;
  Error&& for_key(std::string key_path) &&;
  Error&& with_mend(std::string how) &&;

  // "coterie.yaml:3:5: sources.items: unknown key 'form'\n  mend: did you mean 'from'?"
  std::string to_text() const;
};

Error invalid_input(std::string message);
Error not_found(std::string message);
Error io_error(std::string message);  // appends strerror(errno) when errno is set
Error corrupt(std::string message);
Error internal_error(std::string message);
Error cancelled_error();

}  // namespace coterie
