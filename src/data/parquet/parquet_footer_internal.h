#pragma once
// The footer of a Parquet file: schema, and where the chunks lie. Private to this folder.

#include <span>
#include <string>

#include "data/parquet/parquet_file.h"
#include "data/parquet/parquet_writer.h"

namespace coterie::parquet {

inline constexpr std::string_view kMagic = "PAR1";

// `places` holds columns.size() chunks a row group, with offsets from the file's first byte.
void append_footer(std::span<const Column> columns, std::span<const ChunkPlace> places,
                   Compression compression, std::string& out);

}  // namespace coterie::parquet
