#pragma once
// Records for other programs: named texts by key, beside the bytes of KeyValueStore and apart from
// them, in a form that any client of the store reads without this program.
//
//   Redis  a hash `<key_space>:<table>:{<key>}`, so HGETALL reads a record. The braces are a hash
//          tag: all that belongs to one key has one slot in a cluster's numbering. A record is
//          replaced by one transaction; many are sent as one pipeline.
//   LMDB   key `<table>/<key>` in the same file as the store's, the value a JSON object of texts;
//          one that expires has a field `expires_at` (UTC) there, which get() heeds and leaves out.
//          A call's records are replaced together.
//
// Both pass one suite of tests (record_table_test.cc). Every function may be called from any number
// of threads. Errors are those of KeyValueStore; a broken connection is opened anew by the next
// call.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/key_value_store.h"

namespace coterie::store {

struct RecordField {
  std::string_view name;
  std::string_view value;
};
struct Record {
  std::string_view key;  // "customer:42"
  std::span<const RecordField> fields;
};
using RecordFields = std::map<std::string, std::string>;

class RecordTable {
 public:
  virtual ~RecordTable() = default;

  // Each replaces the record of its key, fields that it no longer has included; without fields it
  // removes it. `ttl_s` seconds later it is gone; 0 = it stays. Texts are of UTF-8; `expires_at` is
  // no name of a field.
  Status put(std::span<const Record> records, int64_t ttl_s = 0);
  Result<std::optional<RecordFields>> get(std::string_view key) const;
  // Removes the records whose keys begin with `prefix`; returns how many. Piecewise with Redis.
  Result<int64_t> clear(std::string_view prefix);

 private:
  virtual Status do_put(std::span<const Record> records, int64_t ttl_s) = 0;
  virtual Result<std::optional<RecordFields>> do_get(std::string_view key) const = 0;
  virtual Result<int64_t> do_clear(std::string_view prefix) = 0;
};

// As open_store(); `table` is of letters, digits and '_'.
Result<std::unique_ptr<RecordTable>> open_record_table(const std::string& url,
                                                       const StoreOptions& options,
                                                       const std::string& table);

}  // namespace coterie::store
