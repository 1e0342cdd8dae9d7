#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "data/datasets/builder_internal.h"
#include "data/datasets/sources_internal.h"
#include "data/engine/sql_text.h"
#include "data/project/roles.h"

namespace coterie::data {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 2;  // raised when the meaning of a dataset changes

// Roles whose days are facts: changes of these are found day by day.
bool is_daily(const Facts& facts, const std::string& role) { return facts.has(role, "day"); }

// Days on which facts arrived that the build before could not see yet.
Status add_arrivals(Connection& connection, const Facts& facts, const std::string& role,
                    const DatasetState& before, std::set<int32_t>& days) {
  if (!facts.has(role, "arrived_at")) return {};
  return connection.for_each_chunk(
      fmt::format(
          "SELECT DISTINCT day FROM facts.{} WHERE arrived_at > {} AND arrived_at <= {} AND "
          "day <= {}",
          role, sql_timestamp(before.visible_until), sql_timestamp(facts.visible_until),
          sql_date(facts.today)),
      [&](const Chunk& chunk) -> Status {
        for (int64_t row = 0; row < chunk.rows(); ++row) days.insert(chunk.column(0).as_days(row));
        return {};
      });
}

}  // namespace

std::string DatasetState::to_text() const {
  return Json{{"version", version},         {"today", today},         {"until", visible_until},
              {"fingerprint", fingerprint}, {"customers", customers}, {"seasonal", seasonal}}
      .dump();
}

std::optional<DatasetState> DatasetState::parse(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  DatasetState state;
  state.version = json.value("version", int64_t{0});
  state.today = json.value("today", 0);
  state.visible_until = json.value("until", Micros{0});
  state.fingerprint = json.value("fingerprint", "");
  state.customers = json.value("customers", int64_t{0});
  state.seasonal = json.value("seasonal", false);
  return state;
}

std::vector<DayRange> contiguous(const std::set<int32_t>& days) {
  std::vector<DayRange> ranges;
  for (const int32_t day : days) {
    if (!ranges.empty() && ranges.back().last == day - 1) {
      ranges.back().last = day;
    } else {
      ranges.push_back({day, day});
    }
  }
  return ranges;
}

std::string in_days(std::string_view column, const std::set<int32_t>& days) {
  std::string condition;
  for (const DayRange& range : contiguous(days)) {
    condition += fmt::format("{}{} BETWEEN {} AND {}", condition.empty() ? "" : " OR ", column,
                             sql_date(range.first), sql_date(range.last));
  }
  return condition.empty() ? "false" : "(" + condition + ")";
}

Result<DatasetBuilder> DatasetBuilder::open(const DatasetInfo& info, const DatasetBuild& build) {
  ASSIGN_OR_RETURN(Connection connection, build.engine.connect());
  std::vector<std::string> tables = dataset_inputs(info, build.snapshot);
  for (const std::string_view role : fact_roles()) {
    if (build.snapshot.has(std::string(role))) tables.emplace_back(role);
  }
  if (build.snapshot.has("order_items")) tables.emplace_back("order_items");
  for (const DatasetTable& table : info.tables) {
    if (build.snapshot.has(std::string(table.name))) tables.emplace_back(table.name);
  }
  if (tables.empty()) {
    RETURN_IF_ERROR(connection.use_private_catalog());
  } else {
    RETURN_IF_ERROR(build.snapshot.attach(connection, tables));
  }
  Facts facts = declare_facts(build.project, build.snapshot);
  std::erase_if(facts.roles, [&](const auto& role) {
    return std::ranges::find(tables, role.first) == tables.end();
  });
  DatasetBuilder builder(info, build, std::move(connection), std::move(facts));
  RETURN_IF_ERROR(builder.encode_names());
  RETURN_IF_ERROR(probe_facts(build.project, build.snapshot, builder.connection_, builder.facts_));
  if (!builder.facts_.new_probe.empty())
    build.transaction.set_mark(kProbeMark, builder.facts_.new_probe);
  if (can_build(info, builder.facts_)) RETURN_IF_ERROR(builder.find_before());
  return builder;
}

// Names get codes once; where all have one already, no right to add any is taken.
Status DatasetBuilder::encode_names() {
  if (!facts_.has("items", "product_name")) return {};
  const std::string names =
      "SELECT DISTINCT product_name FROM facts.items WHERE product_name IS NOT NULL";
  if (facts_.has_names) {
    ASSIGN_OR_RETURN(const int64_t unknown,
                     connection_.scalar_int(fmt::format(
                         "SELECT count(*) FROM ({}) WHERE product_name NOT IN (SELECT id FROM "
                         "facts.dict_product_name)",
                         names)));
    if (unknown == 0) return {};
  }
  RETURN_IF_ERROR(build_->transaction.encode_ids(std::string(kNameEntity), connection_, names));
  facts_.has_names = true;
  return {};
}

