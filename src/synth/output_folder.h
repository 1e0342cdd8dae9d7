#pragma once
// Where a world is written: tables collect in a hidden folder beside their place and appear all at
// once, or not at all.

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "synth/retail.h"
#include "synth/table_buffer.h"

namespace coterie::synth {

// Tables are folders of parts: role "events" is raw/events, "truth/articles" is truth/articles.
// Thread-safe. What was staged and not published is removed on destruction.
class OutputFolder {
 public:
  // `tables`: every table that may be written. Error kConflict if a place of one of them exists
  // and is not empty, unless `replace`.
  static Result<OutputFolder> open(const std::string& folder, std::vector<std::string> tables,
                                   bool replace);

  bool wants(const std::string& table) const;
  // part-<number>.parquet of the table; nothing for a table that is not wanted. An empty part is
  // written only as number 0, so that a table without rows still has its columns.
  Status write(const TableBuffer& table, int64_t part);
  Status write_text(const std::string& path, std::string_view text);  // below the folder
  // Moves everything to its place.
  Status publish();
  std::vector<SynthesizedTable> written() const;

  OutputFolder(OutputFolder&& other) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();

 private:
  OutputFolder(std::string folder, std::string staging, std::vector<std::string> tables);
  std::string folder_, staging_;
  std::vector<std::string> tables_;
  mutable std::mutex mutex_;
  std::map<std::string, SynthesizedTable> written_;
};

}  // namespace coterie::synth
