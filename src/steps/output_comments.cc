#include "steps/output_comments.h"

#include <map>

#include <fmt/format.h>

#include "data/datasets/dataset_table.h"

namespace coterie::steps {
namespace {

using Columns = std::map<std::string, std::string>;

struct Described {
  std::string comment;
  Columns columns;
};

const Columns& provenance() {
  static const Columns columns = {{"updated_at", "when the row was made"},
                                  {"model_version", "the model that made it; null where none did"},
                                  {"run_id", "the run that made it: coterie runs show RUN"}};
  return columns;
}

const std::map<std::string, Described>& model_outputs() {
  static const std::map<std::string, Described> outputs = {
      {"customer_segments",
       {"one row a customer: the segment that he is in",
        {{"customer_id", "the customer"},
         {"segment_id", "the segment; 0 is the largest"},
         {"segment_name", "the segment's name"},
         {"recency",
          "days from the last purchase to today; without purchases, from the last activity"},
         {"frequency", "purchases; without purchases, articles met or active days"},
         {"monetary", "money spent"}}}},
      {"customer_segment_profiles",
       {"one row a segment: what its customers have in common",
        {{"segment_id", "the segment"},
         {"segment_name", "its name"},
         {"meaning", "what the name means"},
         {"customers", "customers in it"},
         {"share", "their share of all customers, 0 to 1"},
         {"recency", "median days from the last purchase to today"},
         {"frequency", "median purchases"},
         {"monetary", "median money spent"},
         {"avg_order_value", "median of the customers' mean order values"}}}},
      {"recommendations_cf",
       {"one row a customer and recommended article, best first by rank",
        {{"customer_id", "the customer"},
         {"article_id", "the article"},
         {"rank", "1 is the best"},
         {"score", "comparable within one customer and source only"},
         {"product_name", "the article's name"},
         {"source", "the model, or popularity for customers without a history"}}}},
      {"recommendations_cb",
       {"one row an article and one that is like it, best first by rank",
        {{"article_id", "the article"},
         {"similar_article_id", "an article that is like it"},
         {"rank", "1 is the most alike"},
         {"similarity_score", "cosine of what the two are like, 1: no difference is known"},
         {"product_name", "the article's name"},
         {"similar_product_name", "the name of the one that is like it"}}}},
      {"data_checks",
       {"one row a check of the data contract",
        {{"check_name", "the check"},
         {"table_name", "the table that was looked at"},
         {"column_name", "the column; empty for the whole table"},
         {"level", "error or warn"},
         {"passed", "whether the data keep the contract"},
         {"count", "rows that break it"},
         {"total", "rows that were looked at"},
         {"limit", "what is allowed"},
         {"message", "what was found"},
         {"mend", "what to do about it"}}}}};
  return outputs;
}

void describe_dataset(data::PublishTable& table) {
  for (const data::DatasetInfo& info : data::dataset_catalogue()) {
    for (const data::DatasetTable& dataset : info.tables) {
      if (dataset.name != table.name) continue;
      table.comment = fmt::format("dataset {}: {}", info.letter, dataset.grain);
      for (const data::DatasetColumn& column : dataset.columns)
        table.column_comments.emplace(column.name, column.meaning);
    }
  }
}

}  // namespace

data::PublishTable described_output(const std::string& table) {
  data::PublishTable described{table, "", {}};
  const auto found = model_outputs().find(table);
  if (found == model_outputs().end()) {
    describe_dataset(described);
  } else {
    described.comment = found->second.comment;
    described.column_comments = found->second.columns;
  }
  described.column_comments.insert(provenance().begin(), provenance().end());
  return described;
}

}  // namespace coterie::steps
