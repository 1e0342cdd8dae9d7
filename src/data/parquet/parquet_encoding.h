#pragma once
// The encodings of Apache Parquet that parquet_file.h writes (format specification 2.10,
// Encodings.md), and Thrift's compact protocol, in which its headers and footer are written.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::parquet {

// RLE / bit-packing hybrid of values < 2^bit_width, 1 <= bit_width <= 32, without length prefix.
void encode_hybrid(std::span<const uint32_t> values, int bit_width, std::string& out);
// The same of `count` >= 1 equal values.
void encode_repeated(uint32_t value, size_t count, int bit_width, std::string& out);
// DELTA_BINARY_PACKED: blocks of 128 values in 4 miniblocks.
void encode_delta(std::span<const int64_t> values, std::string& out);
// Bits needed for values 0 .. max, at least 1.
int bits_for(uint32_t max);

// Writes structs field by field; field ids ascend inside a struct.
class ThriftWriter {
 public:
  explicit ThriftWriter(std::string& out) : out_(out) {}

  void field(int id, int32_t value);
  void field(int id, int64_t value);
  void field(int id, bool value);
  void field(int id, std::string_view value);
  void byte_field(int id, int8_t value);
  void begin_struct(int id);
  void end_struct();
  void empty_struct(int id) {
    begin_struct(id);
    end_struct();
  }
  // Then `size` elements: begin_element()/end_struct() for structs, element() for others.
  enum class ElementType : uint8_t { kI32 = 5, kBinary = 8, kStruct = 12 };
  void begin_list(int id, ElementType type, size_t size);
  void begin_element() { last_ids_.push_back(0); }
  void element(int32_t value);
  void element(std::string_view value);
  // Closes the outermost struct.
  void finish() { out_.push_back('\0'); }

 private:
  void header(int id, uint8_t type);
  std::string& out_;
  std::vector<int> last_ids_ = {0};
};

// A text as PLAIN encodes it: its length in four bytes before it. Data pages v1 precede levels with
// their length in the same way.
void append_prefixed(std::string_view text, std::string& out);

}  // namespace coterie::parquet
