#pragma once
// Rows of a source as they are pushed, one by one: values by column name become an event. The
// in-process twin of the SQL that batch runs (expr's property test holds the two together).
//
// Values are read by the column's type:
//   bool        true, false
//   int         integers, also as reals without a fraction up to 2^53
//   decimal(s)  integers; reals, rounded to s digits; texts with at most s digits
//   real        finite numbers (rounded to float where the table's column is one)
//   text        texts of valid UTF-8; integers too where the column holds ids
//   date        "2024-01-31" or days since 1970
//   timestamp   "2024-01-31T09:05:00.125Z", with an offset "+02:00" instead of Z, without either =
//               UTC; or microseconds since 1970. A bare date is the last microsecond of that day in
//               the project's time zone, as everywhere (conventions.h)
// Times lie in the years 1 to 9999.
//
// Rows of static sources stand at kStaticTime; others have a time, in a column of dates the last
// microsecond of that day in UTC, as in batch. The join keys must be there, a column that is absent
// is null. An arrival that is null, or before the time, is the time. A role's column `day` that is
// null follows from the time.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/timezone.h"
#include "features/plan/source_plan.h"
#include "features/plan/value_column.h"
#include "features/window/text_pool.h"

namespace coterie::features {

// Of all join keys of a row together, with the separators between them.
inline constexpr size_t kMaxEntityKeyBytes = 256;

// A row's value as JSON has it; text views the caller's bytes.
struct PushedValue {
  enum class Kind : uint8_t { kNull, kBool, kInteger, kReal, kText } kind = Kind::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;

  static PushedValue of_bool(bool value) { return {Kind::kBool, value ? 1 : 0, 0, {}}; }
  static PushedValue of_integer(int64_t value) { return {Kind::kInteger, value, 0, {}}; }
  static PushedValue of_real(double value) { return {Kind::kReal, 0, value, {}}; }
  static PushedValue of_text(std::string_view value) { return {Kind::kText, 0, 0, value}; }
};

// Valid until the reader's next call.
struct PushedRow {
  std::string_view key;  // the entity's join keys: entity_key()
  EventRow event;
  std::span<const std::string_view> texts;  // by field; those of kCode columns that are not null
  bool counts = true;                       // false: `where` is not met, the row is no event
};

// Join keys as one text, which names an entity of its kind: a single one as it is, several joined
// by '|', with a backslash before each '|' and backslash inside them.
std::string entity_key(std::span<const std::string_view> join_keys);

// Not thread-safe; one a thread.
class RowReader {
 public:
  // `plan` outlives the reader. `pools` by field: texts are added to them for their codes. Null
  // where it is no kCode column, or where the caller sees to that, or rows are only checked.
  RowReader(const SourcePlan& plan, std::vector<TextPool*> pools, const TimeZone& zone);

  // Columns that rows bring, in the order of read()'s values: join keys, time, arrival and whatever
  // expressions need. The source's names.
  const std::vector<std::string>& columns() const;

  // kInvalidInput names source and column: wrong type, no time, no key, a number that is not
  // finite.
  Result<PushedRow> read(std::span<const PushedValue> values);
  // The same errors without computing anything: expressions never fail.
  Status check(std::span<const PushedValue> values);

  RowReader(RowReader&&) noexcept;
  RowReader& operator=(RowReader&&) noexcept;
  ~RowReader();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// An instant as text or number, as described above for timestamps; nullopt if it is none.
std::optional<Micros> parse_instant(std::string_view text, const TimeZone& zone);

}  // namespace coterie::features
