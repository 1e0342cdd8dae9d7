#pragma once
// From files of vectors to temporary tables that dataset B joins.

#include <string>
#include <vector>

#include "base/result.h"
#include "data/datasets/dataset_b.h"
#include "data/datasets/embeddings.h"
#include "data/ingest/source_files.h"
#include "data/warehouse/snapshot.h"

namespace coterie::data {

struct EmbeddingPlan {
  const EmbeddingConfig* config = nullptr;
  std::string column;              // of dataset B: "text_embedding"
  std::string table;               // "text_embeddings"
  std::vector<std::string> files;  // names for messages
  std::string id_column;           // of the files
  // CREATE TEMP TABLE <table> (file BIGINT: index into files, id VARCHAR, article_id INTEGER: code
  // or null, fault VARCHAR: why the vector cannot be used, embedding FLOAT[]: null = none). Needs
  // facts.dict_article where the snapshot has it.
  std::string sql;
};

// The files of one kind of vectors, in order. kNotFound, kInvalidInput (truth/): at the key.
Result<std::vector<SourceFile>> find_embedding_files(const Project& project,
                                                     const EmbeddingConfig& config,
                                                     Connection& connection);

// One plan for each of text and image that the project configures, in that order. Reads the files'
// columns. kInvalidInput: no column of ids, or none of vectors.
Result<std::vector<EmbeddingPlan>> plan_embeddings(const Project& project, const Snapshot& snapshot,
                                                   Connection& connection);
EmbeddingTables embedding_tables(const std::vector<EmbeddingPlan>& plans);

// Makes the plan's table. kInvalidInput, with file and article: rows without id, vectors that are
// no lists of finite numbers within the range of FLOAT, of different lengths, ids that stand twice.
Status load_embeddings(const EmbeddingPlan& plan, Connection& connection);

// What the report says: how many articles have a vector, and which ids are none of them.
Result<std::string> embedding_note(const EmbeddingPlan& plan, const Facts& facts,
                                   Connection& connection);

}  // namespace coterie::data
