#pragma once
// What the readers of item files share: which column is what, and the rows as they come.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text_map.h"
#include "lab/item_files.h"

namespace coterie::lab {

// By the names in lab/item_files.h; nullopt: the name says nothing.
std::optional<recommend::ContentKind> kind_by_name(const std::string& column);

// Whether a column of which so many cells are filled, with so many different texts, can be an
// attribute.
bool is_attribute(int64_t filled, int64_t different);

class ItemRows {
 public:
  // How rows are called in errors: by their line in the file, or by their number.
  enum class Place { kLine, kRow };

  ItemRows(std::string path, std::string id_name, Place place)
      : path_(std::move(path)), id_name_(std::move(id_name)), place_(place) {}

  // kInvalidInput: no rows, or too many.
  Status begin(int64_t rows);
  void add_column(recommend::ContentKind kind, const std::string& name);
  // `at`: of the row, from 1. Cells that are set next belong to it. kInvalidInput: no id, or one
  // that is there already.
  Status add_row(int64_t at, std::string_view id);
  Status set(size_t column, std::string_view cell);
  ItemFile take() { return std::move(file_); }

 private:
  Error error_at(Error error, const std::string& column) const;

  std::string path_, id_name_;
  Place place_;
  int64_t at_ = 0;
  TextMap<int64_t> seen_;
  ItemFile file_;
};

// Delimited text. Cells lose the blanks around them, but for ids: these are what files of
// interactions have.
Result<ItemFile> read_text_items(const std::string& path);

}  // namespace coterie::lab
