#pragma once
// Column chunks of Parquet files: the pages of one column in one row group.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "synth/parquet_file.h"

namespace coterie::synth {

// Numbers of parquet.thrift.
enum PhysicalType : int32_t {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kFloat32 = 4,
  kDouble = 5,
  kByteArray = 6
};
enum Encoding : int32_t { kPlain = 0, kRle = 3, kDelta = 5, kDictionary = 8 };
enum PageType : int32_t { kDataPage = 0, kDictionaryPage = 2 };

PhysicalType physical_type(ColumnType type);

// Where one column of one row group lies, for the footer.
struct ChunkPlace {
  int64_t dictionary_offset = -1;
  int64_t data_offset = 0;
  int64_t bytes = 0;
  int64_t values = 0;
  Encoding encoding = kPlain;
};

// One row group's worth of one column being encoded; buffers are reused between chunks.
class ChunkEncoder {
 public:
  ChunkPlace encode(const Column& column, int64_t begin, int64_t rows, std::string& out);

 private:
  void append_levels(const Column& column, int64_t begin, int64_t rows);
  void append_texts(const Column& column, std::span<const uint32_t> codes, ChunkPlace& place,
                    std::string& out);
  void append_integers(std::span<const int64_t> values, ChunkPlace& place);
  void append_reals(const Column& column, std::span<const double> values);
  void append_bools(std::span<const int64_t> values);

  std::string page_;
  std::string dictionary_;
  std::vector<uint32_t> scratch_codes_;
  std::vector<uint32_t> group_code_;  // table code -> code in this group's dictionary
  std::vector<int64_t> scratch_integers_;
};

}  // namespace coterie::synth
