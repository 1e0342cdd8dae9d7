#pragma once
// Columns and texts of data/parquet, by the names under which this folder uses them.

#include "data/parquet/parquet_file.h"
#include "data/parquet/text_table.h"

namespace coterie::synth {

using parquet::Column;
using parquet::ColumnType;
using parquet::encode_parquet;
using parquet::kNullInteger;
using parquet::kNullText;
using parquet::TextTable;
using parquet::write_parquet;

}  // namespace coterie::synth
