#pragma once
// Rows on their way into staged Parquet parts.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/engine/engine.h"
#include "data/ingest/staging.h"

namespace coterie::data {

// Collects rows of texts in a temporary table and writes a part whenever 64 MiB or a million rows
// have come together.
class StagingBatch {
 public:
  StagingBatch(Staging& staging, Connection& connection, std::vector<std::string> columns)
      : staging_(staging), connection_(connection), columns_(std::move(columns)) {}

  // `fields` has one text a column; an empty one is null.
  Status add(int64_t line, const std::vector<std::string_view>& fields);
  // Writes what is left; the paths of all parts.
  Result<std::vector<std::string>> finish();

 private:
  Status open();
  Status flush();

  Staging& staging_;
  Connection& connection_;
  std::vector<std::string> columns_;
  std::optional<Appender> appender_;
  int64_t rows_ = 0;
  size_t bytes_ = 0;
  std::vector<std::string> parts_;
};

}  // namespace coterie::data
