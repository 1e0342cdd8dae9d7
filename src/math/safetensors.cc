#include "math/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/check.h"

namespace coterie::math {
namespace {

using Json = nlohmann::json;
static_assert(std::endian::native == std::endian::little,
              "arrays are stored as they lie in memory");

constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr int64_t kMaxFileBytes = int64_t{1} << 40;

int64_t width_of(std::string_view dtype) {
  if (dtype == "F64" || dtype == "I64") return 8;
  if (dtype == "F32" || dtype == "I32") return 4;
  if (dtype == "U8") return 1;
  return 0;
}

// Product of the extents times the width; nullopt if negative or beyond 2^62.
std::optional<int64_t> bytes_of(const std::vector<int64_t>& shape, int64_t width) {
  int64_t bytes = width;
  for (const int64_t extent : shape) {
    if (extent < 0 || (extent > 0 && bytes > (int64_t{1} << 62) / extent)) return std::nullopt;
    bytes *= extent;
  }
  return bytes;
}

template <typename T>
Tensor make_tensor(std::string_view dtype, std::vector<int64_t> shape, std::span<const T> values) {
  CHECK(bytes_of(shape, sizeof(T)) == static_cast<int64_t>(values.size_bytes()));
  Tensor tensor{std::string(dtype), std::move(shape), {}};
  tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return tensor;
}

struct Place {
  int64_t begin;
  int64_t end;
};

// One entry of the header; `name` is only for the message.
Result<std::pair<Tensor, Place>> read_entry(const std::string& name, const Json& entry) {
  const auto bad = [&](std::string_view why) {
    return corrupt(fmt::format("tensor '{}': {}", name, why));
  };
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
      !entry.contains("shape") || !entry["shape"].is_array() || !entry.contains("data_offsets") ||
      !entry["data_offsets"].is_array() || entry["data_offsets"].size() != 2) {
    return bad("needs dtype, shape and data_offsets");
  }
  Tensor tensor;
  tensor.dtype = entry["dtype"].get<std::string>();
  const int64_t width = width_of(tensor.dtype);
  if (width == 0) return bad(fmt::format("dtype '{}' is not read here", tensor.dtype));
  for (const Json& extent : entry["shape"]) {
    if (!extent.is_number_unsigned()) return bad("an extent is not a whole number");
    const auto value = extent.get<uint64_t>();
    if (value > (uint64_t{1} << 62)) return bad("an extent is too large");
    tensor.shape.push_back(static_cast<int64_t>(value));
  }
  const Json& offsets = entry["data_offsets"];
  if (!offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) {
    return bad("an offset is not a whole number");
  }
  const auto begin = offsets[0].get<uint64_t>();
  const auto end = offsets[1].get<uint64_t>();
  if (begin > end || end > (uint64_t{1} << 62)) return bad("offsets are out of order");
  const auto bytes = bytes_of(tensor.shape, width);
  if (!bytes || *bytes != static_cast<int64_t>(end - begin)) {
    return bad(fmt::format("shape [{}] does not fill its {} bytes", fmt::join(tensor.shape, ", "),
                           end - begin));
  }
  return std::pair{std::move(tensor),
                   Place{static_cast<int64_t>(begin), static_cast<int64_t>(end)}};
}

// Arrays must fill the data exactly, without gap or overlap.
Status check_places(std::vector<Place> places, size_t data_bytes) {
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  int64_t next = 0;
  for (const Place& place : places) {
    if (place.begin != next) return corrupt("arrays overlap or leave a gap");
    next = place.end;
  }
  if (next != static_cast<int64_t>(data_bytes)) {
    return corrupt(
        fmt::format("the header describes {} bytes of arrays, the file has {}", next, data_bytes));
  }
  return {};
}

Error in_file(Error error, const std::string& file) { return std::move(error).at(file); }

}  // namespace

