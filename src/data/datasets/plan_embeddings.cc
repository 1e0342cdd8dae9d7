// Which columns of a file of vectors are read, and the SQL that reads them.

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"
#include "data/datasets/embeddings_internal.h"
#include "data/engine/sql_text.h"
#include "data/files/byte_source.h"
#include "data/ingest/convert_sql.h"
#include "data/ingest/relation.h"

namespace coterie::data {
namespace {

constexpr const char* kDefaultId = "article_id";
constexpr const char* kDefaultColumn = "embedding";
constexpr const char* kLargest = "3.4028234663852886e38::DOUBLE";  // of FLOAT

bool is_numeric(const std::string& sql_type) {
  const SourceType type = source_type(sql_type);
  return type == SourceType::kInteger || type == SourceType::kReal || type == SourceType::kDecimal;
}

bool is_numeric_list(const std::string& sql_type) {
  return sql_type.ends_with("]") && is_numeric(sql_type.substr(0, sql_type.rfind('[')));
}

// A node of the entry where the key is written, else the entry.
YamlNode node_of(const EmbeddingConfig& config, const char* key) {
  if (!config.node.is_map()) return config.node;
  return config.node.find(key).value_or(config.node);
}

Error no_column(const EmbeddingConfig& config, const char* key, const std::string& name,
                const Relation& relation) {
  const std::vector<std::string> names = column_names(relation);
  return node_of(config, key)
      .error(fmt::format("there is no column '{}' in {}", name, relation.what),
             nearest_mend(name, names, fmt::format("it has {}", fmt::join(names, ", "))));
}

// The source column that items calls article_id; "" where it is another name's or an expression.
std::string mapped_id(const Project& project) {
  const SourceConfig* items = project.find_source("items");
  if (items == nullptr) return "";
  const auto found = items->columns.find(kDefaultId);
  const bool plain = found != items->columns.end() && !found->second.starts_with('=');
  return plain ? found->second : "";
}

// The rule by which ids of articles are written, as the sources declare it.
bool integer_text_ids(const Project& project) {
  const SourceConfig* items = project.find_source("items");
  return std::ranges::any_of(project.sources, [&](const SourceConfig& source) {
    if (items != nullptr && &source != items) return false;
    const auto rule = source.id_rules.find(kDefaultId);
    return rule != source.id_rules.end() && rule->second == "integer_text";
  });
}

Error fails_to_read(const EmbeddingConfig& config, const std::vector<SourceFile>& files,
                    const Error& cause) {
  if (cause.code == ErrorCode::kCancelled || cause.code == ErrorCode::kResourceExhausted)
    return cause;
  const std::string& why = cause.message;
  return invalid_input("the vectors cannot be read: " + why.substr(0, why.find('\n')))
      .at(cause.file.empty() ? files[0].name : cause.file)
      .for_key(config.source.name)
      .with_mend("write the file again: Parquet, CSV with a header line, or JSON lines");
}

class Planner {
 public:
  Planner(const Project& project, const EmbeddingConfig& config, const std::string& kind,
          bool has_ids, Connection& connection)
      : project_(project), config_(config), has_ids_(has_ids), connection_(connection) {
    plan_.config = &config;
    plan_.column = kind + "_embedding";
    plan_.table = kind + "_embeddings";
  }

  Result<EmbeddingPlan> run() {
    ASSIGN_OR_RETURN(files_, find_embedding_files(project_, config_, connection_));
    RETURN_IF_ERROR(open());
    ASSIGN_OR_RETURN(const std::string id, read_id());
    RETURN_IF_ERROR(read_vector());
    if (relation_.text) {
      std::vector<std::string> wanted = wide_;
      wanted.push_back(plan_.id_column);
      if (!list_.empty()) wanted.push_back(list_);
      relation_.from = text_reader(wanted, list_);
    }
    plan_.files = relation_.files;
    // `i` is the place of the first number that is none.
    plan_.sql = fmt::format(
        R"(CREATE TEMP TABLE {table} AS
SELECT file, id, d.code AS article_id, fault,
       CASE WHEN fault IS NULL THEN CAST(vector AS FLOAT[]) END AS embedding
FROM (SELECT *, {fault} AS fault
      FROM (SELECT *, CASE WHEN NOT coalesce(list_count(vector) = len(vector) AND
                           list_max(vector) <= {largest} AND list_min(vector) >= -{largest}, false)
                      THEN list_filter(range(1, len(vector) + 1), lambda k:
                           NOT coalesce(abs(vector[k]) <= {largest}, false))[1] END AS i
            FROM (SELECT {file} AS file, {id} AS id, {vector} AS vector, {written} AS written
                  FROM {from}))) LEFT JOIN {ids} d USING (id))",
        fmt::arg("table", plan_.table), fmt::arg("fault", fault()), fmt::arg("largest", kLargest),
        fmt::arg("file", relation_.file_sql), fmt::arg("id", id), fmt::arg("vector", vector_),
        fmt::arg("written", written_), fmt::arg("from", relation_.from),
        fmt::arg("ids", has_ids_ ? "facts.dict_article"
                                 : "(SELECT NULL::INTEGER AS code, NULL::VARCHAR AS id)"));
    return std::move(plan_);
  }

