#pragma once
// Dataset B: the articles.

#include <string>

#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

DatasetInfo dataset_b_info();

// Tables (article_id INTEGER, embedding FLOAT[]) of this connection that hold embeddings, "" =
// none.
struct EmbeddingTables {
  std::string text;
  std::string image;
};

// article_id of every row of the table, each once; "" when no role knows any.
std::string known_articles_sql(const Facts& facts);

// The table's rows as one SELECT, without order.
std::string dataset_b_sql(const Facts& facts, const EmbeddingTables& embeddings);

}  // namespace coterie::data
