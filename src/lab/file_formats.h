#pragma once
// Files of the laboratory, told by their extension: it reads .csv, .tsv, .txt, .dat, .data (also
// with .gz or .zst behind it) and .parquet, and writes .csv, .tsv (.gz, .zst) and .parquet.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"

namespace coterie::lab {

// ".csv" of "Data.CSV.gz".
std::string extension_of(const std::string& path);
// kNotFound: no such file; kInvalidInput: none of the formats above, or a pipe or folder.
Status check_readable(const std::string& path);
// What the engine says about a file it cannot read, as the user's business.
Error unreadable(Error error, const std::string& path);
// The SQL that reads a file.
Result<std::string> scan_of(const std::string& path);

// The physical line of row `row` (from 0) of what `scan` reads from a text file; 0 if it cannot be
// told: Parquet, or lines that this program and the engine take apart differently. O(file).
int64_t line_of_row(data::Connection& connection, const std::string& path, const std::string& scan,
                    int64_t row);

// Whether write_table could write there: a known extension, a folder that exists and may be written
// to, not one of `inputs`. To be asked before hours of work. kInvalidInput, kNotFound, kPermission;
// `option` is named.
Status check_writable(std::string_view option, const std::string& path,
                      const std::vector<std::string>& inputs);
// Whether a model could be saved there: a folder, or nothing yet.
Status check_folder(std::string_view option, const std::string& path);
// Whether two paths, of files that need not exist, mean one.
bool same_file(const std::string& a, const std::string& b);
// Fills a table of these columns ("rank INTEGER, score FLOAT") and writes it to `path` by its
// extension: whole or not at all.
Status write_table(data::Connection& connection, const std::string& columns,
                   const std::string& path,
                   const std::function<Status(data::Appender& appender)>& fill);

}  // namespace coterie::lab
