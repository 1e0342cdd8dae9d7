// How a result is compared with what the oracle says.

#include <cmath>
#include <string>

#include <fmt/format.h>

#include "features/window/oracle_internal.h"

namespace coterie::features {
namespace {

constexpr double kTolerance = 1e-9;

std::string shown(const OracleValue& value) {
  if (value.list) {
    std::string text = "[";
    for (const auto& [name, amount] : value.entries) text += fmt::format("{}: {}, ", name, amount);
    return text + "]";
  }
  if (value.null) return "null";
  switch (value.cell) {
    case Cell::kInteger:
      return std::to_string(value.integer);
    case Cell::kReal:
      return fmt::format("{}", value.real);
    case Cell::kCode:
      return value.text;
  }
  return "";
}

OracleValue read(const SlotColumn& slot, int64_t row, const TextPool* pool) {
  OracleValue value{.cell = slot.cell, .list = slot.list};
  const auto r = static_cast<size_t>(row);
  if (slot.list) {
    value.null = false;
    for (int32_t i = r == 0 ? 0 : slot.ends[r - 1]; i < slot.ends[r]; ++i) {
      value.entries.emplace_back(oracle::text_of(pool, slot.entry_codes[i]), slot.entry_values[i]);
    }
    return value;
  }
  value.null = slot.nulls[r] != 0;
  if (value.null) return value;
  if (slot.cell == Cell::kInteger) value.integer = slot.integers[r];
  if (slot.cell == Cell::kReal) value.real = slot.reals[r];
  if (slot.cell == Cell::kCode) value.text = oracle::text_of(pool, slot.codes[r]);
  return value;
}

bool near(double expected, double got, double magnitude) {
  return std::abs(expected - got) <= kTolerance * magnitude;
}

bool same_entries(const OracleValue& expected, const OracleValue& got) {
  if (expected.entries.size() != got.entries.size()) return false;
  for (size_t i = 0; i < expected.entries.size(); ++i) {
    const auto& [name, amount] = expected.entries[i];
    if (name != got.entries[i].first) return false;
    if (!near(amount, got.entries[i].second, expected.magnitude)) return false;
  }
  return true;
}

bool same(const OracleValue& expected, const OracleValue& got) {
  if (expected.list != got.list) return false;
  if (expected.list) return same_entries(expected, got);
  if (expected.null != got.null) return false;
  if (expected.null) return true;
  if (expected.cell != got.cell) return false;
  if (expected.cell == Cell::kReal) return near(expected.real, got.real, expected.magnitude);
  return expected.cell == Cell::kInteger ? expected.integer == got.integer
                                         : expected.text == got.text;
}

}  // namespace

std::string oracle_difference(const OracleValue& expected, const SlotColumn& slot, int64_t row,
                              const TextPool* pool) {
  const OracleValue got = read(slot, row, pool);
  if (same(expected, got)) return {};
  return fmt::format("expected {}, got {}", shown(expected), shown(got));
}

}  // namespace coterie::features
