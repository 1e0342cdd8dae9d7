#pragma once
// Values that were computed partition by partition, brought back into the order of their spine.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/parquet/parquet_file.h"
#include "features/offline/spine.h"

namespace coterie::features {

// The column by which parts are merged: numbers of rows of the spine.
parquet::Column row_number_column(std::span<const int64_t> rows);

// Joins the spine with `parts` and writes `path`, which the engine may write; it sorts on disk
// where memory does not do.
Status merge_rows(data::Connection& connection, const Spine& spine,
                  const std::vector<std::string>& parts, const std::string& path);

// Removes the files when it goes.
class PartFiles {
 public:
  PartFiles() = default;
  ~PartFiles();
  PartFiles(const PartFiles&) = delete;
  PartFiles& operator=(const PartFiles&) = delete;
  const std::string& add(std::string path);
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::vector<std::string> paths_;
};

}  // namespace coterie::features
