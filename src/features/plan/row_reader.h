#pragma once
// Rows of a source as they are pushed, one by one: values by column name become an event. The
// in-process twin of the SQL that batch runs (expr's property test holds the two together).

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "features/plan/source_plan.h"
#include "features/window/text_pool.h"

namespace coterie::features {

// A row's value as JSON has it; text views the caller's bytes.
struct PushedValue {
  enum class Kind : uint8_t { kNull, kBool, kInteger, kReal, kText } kind = Kind::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string_view text;
};

struct PushedRow {
  std::vector<std::string> key;  // the entity's join keys, as text
  EventRow event;                // valid until the reader's next call
  bool counts = true;            // false: `where` is not met, the row is no event
};

// Not thread-safe; one a thread.
class RowReader {
 public:
  // `pools` by field, null where it is no kCode column: texts are added to them.
  RowReader(const SourcePlan& plan, std::vector<TextPool*> pools);

  // Columns that rows bring, in the order of read()'s values: join keys, time, arrival and whatever
  // expressions need. The source's names.
  const std::vector<std::string>& columns() const;

  // kInvalidInput names the column: wrong type, no time, no key, a number that is not finite.
  // Decimals may be numbers or texts; times are texts (parse_utc) or integers (microseconds).
  Result<PushedRow> read(std::span<const PushedValue> values);

  RowReader(RowReader&&) noexcept;
  RowReader& operator=(RowReader&&) noexcept;
  ~RowReader();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace coterie::features