 private:
  // Names and types of the columns.
  Status open() {
    ASSIGN_OR_RETURN(format_, format_of(config_.source, files_));
    for (const SourceFile& file : files_) paths_.push_back(file.path);
    if (format_ == FileFormat::kParquet) {
      auto opened = parquet_relation(files_, connection_);
      if (!opened) return fails_to_read(config_, files_, opened.error());
      relation_ = *std::move(opened);
      return {};
    }
    for (const SourceFile& file : files_) RETURN_IF_ERROR(check_whole(file.path));
    relation_.text = true;
    relation_.file_sql = "file_index::BIGINT";
    relation_.what = files_.size() == 1
                         ? fmt::format("'{}'", files_[0].name)
                         : fmt::format("'{}' and {} more files", files_[0].name, files_.size() - 1);
    for (const SourceFile& file : files_) relation_.files.push_back(file.name);
    if (format_ == FileFormat::kCsv) {
      ASSIGN_OR_RETURN(const CsvOptions options, csv_options(files_[0], config_.source));
      reader_ = fmt::format(
          "read_csv({}, delim = {}, quote = '\"', escape = '\"', header = true, "
          "union_by_name = true",
          quote_text_list(paths_), quote_text(options.delimiter));
    } else {
      reader_ = fmt::format("read_json({}, format = 'newline_delimited'", quote_text_list(paths_));
    }
    const char* merged = format_ == FileFormat::kCsv ? "" : ", union_by_name = true";
    auto columns = connection_.describe(fmt::format("SELECT * FROM {}{})", reader_, merged));
    if (!columns) return fails_to_read(config_, files_, columns.error());
    relation_.columns = *std::move(columns);
    return {};
  }

  Result<const ColumnInfo*> find_id() {
    if (!config_.id.empty()) {
      const ColumnInfo* found = find_column(relation_, config_.id);
      if (found == nullptr) return no_column(config_, "id", config_.id, relation_);
      return found;
    }
    const ColumnInfo* found = find_column(relation_, kDefaultId);
    const std::string mapped = mapped_id(project_);
    if (found == nullptr && !mapped.empty()) found = find_column(relation_, mapped);
    if (found != nullptr) return found;
    return config_.node.error(
        fmt::format("there is no column '{}' in {}", kDefaultId, relation_.what),
        fmt::format("say which one holds the articles' ids: {{from: {}, id: COLUMN}}; there are {}",
                    config_.source.files[0], fmt::join(column_names(relation_), ", ")));
  }

  // SQL of the id as the warehouse writes it.
  Result<std::string> read_id() {
    ASSIGN_OR_RETURN(const ColumnInfo* column, find_id());
    plan_.id_column = column->name;
    ASSIGN_OR_RETURN(TimeZone zone, TimeZone::load(project_.timezone));
    const ConversionRules rules{.money = project_.money,
                                .zone = std::move(zone),
                                .time_format = "",
                                .integer_text = integer_text_ids(project_)};
    std::string mend;
    const auto conversion = make_conversion(
        ColumnKind::kId, relation_.text ? "VARCHAR" : column->sql_type, rules, mend);
    if (!conversion) {
      return node_of(config_, "id")
          .error(
              fmt::format("column '{}' holds {}, which is no id", column->name, column->sql_type),
              "name a column of texts or whole numbers");
    }
    const std::string name = quote_name(column->name);
    return fmt::format("nullif(CAST({} AS VARCHAR), '')",
                       bind_layer(conversion->value, name, name, name));
  }

  Status read_vector() {
    const bool named = !config_.column.empty();
    const ColumnInfo* column = find_column(relation_, named ? config_.column : kDefaultColumn);
    if (named && column == nullptr) return no_column(config_, "column", config_.column, relation_);
    if (column == nullptr) return read_columns();
    const std::string& type = column->sql_type;
    const bool written =
        type == "VARCHAR" || type == "JSON" || (relation_.text && type.ends_with("]"));
    if (!written && !is_numeric_list(type)) {
      return node_of(config_, "column")
          .error(fmt::format("column '{}' of {} holds {}, not lists of numbers", column->name,
                             relation_.what, type),
                 "name the column of lists: column: COLUMN");
    }
    list_ = column->name;
    const std::string name = quote_name(column->name);
    vector_ = fmt::format("{}({} AS DOUBLE[])", written ? "TRY_CAST" : "CAST", name);
    if (written) written_ = fmt::format("CAST({} AS VARCHAR)", name);
    return {};
  }

