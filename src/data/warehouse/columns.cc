#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "data/engine/sql_text.h"
#include "data/warehouse/columns_internal.h"
#include "data/warehouse/warehouse_internal.h"

namespace coterie::data {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Names of columns are compared as the engine does: without regard to case.
template <typename Column>
const Column* find_column(const std::vector<Column>& columns, std::string_view name) {
  const std::string wanted = lower(name);
  const auto found =
      std::ranges::find_if(columns, [&](const Column& c) { return lower(c.name) == wanted; });
  return found == columns.end() ? nullptr : &*found;
}

// What the engine would store as another type without a word.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kStoredAs = {{
    {"HUGEINT", "BIGINT"},
    {"UHUGEINT", "UBIGINT"},
    {"TIMESTAMP_S", "TIMESTAMP"},
    {"TIMESTAMP_MS", "TIMESTAMP"},
    {"ENUM", "VARCHAR"},
}};
constexpr std::array<std::string_view, 5> kNotStorable = {"BIT", "UNION", "NULL", "UNKNOWN",
                                                          "BIGNUM"};

size_t word_end(std::string_view text, size_t at) {
  while (at < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_')) {
    ++at;
  }
  return at;
}

Error refuse(const std::string& table, const std::string& column, std::string what,
             std::string mend) {
  return invalid_input(std::move(what)).in_table(table, column).with_mend(std::move(mend));
}

Result<std::vector<ColumnSchema>> written_columns(const std::string& table,
                                                  const std::vector<ColumnInfo>& select) {
  std::vector<ColumnSchema> columns;
  for (const ColumnInfo& column : select) {
    if (column.name.empty() || find_column(columns, column.name) != nullptr) {
      return refuse(table, column.name, "the column's name is empty or comes twice",
                    "give every column a name of its own");
    }
    Result<std::string> type = storable_type(column.sql_type);
    if (!type.ok()) return std::move(type).error().in_table(table, column.name);
    columns.push_back({column.name, *std::move(type), ""});
  }
  if (columns.empty()) return refuse(table, "", "nothing to write: no columns", "select some");
  return columns;
}

Status declare_entities(const std::string& table, const TableOptions& options,
                        std::vector<ColumnSchema>& columns) {
  for (const auto& [name, entity] : options.entities) {
    const ColumnSchema* found = find_column(columns, name);
    if (found == nullptr) {
      return refuse(table, name, "declared as codes of '" + entity + "' but not written",
                    "write the column, or leave out the declaration");
    }
    if (found->sql_type != "INTEGER") {
      return refuse(table, name,
                    "codes of '" + entity + "' must be INTEGER, not " + found->sql_type,
                    "join facts." + dictionary_table(entity) + " and write its column `code`");
    }
    columns[static_cast<size_t>(found - columns.data())].entity = entity;
  }
  return {};
}

// Existing columns in their order, then the new ones.
Result<std::vector<ColumnSchema>> merge_columns(const std::string& table,
                                                const std::vector<ColumnSchema>& existing,
                                                std::vector<ColumnSchema> written) {
  std::vector<ColumnSchema> merged;
  for (const ColumnSchema& column : existing) {
    const ColumnSchema* found = find_column(written, column.name);
    if (found == nullptr) {
      return refuse(table, column.name, "the table has this column, what is written has not",
                    "write it too (null where unknown), or drop the table first");
    }
    if (found->sql_type != column.sql_type) {
      return refuse(
          table, column.name,
          "is " + column.sql_type + " in the table, " + found->sql_type + " in what is written",
          "cast it to " + column.sql_type + ", or drop the table first");
    }
    if (!found->entity.empty() && found->entity != column.entity) {
      return refuse(table, column.name,
                    "holds " +
                        (column.entity.empty() ? std::string("plain integers")
                                               : "codes of '" + column.entity + "'") +
                        " in the table, codes of '" + found->entity + "' in what is written",
                    "declare the same entity, or drop the table first");
    }
    merged.push_back(column);
  }
  for (ColumnSchema& column : written) {
    if (find_column(existing, column.name) == nullptr) merged.push_back(std::move(column));
  }
  return merged;
}