void TensorFile::add(const std::string& name, std::vector<int64_t> shape,
                     std::span<const float> values) {
  tensors_[name] = make_tensor("F32", std::move(shape), values);
}
void TensorFile::add(const std::string& name, std::vector<int64_t> shape,
                     std::span<const double> values) {
  tensors_[name] = make_tensor("F64", std::move(shape), values);
}
void TensorFile::add(const std::string& name, std::vector<int64_t> shape,
                     std::span<const int32_t> values) {
  tensors_[name] = make_tensor("I32", std::move(shape), values);
}
void TensorFile::add(const std::string& name, std::vector<int64_t> shape,
                     std::span<const int64_t> values) {
  tensors_[name] = make_tensor("I64", std::move(shape), values);
}

template <typename T>
Result<std::vector<T>> TensorFile::values(const std::string& name, std::string_view dtype,
                                          const std::vector<int64_t>& shape) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    return in_file(corrupt(fmt::format("tensor '{}' is missing", name)), file_);
  }
  const Tensor& tensor = found->second;
  bool fits = tensor.dtype == dtype && tensor.shape.size() == shape.size();
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    fits = shape[i] < 0 || shape[i] == tensor.shape[i];
  }
  if (!fits) {
    return in_file(
        corrupt(fmt::format("tensor '{}' is {} [{}], expected {} [{}]", name, tensor.dtype,
                            fmt::join(tensor.shape, ", "), dtype, fmt::join(shape, ", "))),
        file_);
  }
  std::vector<T> result(tensor.bytes.size() / sizeof(T));
  if (!result.empty()) std::memcpy(result.data(), tensor.bytes.data(), tensor.bytes.size());
  return result;
}

Result<std::vector<float>> TensorFile::floats(const std::string& name,
                                              const std::vector<int64_t>& shape) const {
  return values<float>(name, "F32", shape);
}
Result<std::vector<double>> TensorFile::doubles(const std::string& name,
                                                const std::vector<int64_t>& shape) const {
  return values<double>(name, "F64", shape);
}
Result<std::vector<int32_t>> TensorFile::ints(const std::string& name,
                                              const std::vector<int64_t>& shape) const {
  return values<int32_t>(name, "I32", shape);
}

Result<std::vector<int64_t>> TensorFile::longs(const std::string& name,
                                               const std::vector<int64_t>& shape) const {
  return values<int64_t>(name, "I64", shape);
}

std::string TensorFile::to_bytes() const {
  Json header = Json::object();
  int64_t offset = 0;
  for (const auto& [name, tensor] : tensors_) {
    const auto end = offset + static_cast<int64_t>(tensor.bytes.size());
    header[name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // arrays start 8-byte aligned
  const uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  bytes.reserve(sizeof length + text.size() + static_cast<size_t>(offset));
  bytes += text;
  for (const auto& [name, tensor] : tensors_) bytes += tensor.bytes;
  return bytes;
}

Result<TensorFile> TensorFile::parse(std::string_view bytes, const std::string& file) {
  uint64_t length = 0;
  if (bytes.size() < sizeof length)
    return in_file(corrupt("too short for a safetensors file"), file);
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeaderBytes || length > bytes.size() - sizeof length) {
    return in_file(corrupt(fmt::format("a header of {} bytes does not fit", length)), file);
  }
  const Json header = Json::parse(bytes.substr(sizeof length, length), nullptr, false);
  if (!header.is_object()) return in_file(corrupt("the header is not a JSON object"), file);
  const std::string_view data = bytes.substr(sizeof length + length);
  TensorFile result;
  result.file_ = file;
  std::vector<std::pair<std::string, Place>> places;
  std::vector<Place> extents;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    auto read = read_entry(name, entry);
    if (!read.ok()) return in_file(std::move(read).error(), file);
    result.tensors_[name] = std::move(read->first);
    places.emplace_back(name, read->second);
    extents.push_back(read->second);
  }
  if (auto status = check_places(extents, data.size()); !status.ok()) {
    return in_file(std::move(status).error(), file);
  }
  for (const auto& [name, place] : places) {
    result.tensors_[name].bytes =
        data.substr(static_cast<size_t>(place.begin), static_cast<size_t>(place.end - place.begin));
  }
  return result;
}

Status TensorFile::save(const std::string& path) const {
  return write_file_atomic(path, to_bytes());
}

Result<TensorFile> TensorFile::load(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string bytes, read_file(path, kMaxFileBytes));
  return parse(bytes, path);
}

}  // namespace coterie::math
