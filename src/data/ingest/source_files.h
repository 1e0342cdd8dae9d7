#pragma once
// The files behind a source: patterns to a sorted list, what each file is, and what changed since
// the last load.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"
#include "data/project/project.h"

namespace coterie::data {

enum class FileFormat { kCsv, kJson, kParquet };

struct SourceFile {
  std::string path;  // absolute
  std::string name;  // relative to the project folder where inside it: marks and messages use it
  int64_t bytes = 0;
  int64_t modified_ns = 0;
  std::string hash;  // SHA-256, empty until needed
};

// The files that the patterns of `source` match, without doubles, sorted by name: their order is
// what "latest wins" means across files. A pattern may be a file, a glob (*, ?, [a-z], ** for
// folders at any depth), a folder (its data files) or a name without its extension
// (raw/customers: a folder of that name, else raw/customers.parquet, .csv, .csv.gz, ...). Names
// that begin with "_" or "." are passed over in folders and globs. Every pattern must match:
// kNotFound points at the pattern in coterie.yaml and names near files; with `optional: true` a
// source without any file is an empty list.
Result<std::vector<SourceFile>> find_source_files(const Project& project,
                                                  const SourceConfig& source,
                                                  Connection& connection);

// kInvalidInput if one of them lies below truth/: what was planted in a synthetic world must stay
// unknown to everything that learns from it.
Status refuse_truth(const Project& project, const SourceConfig& source,
                    const std::vector<SourceFile>& files);

// By declaration, else by content: PAR1, '{', anything else is CSV. All files must agree.
Result<FileFormat> format_of(const SourceConfig& source, const std::vector<SourceFile>& files);

// What a load remembers of a file.
struct FileMark {
  std::string name;
  int64_t bytes = 0;
  int64_t modified_ns = 0;
  std::string hash;
  // Days of the rows it fed, of a role with days; first > last: none.
  int32_t first_day = 0;
  int32_t last_day = -1;
};

struct FileChanges {
  std::vector<size_t> added;      // indices of the files now
  std::vector<size_t> changed;    // indices of the files now
  std::vector<size_t> unchanged;  // indices of the files now
  std::vector<size_t> vanished;   // indices of the marks
  bool in_order = true;           // every added file sorts behind every file loaded before
};

// Compares by size and time of change; where only the time differs, by content. Fills in the hash
// of files whose content was read.
Result<FileChanges> compare_files(std::vector<SourceFile>& files,
                                  const std::vector<FileMark>& marks);

// Fills in the hash where it is missing.
Status hash_file(SourceFile& file);

}  // namespace coterie::data
