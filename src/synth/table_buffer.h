#pragma once
// Rows of one table being collected column by column.

#include <string>
#include <utility>
#include <vector>

#include "synth/columns.h"

namespace coterie::synth {

struct TableBuffer {
  std::string name;  // role, or "truth/<table>"
  std::vector<Column> columns;

  int64_t rows() const { return columns.empty() ? 0 : columns[0].rows(); }
  void clear() {
    for (Column& column : columns) column.clear();
  }
};

inline Column text_column(std::string name, const TextTable& texts, bool nullable = false) {
  return {.name = std::move(name), .nullable = nullable, .texts = &texts};
}
inline Column column_of(std::string name, ColumnType type, bool nullable = false) {
  return {.name = std::move(name), .type = type, .nullable = nullable};
}

// Appends one row, value by value in the order of the columns.
class RowWriter {
 public:
  explicit RowWriter(TableBuffer& table) : next_(table.columns.data()) {}
  RowWriter& text(uint32_t code) {
    (next_++)->codes.push_back(code);
    return *this;
  }
  RowWriter& integer(int64_t value) {
    (next_++)->integers.push_back(value);
    return *this;
  }
  RowWriter& real(double value) {
    (next_++)->reals.push_back(value);
    return *this;
  }

 private:
  Column* next_;
};

}  // namespace coterie::synth
