#pragma once
// Bulk load from memory: rows appended value by value to a table of a connection, several million
// values a second, without SQL text.

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace coterie::data {

// Obtained from Connection::append_to(); the connection's table must exist. One call a column in
// the table's order, then end_row(). Values are cast to the column's type; the first that does not
// fit is an error of its add() or of the flush that meets it. All rows are visible after close(),
// which must be called; an appender destroyed without it may leave some of its rows behind. Not
// thread-safe.
class Appender {
 public:
  Status add_null();
  Status add(int64_t value);
  Status add(int32_t value);
  Status add(double value);
  Status add(bool value);
  Status add(std::string_view value);
  Status add(const char* value) { return add(std::string_view(value)); }
  Status add_micros(int64_t utc_micros);
  Status add_days(int32_t days);
  Status end_row();
  Status close();
  Appender(Appender&&) noexcept;
  Appender& operator=(Appender&&) noexcept;
  ~Appender();

 private:
  friend class Connection;
  struct Impl;
  explicit Appender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::data