Status check_declared(const std::string& table, const TableShape& shape) {
  const auto exists = [&](const std::string& name, const char* role) -> Status {
    if (find_column(shape.columns, name) != nullptr) return {};
    return refuse(table, name, std::string("declared as ") + role + " but not a column",
                  "write the column, or correct the declaration");
  };
  for (const std::string& name : shape.key) RETURN_IF_ERROR(exists(name, "key"));
  for (const std::string& name : shape.sort_by) RETURN_IF_ERROR(exists(name, "sort order"));
  if (shape.day_column.empty()) return {};
  RETURN_IF_ERROR(exists(shape.day_column, "day"));
  const ColumnSchema* day = find_column(shape.columns, shape.day_column);
  if (day->sql_type == "DATE") return {};
  return refuse(table, shape.day_column, "the day column must be DATE, not " + day->sql_type,
                "cast it to DATE");
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

Status check_same_declaration(const std::string& table, const TableOptions& options,
                              const TableShape& existing) {
  if (!options.key.empty() && options.key != existing.key) {
    return refuse(table, "",
                  "the key is " + listed(existing.key) + " in the table, " + listed(options.key) +
                      " in what is written",
                  "declare the same key, or drop the table first");
  }
  if (!options.day_column.empty() && options.day_column != existing.day_column) {
    return refuse(table, options.day_column,
                  "declared as the day column, the table has " +
                      (existing.day_column.empty() ? "none" : "'" + existing.day_column + "'"),
                  "declare the same, or drop the table first");
  }
  return {};
}

}  // namespace

TableShape shape_of(const TableInfo& info) {
  return {info.columns, info.key, info.day_column, info.sort_by};
}

Status check_table_name(const std::string& table) {
  const auto allowed = [](char c) {
    return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '_';
  };
  const bool word = !table.empty() && table.size() <= 100 && std::ranges::all_of(table, allowed) &&
                    (table[0] < '0' || table[0] > '9');
  if (word && !is_dictionary(table) && table != "staging") return {};
  return invalid_input("'" + table + "' cannot be a table's name")
      .with_mend(
          "use small letters, digits and underscores, not beginning with a digit or 'dict_'");
}

Result<std::string> storable_type(const std::string& sql_type) {
  const std::string_view type = sql_type;
  std::string stored;
  for (size_t at = 0; at < type.size();) {
    const size_t end = word_end(type, at);
    if (end > at) {
      const std::string_view word = type.substr(at, end - at);
      if (std::ranges::find(kNotStorable, word) != kNotStorable.end()) {
        return invalid_input("type " + sql_type + " cannot be stored")
            .with_mend("cast the column to another type, such as VARCHAR");
      }
      const auto other = std::ranges::find(kStoredAs, word, [](const auto& p) { return p.first; });
      stored += other == kStoredAs.end() ? word : other->second;
      at = end;
    } else if (type[at] == '"') {
      const size_t close = type.find('"', at + 1);
      stored += type.substr(at, close + 1 - at);
      at = close + 1;
    } else if (type[at] == '[') {
      stored += "[]";
      at = type.find(']', at) + 1;
    } else {
      stored += type[at++];
    }
  }
  return stored;
}

Result<TableShape> shape_after(const std::string& table, const std::vector<ColumnInfo>& select,
                               const TableOptions& options, const TableShape* existing) {
  ASSIGN_OR_RETURN(std::vector<ColumnSchema> columns, written_columns(table, select));
  RETURN_IF_ERROR(declare_entities(table, options, columns));
  TableShape shape;
  if (existing == nullptr) {
    shape = {std::move(columns), options.key, options.day_column, options.sort_by};
  } else {
    RETURN_IF_ERROR(check_same_declaration(table, options, *existing));
    shape = *existing;
    ASSIGN_OR_RETURN(shape.columns, merge_columns(table, existing->columns, std::move(columns)));
    if (!options.sort_by.empty()) shape.sort_by = options.sort_by;
  }
  RETURN_IF_ERROR(check_declared(table, shape));
  return shape;
}

bool still_agrees(const TableShape& staged, const TableShape& now) {
  if (staged.day_column != now.day_column || staged.key != now.key) return false;
  return std::ranges::all_of(now.columns, [&](const ColumnSchema& column) {
    const ColumnSchema* found = find_column(staged.columns, column.name);
    return found != nullptr && found->sql_type == column.sql_type && found->entity == column.entity;
  });
}

std::string projection(const TableShape& shape, const std::vector<ColumnInfo>& select_columns,
                       const std::string& select) {
  std::string list;
  for (const ColumnSchema& column : shape.columns) {
    const ColumnInfo* source = find_column(select_columns, column.name);
    const std::string name = quote_name(source->name);
    list += list.empty() ? "" : ", ";
    list += source->sql_type == column.sql_type ? name
                                                : "CAST(" + name + " AS " + column.sql_type + ")";
    list += " AS " + quote_name(column.name);
  }
  std::string sql = "SELECT " + list + " FROM (" + select + "\n)";
  if (!shape.sort_by.empty()) sql += " ORDER BY " + quote_name_list(shape.sort_by);
  return sql;
}

}  // namespace coterie::data