  // Of text files: a column of which at least half of the values are numbers.
  Result<std::vector<bool>> find_numeric() {
    std::vector<bool> numeric;
    std::string checks;
    std::vector<std::string> names;
    for (const ColumnInfo& column : relation_.columns) {
      numeric.push_back(!relation_.text && is_numeric(column.sql_type));
      names.push_back(column.name);
      checks +=
          fmt::format("{0}count({1}) > 0 AND 2 * count(TRY_CAST({1} AS DOUBLE)) >= count({1})",
                      checks.empty() ? "" : ", ", quote_name(column.name));
    }
    if (!relation_.text) return numeric;
    const Status read = connection_.for_each_chunk(
        fmt::format("SELECT {} FROM {}", checks, text_reader(names, "")),
        [&](const Chunk& chunk) -> Status {
          for (int c = 0; c < chunk.columns(); ++c)
            numeric[static_cast<size_t>(c)] = chunk.column(c).as_int(0) != 0;
          return {};
        });
    if (!read) return fails_to_read(config_, files_, read.error());
    return numeric;
  }

  // A number a column. A row without any of them has no vector.
  Status read_columns() {
    ASSIGN_OR_RETURN(const std::vector<bool> numeric, find_numeric());
    std::string any, list;
    for (size_t c = 0; c < relation_.columns.size(); ++c) {
      const ColumnInfo& column = relation_.columns[c];
      if (column.name == plan_.id_column || !numeric[c]) continue;
      const std::string name = quote_name(column.name);
      const char* comma = wide_.empty() ? "" : ", ";
      any += fmt::format("{}CAST({} AS VARCHAR)", comma, name);
      list += fmt::format("{}TRY_CAST({} AS DOUBLE)", comma, name);
      wide_.push_back(column.name);
    }
    if (wide_.empty()) {
      return config_.node.error(
          fmt::format("{} has neither a column '{}' nor a numeric one", relation_.what,
                      kDefaultColumn),
          fmt::format(
              "say which column holds the lists: {{from: {}, column: COLUMN}}; there are {}",
              config_.source.files[0], fmt::join(column_names(relation_), ", ")));
    }
    vector_ = fmt::format("CASE WHEN coalesce({}) IS NOT NULL THEN [{}] END", any, list);
    return {};
  }

  // Values as they are written, so that the engine guesses no types; those of the column `list` as
  // JSON. "" = there is none.
  std::string text_reader(const std::vector<std::string>& names, const std::string& list) const {
    if (format_ == FileFormat::kCsv) return reader_ + ", all_varchar = true)";
    std::string columns;
    for (const std::string& name : names) {
      columns += fmt::format("{}{}: '{}'", columns.empty() ? "" : ", ", quote_text(name),
                             name == list ? "JSON" : "VARCHAR");
    }
    return fmt::format("{}, columns = {{{}}})", reader_, columns);
  }

  // Null where the vector can be used.
  std::string fault() const {
    const std::string place = wide_.empty()
                                  ? "'number ' || i"
                                  : fmt::format("'column ' || {}[i]", quote_text_list(wide_));
    return fmt::format(
        R"(CASE WHEN vector IS NULL AND written IS NOT NULL AND written <> 'null'
                  THEN 'not a list of numbers: ' || left(written, 60)
                  WHEN len(vector) = 0 THEN 'an empty list'
                  WHEN i IS NOT NULL
                  THEN {} || ' is ' || coalesce(CAST(vector[i] AS VARCHAR), 'no number') END)",
        place);
  }

  const Project& project_;
  const EmbeddingConfig& config_;
  bool has_ids_;
  Connection& connection_;
  EmbeddingPlan plan_;
  std::vector<SourceFile> files_;
  std::vector<std::string> paths_;
  FileFormat format_ = FileFormat::kParquet;
  Relation relation_;
  std::string reader_;                     // of text files: the call, still open
  std::string list_;                       // column of lists; "" = a number a column
  std::vector<std::string> wide_;          // columns of a vector that is no list
  std::string vector_;                     // SQL: DOUBLE[]
  std::string written_ = "NULL::VARCHAR";  // SQL: the list as a text file writes it
};

}  // namespace

Result<std::vector<EmbeddingPlan>> plan_embeddings(const Project& project, const Snapshot& snapshot,
                                                   Connection& connection) {
  std::vector<EmbeddingPlan> plans;
  const bool has_ids = snapshot.dictionary("article").has_value();
  for (const auto& [kind, config] : {std::pair("text", &project.text_embeddings),
                                     std::pair("image", &project.image_embeddings)}) {
    if (!*config) continue;
    ASSIGN_OR_RETURN(EmbeddingPlan plan,
                     Planner(project, **config, kind, has_ids, connection).run());
    plans.push_back(std::move(plan));
  }
  return plans;
}

EmbeddingTables embedding_tables(const std::vector<EmbeddingPlan>& plans) {
  EmbeddingTables tables;
  for (const EmbeddingPlan& plan : plans)
    (plan.column == "text_embedding" ? tables.text : tables.image) = plan.table;
  return tables;
}

}  // namespace coterie::data
