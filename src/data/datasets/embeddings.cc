// What files of vectors hold, checked and counted.

#include <optional>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/hash.h"
#include "data/datasets/embeddings_internal.h"
#include "data/engine/sql_text.h"

namespace coterie::data {
namespace {

// The texts of the first row of a SELECT of texts; nullopt: there is none.
Result<std::optional<std::vector<std::string>>> first_row(Connection& connection,
                                                          const std::string& select) {
  std::optional<std::vector<std::string>> row;
  RETURN_IF_ERROR(connection.for_each_chunk(
      fmt::format("SELECT COLUMNS(*)::VARCHAR FROM ({} LIMIT 1)", select),
      [&](const Chunk& chunk) -> Status {
        if (chunk.rows() == 0 || row) return {};
        row.emplace();
        for (int c = 0; c < chunk.columns(); ++c)
          row->emplace_back(chunk.column(c).is_null(0) ? "" : chunk.column(c).as_text(0));
        return {};
      }));
  return row;
}

// An error in one of the files; `file` is its index as text.
Error data_error(const EmbeddingPlan& plan, const std::string& file, std::string message,
                 std::string mend) {
  const auto index = static_cast<size_t>(std::stoll(file));
  return invalid_input(std::move(message))
      .at(plan.files[index])
      .for_key(plan.config->source.name)
      .with_mend(std::move(mend));
}

Status check_ids(const EmbeddingPlan& plan, Connection& connection) {
  ASSIGN_OR_RETURN(const auto nameless,
                   first_row(connection, fmt::format("SELECT file, count(*) FROM {} WHERE id IS "
                                                     "NULL GROUP BY file ORDER BY file",
                                                     plan.table)));
  if (nameless) {
    return data_error(
        plan, (*nameless)[0],
        fmt::format("rows without a usable id in column '{}': {}", plan.id_column, (*nameless)[1]),
        "give every row the id of its article");
  }
  ASSIGN_OR_RETURN(
      const auto twice,
      first_row(
          connection,
          fmt::format("SELECT max(file), id, count(*) FROM {} GROUP BY id HAVING count(*) > 1 "
                      "ORDER BY id",
                      plan.table)));
  if (!twice) return {};
  return data_error(plan, (*twice)[0],
                    fmt::format("article '{}' has {} vectors", (*twice)[1], (*twice)[2]),
                    "keep one row an article");
}

Status check_vectors(const EmbeddingPlan& plan, Connection& connection) {
  ASSIGN_OR_RETURN(
      const auto faulty,
      first_row(connection, fmt::format("SELECT file, id, fault FROM {} WHERE fault IS NOT NULL "
                                        "ORDER BY file, id",
                                        plan.table)));
  if (faulty) {
    return data_error(
        plan, (*faulty)[0],
        fmt::format("the vector of article '{}' cannot be used: {}", (*faulty)[1], (*faulty)[2]),
        "every vector is a list of finite numbers; leave out the row of an article that has none");
  }
  ASSIGN_OR_RETURN(
      const auto lengths,
      first_row(connection,
                fmt::format("SELECT * FROM (SELECT max(file), arg_min(id, (len(embedding), id)), "
                            "min(len(embedding)) AS low, arg_max(id, (len(embedding), id)), "
                            "max(len(embedding)) AS high FROM {} WHERE embedding IS NOT NULL) "
                            "WHERE low <> high",
                            plan.table)));
  if (!lengths) return {};
  const auto& row = *lengths;
  return data_error(plan, row[0],
                    fmt::format("vectors differ in length: article '{}' has {} numbers, article "
                                "'{}' {}",
                                row[1], row[2], row[3], row[4]),
                    "write all vectors with one model");
}

}  // namespace

bool has_embeddings(const Project& project) {
  return project.text_embeddings.has_value() || project.image_embeddings.has_value();
}

Result<std::vector<SourceFile>> find_embedding_files(const Project& project,
                                                     const EmbeddingConfig& config,
                                                     Connection& connection) {
  ASSIGN_OR_RETURN(auto files, find_source_files(project, config.source, connection));
  RETURN_IF_ERROR(refuse_truth(project, config.source, files));
  return files;
}

Result<std::string> embeddings_state(const Project& project, Engine& engine) {
  if (!has_embeddings(project)) return std::string();
  ASSIGN_OR_RETURN(Connection connection, engine.connect());
  std::string text;
  for (const auto* config : {&project.text_embeddings, &project.image_embeddings}) {
    if (!*config) continue;
    ASSIGN_OR_RETURN(const auto files, find_embedding_files(project, **config, connection));
    text += (*config)->source.name + "\n";
    for (const SourceFile& file : files)
      text += fmt::format("{}\t{}\t{}\n", file.name, file.bytes, file.modified_ns);
  }
  return sha256_hex(text);
}

Status load_embeddings(const EmbeddingPlan& plan, Connection& connection) {
  const Status made = connection.execute(plan.sql);
  if (!made) {
    const Error& cause = made.error();
    if (cause.code != ErrorCode::kInvalidInput && cause.code != ErrorCode::kIo) return made;
    return data_error(
        plan, "0",
        "the vectors cannot be read: " + cause.message.substr(0, cause.message.find('\n')),
        "write the file again: Parquet, CSV with a header line, or JSON lines");
  }
  RETURN_IF_ERROR(check_ids(plan, connection));
  return check_vectors(plan, connection);
}

Result<std::string> embedding_note(const EmbeddingPlan& plan, const Facts& facts,
                                   Connection& connection) {
  const std::string articles = known_articles_sql(facts);
  const std::string strange = fmt::format(
      "FROM {} WHERE article_id IS NULL OR article_id NOT IN ({})", plan.table, articles);
  ASSIGN_OR_RETURN(
      const auto counts,
      first_row(connection,
                fmt::format("SELECT (SELECT count(*) FROM ({1})), (SELECT count(*) FROM {0} WHERE "
                            "embedding IS NOT NULL AND article_id IN ({1})), (SELECT "
                            "coalesce(any_value(len(embedding)), 0) FROM {0}), (SELECT count(*) "
                            "{2}), (SELECT string_agg('''' || id || '''', ', ' ORDER BY id) FROM "
                            "(SELECT id {2} ORDER BY id LIMIT 3))",
                            plan.table, articles, strange)));
  const auto count = [&](size_t c) { return std::stoll((*counts)[c]); };
  std::string note =
      fmt::format("{}: {} of {} articles, {} numbers each", plan.column, format_count(count(1)),
                  format_count(count(0)), format_count(count(2)));
  if (count(3) > 0) {
    note += fmt::format("; left out {} whose id no article has: {}{}", format_count(count(3)),
                        (*counts)[4], count(3) > 3 ? ", …" : "");
    if (count(1) == 0) note += " (ids are compared as they are written)";
  }
  return note;
}

}  // namespace coterie::data
