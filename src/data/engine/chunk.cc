#include "data/engine/chunk.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <duckdb.h>

#include "data/engine/types_internal.h"

namespace coterie::data {
namespace {

constexpr std::array<double, 39> make_powers_of_ten() {
  std::array<double, 39> powers{};
  double power = 1;
  for (double& slot : powers) {
    slot = power;
    power *= 10;
  }
  return powers;
}
constexpr auto kPowersOfTen = make_powers_of_ten();

template <typename T>
T at(const void* data, int64_t row) {
  return static_cast<const T*>(data)[row];
}

bool fits(duckdb_hugeint value) {
  return value.upper == (static_cast<int64_t>(value.lower) < 0 ? -1 : 0);
}

int64_t saturate(duckdb_hugeint value) {
  if (fits(value)) return static_cast<int64_t>(value.lower);
  return value.upper < 0 ? std::numeric_limits<int64_t>::min()
                         : std::numeric_limits<int64_t>::max();
}

bool fits(duckdb_uhugeint value) { return value.upper == 0 && (value.lower >> 63) == 0; }

int64_t saturate(duckdb_uhugeint value) {
  return fits(value) ? static_cast<int64_t>(value.lower) : std::numeric_limits<int64_t>::max();
}

int64_t saturate(uint64_t value) {
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  return static_cast<int64_t>(value < kMax ? value : kMax);
}

int64_t floor_divide(int64_t value, int64_t by) {
  const int64_t quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

}  // namespace

ColumnView::Physical ColumnView::physical_of(int duckdb_type) {
  switch (duckdb_type) {
    case DUCKDB_TYPE_BOOLEAN:
      return Physical::kBool;
    case DUCKDB_TYPE_TINYINT:
      return Physical::kInt8;
    case DUCKDB_TYPE_SMALLINT:
      return Physical::kInt16;
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_DATE:
      return Physical::kInt32;
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return Physical::kInt64;
    case DUCKDB_TYPE_HUGEINT:
      return Physical::kInt128;
    case DUCKDB_TYPE_UTINYINT:
      return Physical::kUInt8;
    case DUCKDB_TYPE_USMALLINT:
      return Physical::kUInt16;
    case DUCKDB_TYPE_UINTEGER:
      return Physical::kUInt32;
    case DUCKDB_TYPE_UBIGINT:
      return Physical::kUInt64;
    case DUCKDB_TYPE_UHUGEINT:
      return Physical::kUInt128;
    case DUCKDB_TYPE_FLOAT:
      return Physical::kFloat;
    case DUCKDB_TYPE_DOUBLE:
      return Physical::kDouble;
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB:
      return Physical::kText;
    default:
      return Physical::kNone;
  }
}

ColumnView::TimeUnit ColumnView::unit_of(int duckdb_type) {
  switch (duckdb_type) {
    case DUCKDB_TYPE_TIMESTAMP_S:
      return TimeUnit::kSecond;
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return TimeUnit::kMilli;
    case DUCKDB_TYPE_TIMESTAMP_NS:
      return TimeUnit::kNano;
    default:
      return TimeUnit::kMicro;
  }
}

int64_t ColumnView::as_int(int64_t row) const {
  switch (physical_) {
    case Physical::kBool:
      return at<bool>(data_, row) ? 1 : 0;
    case Physical::kInt8:
      return at<int8_t>(data_, row);
    case Physical::kInt16:
      return at<int16_t>(data_, row);
    case Physical::kInt32:
      return at<int32_t>(data_, row);
    case Physical::kInt64:
      return at<int64_t>(data_, row);
    case Physical::kInt128:
      return saturate(at<duckdb_hugeint>(data_, row));
    case Physical::kUInt8:
      return at<uint8_t>(data_, row);
    case Physical::kUInt16:
      return at<uint16_t>(data_, row);
    case Physical::kUInt32:
      return at<uint32_t>(data_, row);
    case Physical::kUInt64:
      return saturate(at<uint64_t>(data_, row));
    case Physical::kUInt128:
      return saturate(at<duckdb_uhugeint>(data_, row));
    case Physical::kFloat:
    case Physical::kDouble:
    case Physical::kText:
    case Physical::kNone:
      break;
  }
  return 0;
}

bool ColumnView::fits_int(int64_t row) const {
  switch (physical_) {
    case Physical::kInt128:
      return fits(at<duckdb_hugeint>(data_, row));
    case Physical::kUInt128:
      return fits(at<duckdb_uhugeint>(data_, row));
    case Physical::kUInt64:
      return (at<uint64_t>(data_, row) >> 63) == 0;
    case Physical::kFloat:
    case Physical::kDouble:
    case Physical::kText:
    case Physical::kNone:
      return false;
    default:
      return true;
  }
}

double ColumnView::as_real(int64_t row) const {
  switch (physical_) {
    case Physical::kFloat:
      return at<float>(data_, row);
    case Physical::kDouble:
      return at<double>(data_, row);
    case Physical::kUInt64:
      return static_cast<double>(at<uint64_t>(data_, row));
    case Physical::kUInt128:
      return duckdb_uhugeint_to_double(at<duckdb_uhugeint>(data_, row));
    case Physical::kInt128:
      return duckdb_hugeint_to_double(at<duckdb_hugeint>(data_, row)) /
             kPowersOfTen[static_cast<size_t>(scale_)];
    default:
      return static_cast<double>(as_int(row)) / kPowersOfTen[static_cast<size_t>(scale_)];
  }
}

std::string_view ColumnView::as_text(int64_t row) const {
  if (physical_ != Physical::kText) return {};
  auto* text = const_cast<duckdb_string_t*>(static_cast<const duckdb_string_t*>(data_) + row);
  return {duckdb_string_t_data(text), duckdb_string_t_length(*text)};
}

int64_t ColumnView::as_micros(int64_t row) const {
  constexpr int64_t kMicrosPerDay = 86'400'000'000;
  if (type_ == ValueType::kDate) return as_days(row) * kMicrosPerDay;
  const auto raw = at<int64_t>(data_, row);
  switch (unit_) {
    case TimeUnit::kSecond:
      return raw * 1'000'000;
    case TimeUnit::kMilli:
      return raw * 1'000;
    case TimeUnit::kNano:
      return floor_divide(raw, 1'000);
    case TimeUnit::kMicro:
      break;
  }
  return raw;
}

int32_t ColumnView::as_days(int64_t row) const { return at<int32_t>(data_, row); }

const int32_t* ColumnView::int32_data() const {
  return physical_ == Physical::kInt32 ? static_cast<const int32_t*>(data_) : nullptr;
}
const int64_t* ColumnView::int64_data() const {
  return physical_ == Physical::kInt64 ? static_cast<const int64_t*>(data_) : nullptr;
}
const float* ColumnView::float_data() const {
  return physical_ == Physical::kFloat ? static_cast<const float*>(data_) : nullptr;
}
const double* ColumnView::double_data() const {
  return physical_ == Physical::kDouble ? static_cast<const double*>(data_) : nullptr;
}

Chunk::Chunk(void* handle) : handle_(handle) {
  auto* chunk = static_cast<duckdb_data_chunk>(handle);
  rows_ = static_cast<int64_t>(duckdb_data_chunk_get_size(chunk));
  columns_ = static_cast<int>(duckdb_data_chunk_get_column_count(chunk));
}

Chunk::Chunk(Chunk&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      rows_(other.rows_),
      columns_(other.columns_),
      first_column_(other.first_column_),
      owned_(other.owned_) {}

Chunk& Chunk::operator=(Chunk&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(rows_, other.rows_);
  std::swap(columns_, other.columns_);
  std::swap(first_column_, other.first_column_);
  std::swap(owned_, other.owned_);
  return *this;
}

Chunk Chunk::view(void* handle, int left_out) {
  Chunk chunk(handle);
  chunk.columns_ -= left_out;
  chunk.first_column_ = left_out;
  chunk.owned_ = false;
  return chunk;
}

Chunk::~Chunk() {
  auto* chunk = static_cast<duckdb_data_chunk>(handle_);
  if (owned_ && chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
}

ColumnView Chunk::column(int index) const {
  auto* vector =
      duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(handle_),
                                   static_cast<idx_t>(first_column_) + static_cast<idx_t>(index));
  const LogicalType logical(duckdb_vector_get_column_type(vector));
  const duckdb_type id = duckdb_get_type_id(logical.get());
  ColumnView view;
  view.type_ = value_type_of(id);
  view.unit_ = ColumnView::unit_of(id);
  if (id == DUCKDB_TYPE_DECIMAL) {
    view.physical_ = ColumnView::physical_of(duckdb_decimal_internal_type(logical.get()));
    view.scale_ = duckdb_decimal_scale(logical.get());
  } else if (view.type_ != ValueType::kOther) {
    view.physical_ = ColumnView::physical_of(id);
  }
  view.data_ = duckdb_vector_get_data(vector);
  view.validity_ = duckdb_vector_get_validity(vector);
  return view;
}

}  // namespace coterie::data
