#pragma once
// Delimited text, record by record, with the physical line of each. Own reader, because rejected
// rows must name their true line and a faulty row must never hide the good one behind it.
//
// Grammar: fields are separated by `delimiter`, records by LF or CRLF. A field that begins with the
// quote may hold delimiters, line ends and doubled quotes. A quote inside an unquoted field is an
// ordinary character. Lines without any character are skipped. A UTF-8 byte order mark is removed.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::data {

struct CsvOptions {
  std::string delimiter = ",";  // one or more bytes
  char quote = '"';             // '\0' = no quoting
  bool latin1 = false;          // otherwise UTF-8
  int skip_lines = 0;           // physical lines before the first record
  int64_t max_record_bytes = int64_t{64} << 20;
};

// Views live until the next call of next().
struct CsvRecord {
  int64_t line = 0;                      // 1-based physical line of its first character
  std::vector<std::string_view> fields;  // UTF-8, unquoted
  std::string_view raw;                  // bytes as written, without the line end
  // Empty, or why the record cannot be used: a quote that is never closed (the record is then its
  // first line alone, and reading goes on behind that), text after a closing quote, bytes that are
  // not UTF-8, a zero byte, more than max_record_bytes. `fields` is then empty.
  std::string problem;
};

// Not thread-safe. Memory: the longest record, at least 1 MiB. About 400 MB/s on one core.
class CsvReader {
 public:
  static Result<CsvReader> open(const std::string& path, const CsvOptions& options);

  // False at the end. Errors are those of the file (truncated gzip, disk), never of a record.
  Result<bool> next(CsvRecord& record);
  int64_t file_bytes_read() const;
  int64_t file_bytes() const;

  CsvReader(CsvReader&&) noexcept;
  CsvReader& operator=(CsvReader&&) noexcept;
  ~CsvReader();

 private:
  struct Impl;
  explicit CsvReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The delimiter that a header line uses most, of , ; tab and |, outside quotes; "," if none.
std::string guess_delimiter(std::string_view line);

// The first line of a file (decompressed), up to 1 MiB, without its line end and byte order mark.
Result<std::string> first_line(const std::string& path, int skip_lines = 0);

}  // namespace coterie::data
