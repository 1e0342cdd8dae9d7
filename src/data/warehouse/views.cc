#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "data/engine/sql_text.h"
#include "data/warehouse/views_internal.h"
#include "data/warehouse/warehouse_internal.h"

namespace coterie::data {
namespace {

std::string null_of(const ColumnSchema& column) {
  return "CAST(NULL AS " + column.sql_type + ") AS " + quote_name(column.name);
}

std::string select_nothing(const std::vector<ColumnSchema>& columns) {
  std::string list;
  for (const ColumnSchema& column : columns) list += (list.empty() ? "" : ", ") + null_of(column);
  return "SELECT " + list;
}

std::string scan(const std::vector<std::string>& paths) {
  return "read_parquet(" + quote_text_list(paths) + ", hive_partitioning = false)";
}

bool has(const std::vector<ColumnSchema>& columns, const std::string& name) {
  return std::ranges::find(columns, name, &ColumnSchema::name) != columns.end();
}

}  // namespace

Result<std::vector<ReadablePart>> readable_parts(Catalog& catalog,
                                                 const std::vector<PartRow>& parts) {
  std::map<int64_t, std::vector<ColumnSchema>> schemas;
  std::vector<ReadablePart> readable;
  for (const PartRow& part : parts) {
    if (!schemas.contains(part.schema)) {
      ASSIGN_OR_RETURN(schemas[part.schema], catalog.schema(part.schema));
    }
    readable.push_back({part.file, part.schema, part.mask, schemas[part.schema]});
  }
  return readable;
}

std::string select_parts(const std::string& warehouse, const std::vector<ColumnSchema>& columns,
                         const std::string& day_column, const std::vector<ReadablePart>& parts) {
  // Files with the same columns and hidden days are read by one scan.
  struct Group {
    const ReadablePart* like;
    std::vector<std::string> paths;
  };
  std::map<std::pair<int64_t, std::string>, Group> groups;
  for (const ReadablePart& part : parts) {
    Group& group = groups[{part.schema, part.mask.to_text()}];
    group.like = &part;
    group.paths.push_back(warehouse + "/" + part.file);
  }
  if (groups.empty()) return select_nothing(columns) + " WHERE false";
  std::string sql;
  for (const auto& [key, group] : groups) {
    std::string list;
    for (const ColumnSchema& column : columns) {
      list += list.empty() ? "" : ", ";
      list += has(group.like->columns, column.name) ? quote_name(column.name) : null_of(column);
    }
    sql += (sql.empty() ? "SELECT " : "\nUNION ALL SELECT ") + list + " FROM " + scan(group.paths);
    if (!group.like->mask.empty()) sql += " WHERE " + group.like->mask.to_sql(day_column);
  }
  return sql;
}

std::string select_dictionary(const std::vector<std::string>& paths, bool numeric) {
  if (paths.empty()) {
    return "SELECT CAST(NULL AS INTEGER) AS code, CAST(NULL AS VARCHAR) AS id, "
           "CAST(NULL AS BIGINT) AS number WHERE false";
  }
  if (numeric) {
    return "SELECT code, CAST(id AS VARCHAR) AS id, id AS number FROM " + scan(paths);
  }
  return "SELECT code, id, CAST(NULL AS BIGINT) AS number FROM " + scan(paths);
}

std::string select_restored(const TableInfo& table,
                            const std::vector<DictionaryInfo>& dictionaries) {
  std::string list;
  std::string joins;
  int count = 0;
  for (const ColumnSchema& column : table.columns) {
    const std::string name = quote_name(column.name);
    const auto dictionary = std::ranges::find(dictionaries, column.entity, &DictionaryInfo::entity);
    list += list.empty() ? "" : ", ";
    if (column.entity.empty() || dictionary == dictionaries.end()) {
      list += "f." + name;
      continue;
    }
    const std::string alias = "d" + std::to_string(count++);
    list += alias + (dictionary->numeric ? ".number" : ".id") + " AS " + name;
    joins += " LEFT JOIN facts." + quote_name(dictionary_table(column.entity)) + " " + alias +
             " ON " + alias + ".code = f." + name;
  }
  return "SELECT " + list + " FROM facts." + quote_name(table.name) + " f" + joins;
}

std::string select_failing(const std::vector<ColumnSchema>& columns, const std::string& message) {
  // Every column depends on the failure: constants would let filters end the query before it.
  std::string list;
  for (const ColumnSchema& column : columns) {
    list += list.empty() ? "" : ", ";
    list += "CAST(failure AS " + column.sql_type + ") AS " + quote_name(column.name);
  }
  return "SELECT " + list + " FROM (SELECT error(" + quote_text(message) +
         ") AS failure) WHERE failure IS NULL";
}

Status create_view(Connection& connection, const std::string& schema, const std::string& name,
                   const std::string& select) {
  return connection.execute("CREATE OR REPLACE VIEW " + schema + "." + quote_name(name) + " AS " +
                            select);
}

}  // namespace coterie::data
