#pragma once
// Named arrays in the safetensors format, so that other tools open our artefacts: an 8-byte
// little-endian header length, a JSON header of {name: {dtype, shape, data_offsets}}, then the
// arrays' bytes, little-endian and row-major.
//
// Written files are canonical (names ascending, arrays without gaps): equal content, equal bytes.
// Read bytes are not trusted: every length and offset is checked.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::math {

struct Tensor {
  std::string dtype;  // "F32", "F64", "I32", "I64", "U8"
  std::vector<int64_t> shape;
  std::string bytes;
};

// Value type; thread-compatible.
class TensorFile {
 public:
  // shape's product must equal the number of values.
  void add(const std::string& name, std::vector<int64_t> shape, std::span<const float> values);
  void add(const std::string& name, std::vector<int64_t> shape, std::span<const double> values);
  void add(const std::string& name, std::vector<int64_t> shape, std::span<const int32_t> values);
  void add(const std::string& name, std::vector<int64_t> shape, std::span<const int64_t> values);

  const std::map<std::string, Tensor>& tensors() const { return tensors_; }

  // The array `name` with exactly this type and shape. Error kCorrupt names the file and what
  // differs. A negative extent in `shape` matches any.
  Result<std::vector<float>> floats(const std::string& name,
                                    const std::vector<int64_t>& shape) const;
  Result<std::vector<double>> doubles(const std::string& name,
                                      const std::vector<int64_t>& shape) const;
  Result<std::vector<int32_t>> ints(const std::string& name,
                                    const std::vector<int64_t>& shape) const;
  Result<std::vector<int64_t>> longs(const std::string& name,
                                     const std::vector<int64_t>& shape) const;

  std::string to_bytes() const;
  // Errors: kCorrupt for bytes that are not a safetensors file. `file` is only for messages.
  static Result<TensorFile> parse(std::string_view bytes, const std::string& file);
  Status save(const std::string& path) const;  // whole or not at all
  static Result<TensorFile> load(const std::string& path);

 private:
  template <typename T>
  Result<std::vector<T>> values(const std::string& name, std::string_view dtype,
                                const std::vector<int64_t>& shape) const;
  std::map<std::string, Tensor> tensors_;
  std::string file_;
};

}  // namespace coterie::math
