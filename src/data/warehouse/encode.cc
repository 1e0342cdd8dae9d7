#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "base/cancel.h"
#include "base/clock.h"
#include "data/engine/sql_text.h"
#include "data/warehouse/parts_internal.h"
#include "data/warehouse/transaction_internal.h"
#include "data/warehouse/views_internal.h"
#include "data/warehouse/write_transaction.h"

namespace coterie::data {
namespace {

constexpr int64_t kMaxCodes = INT32_MAX;
constexpr const char* kNewIds = "coterie_new_ids";

bool is_integer(const std::string& sql_type) {
  return sql_type.ends_with("INT") || sql_type == "INTEGER" || sql_type == "UINTEGER";
}

TableShape dictionary_shape(bool numeric) {
  TableShape shape;
  shape.columns = {{"code", "INTEGER", ""}, {"id", numeric ? "BIGINT" : "VARCHAR", ""}};
  shape.sort_by = {"code"};
  return shape;
}

// Only the holder of this lock adds ids. Its file says who that is.
Result<FileLock> acquire_encoding(const TransactionState& state) {
  const std::string path = staging_path(state.warehouse->folder) + "/encoding";
  RETURN_IF_ERROR(make_folders(staging_path(state.warehouse->folder)));
  const Stopwatch waiting;
  while (true) {
    Result<FileLock> lock = FileLock::try_acquire(path);
    if (lock.ok()) {
      std::ofstream(path, std::ios::trunc) << state.run_id << " since " << format_utc(now_micros());
      return lock;
    }
    if (lock.error().code != ErrorCode::kConflict) return lock;
    RETURN_IF_ERROR(check_cancelled());
    if (waiting.seconds() >= state.warehouse->options.encode_timeout_s) {
      std::string holder;
      std::getline(std::ifstream(path), holder);
      return Error{ErrorCode::kUnavailable, "another run is adding ids: " + holder}.with_mend(
          "wait for it to end, or stop it");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// Files of a dictionary: those of the newest version, then those staged here.
Result<std::vector<std::string>> dictionary_paths(TransactionState& state,
                                                  const std::string& table) {
  std::vector<std::string> paths;
  {
    auto catalog = state.warehouse->reader.use();
    ASSIGN_OR_RETURN(const std::vector<PartRow> parts,
                     catalog->parts(state.leased->version, table));
    for (const PartRow& part : parts) {
      RETURN_IF_ERROR(check_part_size(state.warehouse->folder, table, part));
      paths.push_back(state.warehouse->path(part.file));
    }
  }
  for (const StagedWrite& write : state.writes) {
    if (write.table != table) continue;
    if (write.kind == WriteKind::kReplace) paths.clear();
    if (write.part) paths.push_back(state.warehouse->path(write.part->file));
  }
  return paths;
}

Status create_dictionary_view(TransactionState& state, Connection& connection,
                              const DictionaryInfo& dictionary) {
  const std::string table = dictionary_table(dictionary.entity);
  ASSIGN_OR_RETURN(const std::vector<std::string> paths, dictionary_paths(state, table));
  return create_view(connection, "facts", table, select_dictionary(paths, dictionary.numeric));
}

Status stage_dictionary(TransactionState& state, Connection& connection, WriteKind kind,
                        const DictionaryInfo& dictionary, const std::string& select) {
  StagedWrite write;
  write.kind = kind;
  write.table = dictionary_table(dictionary.entity);
  write.shape = dictionary_shape(dictionary.numeric);
  write.reshape = kind == WriteKind::kReplace;
  return stage(state, connection, std::move(write), select);
}

// Takes the right to add ids at the first call and reads the dictionary as it then is.
Result<DictionaryInfo*> claim_dictionary(TransactionState& state, const std::string& entity,
                                         bool numeric) {
  if (!state.encoding) {
    ASSIGN_OR_RETURN(state.encoding, acquire_encoding(state));
    ASSIGN_OR_RETURN(state.leased, lease_newest(*state.warehouse));
  }
  const auto known = state.dictionaries.find(entity);
  if (known != state.dictionaries.end()) return &known->second;
  auto catalog = state.warehouse->reader.use();
  ASSIGN_OR_RETURN(const std::optional<DictionaryInfo> stored,
                   catalog->dictionary(state.leased->version, entity));
  DictionaryInfo& dictionary = state.dictionaries[entity];
  dictionary = stored.value_or(DictionaryInfo{entity, 0, 0, numeric});
  return &dictionary;
}

// From integers to their decimal text: codes stay.
Status make_textual(TransactionState& state, Connection& connection, DictionaryInfo& dictionary) {
  dictionary.numeric = false;
  if (dictionary.size > 0) {
    RETURN_IF_ERROR(stage_dictionary(state, connection, WriteKind::kReplace, dictionary,
                                     "SELECT code, id FROM facts." +
                                         quote_name(dictionary_table(dictionary.entity)) +
                                         " ORDER BY code"));
  }
  return create_dictionary_view(state, connection, dictionary);
}

Status check_select(const std::string& entity, const std::vector<ColumnInfo>& columns,
                    bool numeric) {
  if (columns.size() != 1) {
    return internal_error(
        fmt::format("ids of '{}' come in one column, not {}", entity, columns.size()));
  }
  if (numeric && !is_integer(columns[0].sql_type)) {
    return invalid_input("ids of '" + entity + "' were declared to be integers, column '" +
                         columns[0].name + "' is " + columns[0].sql_type)
        .with_mend("cast the column to BIGINT, or declare the ids as text");
  }
  return {};
}

// Fills the temporary table with the ids that have no code; returns how many.
Result<int64_t> find_new_ids(Connection& connection, const DictionaryInfo& dictionary,
                             const std::string& select) {
  const std::string type = dictionary.numeric ? "BIGINT" : "VARCHAR";
  const std::string known = dictionary.numeric ? "number" : "id";
  RETURN_IF_ERROR(connection.execute(fmt::format(
      "CREATE OR REPLACE TEMP TABLE {} AS SELECT n.id FROM (SELECT DISTINCT CAST(c AS {}) AS id "
      "FROM ({}\n) s(c) WHERE c IS NOT NULL) n ANTI JOIN facts.{} d ON d.{} = n.id",
      kNewIds, type, select, quote_name(dictionary_table(dictionary.entity)), known)));
  return connection.scalar_int(std::string("SELECT count(*) FROM ") + kNewIds);
}

Status add_new_ids(TransactionState& state, Connection& connection, DictionaryInfo& dictionary,
                   const std::string& select) {
  ASSIGN_OR_RETURN(const int64_t count, find_new_ids(connection, dictionary, select));
  if (dictionary.size + count > kMaxCodes) {
    return Error{ErrorCode::kUnsupported,
                 fmt::format("'{}' would have {} ids, more than the {} that codes can tell apart",
                             dictionary.entity, dictionary.size + count, kMaxCodes)}
        .with_mend("check that the id column holds ids and not, say, times");
  }
  if (count > 0) {
    RETURN_IF_ERROR(stage_dictionary(
        state, connection, WriteKind::kAppend, dictionary,
        fmt::format("SELECT CAST({} + row_number() OVER (ORDER BY id) AS INTEGER) AS code, id "
                    "FROM {} ORDER BY code",
                    dictionary.size - 1, kNewIds)));
    dictionary.size += static_cast<int32_t>(count);
  }
  return connection.execute(std::string("DROP TABLE ") + kNewIds);
}

}  // namespace

Status WriteTransaction::encode_ids(const std::string& entity, Connection& connection,
                                    const std::string& select, bool numeric) {
  RETURN_IF_ERROR(state_->check_open());
  RETURN_IF_ERROR(check_table_name(entity));
  ASSIGN_OR_RETURN(const std::vector<ColumnInfo> columns, connection.describe(select));
  RETURN_IF_ERROR(check_select(entity, columns, numeric));
  RETURN_IF_ERROR(connection.use_private_catalog());
  RETURN_IF_ERROR(connection.execute("CREATE SCHEMA IF NOT EXISTS facts"));
  ASSIGN_OR_RETURN(DictionaryInfo* const dictionary, claim_dictionary(*state_, entity, numeric));
  RETURN_IF_ERROR(create_dictionary_view(*state_, connection, *dictionary));
  if (dictionary->numeric && !numeric) {
    RETURN_IF_ERROR(make_textual(*state_, connection, *dictionary));
  }
  RETURN_IF_ERROR(add_new_ids(*state_, connection, *dictionary, select));
  return create_dictionary_view(*state_, connection, *dictionary);
}

}  // namespace coterie::data