Result<std::string> DatasetBuilder::fingerprint() {
  std::string text = fmt::format("{} {} {} {} {} {} {} {}", kFormat, facts_.timezone,
                                 facts_.half_life_days, facts_.money_decimals,
                                 static_cast<int>(purchase_source(facts_)), facts_.has_returns,
                                 facts_.has_names, info_->letter == 'C' && facts_.has_dataset_a);
  for (const auto& [kind, weight] : facts_.weights) text += fmt::format(" {}={}", kind, weight);
  // Which roles stand for which kinds of interaction depends on these.
  for (const char* kind : {"buy", "cart", "wishlist"})
    text += fmt::format(" {}", facts_.event_kinds.contains(kind));
  for (const std::string& table : dataset_inputs(*info_, build_->snapshot)) {
    if (!facts_.has(table)) continue;
    text += " " + table;
    for (const std::string& column : facts_.roles.at(table)) text += "," + column;
    if (table == "order_items") text += fmt::format("@{}", build_->snapshot.table(table)->version);
  }
  if (facts_.has("items")) {
    ASSIGN_OR_RETURN(
        const std::string articles,
        connection_.scalar_text(fmt::format(
            "SELECT concat(count(*), ' ', bit_xor(hash(article_id, product_name, category))) FROM "
            "({})",
            articles_sql(facts_))));
    text += " " + articles;
  }
  return sha256_hex(text);
}

Result<bool> DatasetBuilder::find_changes() {
  for (const std::string& role : dataset_inputs(*info_, build_->snapshot)) {
    if (!facts_.has(role) || !is_daily(facts_, role)) continue;
    ASSIGN_OR_RETURN(const std::vector<DayChange> days,
                     build_->snapshot.changed_days(role, before_->version));
    for (const DayChange& change : days) {
      changes_.rows_removed |= change.rows_removed;
      if (change.day <= facts_.today) changes_.days.insert(change.day);
    }
    RETURN_IF_ERROR(add_arrivals(connection_, facts_, role, *before_, changes_.days));
  }
  // Facts of these days may have been there before, but were not seen.
  for (int32_t day = before_->today + 1; day <= facts_.today; ++day) changes_.days.insert(day);
  const int64_t all_days = facts_.today - facts_.first_day + 1;
  return std::ssize(changes_.days) * 3 <= all_days;
}

Status DatasetBuilder::find_before() {
  ASSIGN_OR_RETURN(fingerprint_, fingerprint());
  if (build_->from_nothing) return {};
  for (const DatasetTable& table : info_->tables) {
    if (!build_->snapshot.has(std::string(table.name))) return {};
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> text, build_->snapshot.mark(mark()));
  if (!text) return {};
  before_ = DatasetState::parse(*text);
  if (!before_) return {};
  const bool same = before_->fingerprint == fingerprint_ && before_->today <= facts_.today &&
                    before_->version <= build_->snapshot.version();
  if (!same) {
    before_.reset();
    return {};
  }
  ASSIGN_OR_RETURN(const bool few, find_changes());
  if (!few) before_.reset();
  return {};
}

int32_t DatasetBuilder::dictionary_size(const std::string& entity) const {
  const auto dictionary = build_->snapshot.dictionary(entity);
  return dictionary ? dictionary->size : 0;
}

int64_t DatasetBuilder::table_rows(std::string_view table) const {
  const auto found = build_->snapshot.table(std::string(table));
  return found ? found->rows : 0;
}

Result<std::vector<int32_t>> DatasetBuilder::article_names() {
  std::vector<int32_t> names(static_cast<size_t>(dictionary_size("article")), INT32_MIN);
  RETURN_IF_ERROR(connection_.for_each_chunk(
      fmt::format("SELECT article_id, product_name FROM ({}) WHERE product_name IS NOT NULL",
                  articles_sql(facts_)),
      [&](const Chunk& chunk) -> Status {
        const ColumnView articles = chunk.column(0), codes = chunk.column(1);
        for (int64_t row = 0; row < chunk.rows(); ++row)
          names[static_cast<size_t>(articles.as_int(row))] =
              static_cast<int32_t>(codes.as_int(row));
        return {};
      }));
  return names;
}

