#pragma once
// What the builds of all datasets have in common: facts, connection, what changed since the last
// build, and writing tables as they are declared.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/datasets/dataset.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

// What a build leaves behind for the next one, as a mark of the warehouse.
struct DatasetState {
  int64_t version = 0;  // of the warehouse that was read
  int32_t today = 0;
  Micros visible_until = 0;
  std::string fingerprint;  // settings, columns and names that every row depends on
  int64_t customers = 0;    // rows of the role customers
  bool seasonal = false;

  std::string to_text() const;
  static std::optional<DatasetState> parse(const std::string& text);
};

// Days whose facts are not what they were for the build before.
struct FactChanges {
  std::set<int32_t> days;
  bool rows_removed = false;
};

// Both ends included.
struct DayRange {
  int32_t first;
  int32_t last;
};
std::vector<DayRange> contiguous(const std::set<int32_t>& days);
// "day BETWEEN ... OR ..." in parentheses; "false" for none.
std::string in_days(std::string_view column, const std::set<int32_t>& days);

// Not thread-safe; one build.
class DatasetBuilder {
 public:
  // Attaches what the dataset reads, reads today, encodes names, finds what changed.
  static Result<DatasetBuilder> open(const DatasetInfo& info, const DatasetBuild& build);

  const DatasetInfo& info() const { return *info_; }
  const Facts& facts() const { return facts_; }
  Connection& connection() { return connection_; }
  bool incremental() const { return before_.has_value(); }
  const DatasetState& before() const { return *before_; }  // of an incremental build
  const FactChanges& changes() const { return changes_; }
  int64_t memory_bytes() const { return build_->memory_bytes; }
  int threads() const { return build_->threads; }
  // Another connection with these tables attached. Thread-safe.
  Result<Connection> open_connection(const std::vector<std::string>& tables) const;
  int32_t dictionary_size(const std::string& entity) const;
  // Rows of a table of the snapshot, 0 if there is none.
  int64_t table_rows(std::string_view table) const;
  // By article code, the code of its name; INT32_MIN: none.
  Result<std::vector<int32_t>> article_names();
  // From here on facts.<table> shows this connection only the rows that fulfil `condition`, copied
  // once, and of them only `columns` (those that there are). No effect on a table that there is
  // not.
  Status narrow(const std::string& table, const std::vector<std::string_view>& columns,
                const std::string& condition);
  // The column's SQL type as it is stored: ids are codes there.
  std::string sql_type(const DatasetColumn& column) const;
  // Gives up on incremental: what follows is a build from nothing.
  void start_from_nothing() { before_.reset(); }

  Status run(const std::string& sql) { return connection_.execute(sql); }
  // Writes of the dataset's table `index`. `sorted` false: rows keep the order of the SELECT.
  Status replace(size_t index, const std::string& select, bool sorted = true);
  Status append(size_t index, const std::string& select);
  // The same for rows that `write` puts into a Parquet file, in the table's order, with the table's
  // columns; returns their number.
  using WriteRows = std::function<Result<int64_t>(const std::string& path)>;
  Status replace_rows(size_t index, const WriteRows& write);
  Status append_rows(size_t index, const WriteRows& write);
  Status replace_days(size_t index, const std::string& select, DayRange days);

  // Leaves the state for the next build and returns the report.
  Result<DatasetReport> finish(std::string how);

 private:
  DatasetBuilder(const DatasetInfo& info, const DatasetBuild& build, Connection connection,
                 Facts facts)
      : info_(&info),
        build_(&build),
        connection_(std::move(connection)),
        facts_(std::move(facts)) {}
  Status encode_names();
  Status find_before();
  Result<bool> find_changes();
  Result<std::string> fingerprint();
  std::string mark() const;
  TableOptions options(size_t index) const;
  RowSource row_source(size_t index, const WriteRows& write) const;

  const DatasetInfo* info_;
  const DatasetBuild* build_;
  Connection connection_;
  Facts facts_;
  std::optional<DatasetState> before_;
  FactChanges changes_;
  std::string fingerprint_;
  std::map<std::string, int64_t> rows_;
};

// Tables of the snapshot that the dataset reads.
std::vector<std::string> dataset_inputs(const DatasetInfo& info, const Snapshot& snapshot);
// Whether anything that it needs is there.
bool can_build(const DatasetInfo& info, const Facts& facts);
// Lines for the report.
std::vector<std::string> dataset_notes(const DatasetInfo& info, const Facts& facts);

Result<DatasetReport> build_a(DatasetBuilder& builder);
Result<DatasetReport> build_b(DatasetBuilder& builder, const DatasetBuild& build);
Result<DatasetReport> build_c(DatasetBuilder& builder, const DatasetBuild& build);
Result<DatasetReport> build_d(DatasetBuilder& builder);
Result<DatasetReport> build_e(DatasetBuilder& builder);
Result<DatasetReport> build_f(DatasetBuilder& builder);

}  // namespace coterie::data
