#pragma once
// Column chunks of Parquet files: the pages of one column in one row group.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/parquet/parquet_file.h"
#include "data/parquet/parquet_writer.h"

namespace coterie::parquet {

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

// One row group's worth of one column being encoded; buffers are reused between chunks.
class ChunkEncoder {
 public:
  explicit ChunkEncoder(Compression compression) : compression_(compression) {}
  // Appends to `out`; the place's offsets are from its first byte.
  ChunkPlace encode(const Column& column, int64_t begin, int64_t rows, std::string& out);

 private:
  void append_levels(const Column& column, int64_t begin, int64_t rows, ChunkPlace& place);
  // Compresses, if it should, and appends.
  void append_page(PageType type, int64_t values, int32_t encoding, const std::string& body,
                   ChunkPlace& place, std::string& out);
  // Whether a dictionary is worth its bytes; if so appends it, and the texts' places in it are in
  // scratch_codes_.
  bool append_dictionary(const Column& column, std::span<const uint32_t> codes, ChunkPlace& place,
                         std::string& out);
  void append_mapped(std::span<const uint32_t> mapped);
  void append_texts(const Column& column, std::span<const uint32_t> codes, ChunkPlace& place,
                    std::string& out);
  void append_integers(std::span<const int64_t> values, ChunkPlace& place);
  void append_reals(const Column& column, std::span<const double> values, const ChunkPlace& place);
  void append_bools(std::span<const int64_t> values);
  // Lists, in parquet_lists.cc.
  ChunkPlace encode_lists(const Column& column, int64_t begin, int64_t rows, std::string& out);
  int64_t append_list_levels(const Column& column, int64_t begin, int64_t end);
  void append_elements(const Column& column, int64_t begin, int64_t end);

  Compression compression_;
  std::string page_;
  std::string compressed_;
  std::string dictionary_;
  std::vector<uint32_t> scratch_codes_;
  std::vector<uint32_t> repetitions_;
  std::vector<uint32_t> definitions_;
  uint32_t distinct_ = 0;             // texts in this group's dictionary
  std::vector<uint32_t> group_code_;  // table code -> code in this group's dictionary
  std::vector<int64_t> scratch_integers_;
};

}  // namespace coterie::parquet