Status DatasetBuilder::narrow(const std::string& table,
                              const std::vector<std::string_view>& columns,
                              const std::string& condition) {
  const std::optional<TableInfo> stored = build_->snapshot.table(table);
  if (!stored) return {};
  std::string list;
  for (const ColumnSchema& column : stored->columns) {
    if (std::ranges::find(columns, column.name) != columns.end())
      list += (list.empty() ? "" : ", ") + column.name;
  }
  RETURN_IF_ERROR(
      run(fmt::format("CREATE TEMP TABLE narrowed_{0} AS SELECT {1} FROM facts.{0} WHERE {2}",
                      table, list, condition)));
  return run(fmt::format("CREATE OR REPLACE VIEW facts.{0} AS SELECT * FROM narrowed_{0}", table));
}

Result<Connection> DatasetBuilder::open_connection(const std::vector<std::string>& tables) const {
  ASSIGN_OR_RETURN(Connection connection, build_->engine.connect());
  RETURN_IF_ERROR(build_->snapshot.attach(connection, tables));
  return connection;
}

std::string DatasetBuilder::mark() const { return fmt::format("dataset.{}", info_->letter); }

TableOptions DatasetBuilder::options(size_t index) const {
  const DatasetTable& table = info_->tables[index];
  TableOptions options;
  for (const std::string_view column : table.key) options.key.emplace_back(column);
  for (const std::string_view column : table.sort_by) options.sort_by.emplace_back(column);
  options.day_column = table.day_column;
  for (const DatasetColumn& column : table.columns) {
    if (column.type == "customer" || column.type == "article")
      options.entities.emplace_back(column.name, column.type);
    if (column.type == "name" && facts_.has_names)
      options.entities.emplace_back(column.name, kNameEntity);
  }
  return options;
}

Status DatasetBuilder::replace(size_t index, const std::string& select, bool sorted) {
  TableOptions declared = options(index);
  declared.reshape = true;
  if (!sorted) declared.sort_by.clear();
  const std::string table(info_->tables[index].name);
  ASSIGN_OR_RETURN(rows_[table], build_->transaction.replace(table, connection_, select, declared));
  return {};
}

Status DatasetBuilder::append(size_t index, const std::string& select) {
  const std::string table(info_->tables[index].name);
  ASSIGN_OR_RETURN(const int64_t rows,
                   build_->transaction.append(table, connection_, select, options(index)));
  rows_[table] += rows;
  return {};
}

std::string DatasetBuilder::sql_type(const DatasetColumn& column) const {
  if (column.type == "customer" || column.type == "article" || column.type == "name")
    return "INTEGER";
  return column.type == "money" ? facts_.money_type() : std::string(column.type);
}

RowSource DatasetBuilder::row_source(size_t index, const WriteRows& write) const {
  RowSource rows{{}, write};
  for (const DatasetColumn& column : info_->tables[index].columns)
    rows.columns.push_back({std::string(column.name), ValueType::kOther, sql_type(column)});
  return rows;
}

Status DatasetBuilder::replace_rows(size_t index, const WriteRows& write) {
  TableOptions declared = options(index);
  declared.reshape = true;
  const std::string table(info_->tables[index].name);
  ASSIGN_OR_RETURN(rows_[table], build_->transaction.replace(table, connection_,
                                                             row_source(index, write), declared));
  return {};
}

Status DatasetBuilder::append_rows(size_t index, const WriteRows& write) {
  const std::string table(info_->tables[index].name);
  ASSIGN_OR_RETURN(
      const int64_t rows,
      build_->transaction.append(table, connection_, row_source(index, write), options(index)));
  rows_[table] += rows;
  return {};
}

Status DatasetBuilder::replace_days(size_t index, const std::string& select, DayRange days) {
  const std::string table(info_->tables[index].name);
  ASSIGN_OR_RETURN(const int64_t rows,
                   build_->transaction.replace_days(table, connection_, select, days.first,
                                                    days.last, options(index)));
  rows_[table] += rows;
  return {};
}

Result<DatasetReport> DatasetBuilder::finish(std::string how) {
  DatasetState state;
  state.version = build_->snapshot.version();
  state.today = facts_.today;
  state.visible_until = facts_.visible_until;
  state.fingerprint = fingerprint_;
  state.customers = table_rows("customers");
  state.seasonal = facts_.today - facts_.first_sale + 1 >= 365;
  build_->transaction.set_mark(mark(), state.to_text());
  DatasetReport report{info_->letter, {}, std::move(how), dataset_notes(*info_, facts_)};
  for (const auto& [table, rows] : rows_) report.rows.emplace_back(table, rows);
  return report;
}

std::vector<std::string> dataset_inputs(const DatasetInfo& info, const Snapshot& snapshot) {
  std::vector<std::string> inputs;
  for (const auto* roles : {&info.needs_one_of, &info.also_reads}) {
    for (const std::string_view role : *roles) {
      if (snapshot.has(std::string(role))) inputs.emplace_back(role);
    }
  }
  return inputs;
}

}  // namespace coterie::data
