#pragma once
// Dataset A in memory: facts read once into buckets of customers, brought into the order of pairs
// there, and summed. Gives the rows of dataset_a_sql(), in the table's order.
//
// 32 bytes a purchase and 16 a fact of another kind. Money and decay are sums of integers, so that
// the result does not depend on the order in which facts are read.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/datasets/decay_internal.h"
#include "data/datasets/facts_internal.h"
#include "data/datasets/pair_rows_internal.h"
#include "data/datasets/row_blocks_internal.h"
#include "data/engine/engine.h"
#include "data/parquet/text_codes.h"

namespace coterie::data {

// Filled by one thread; then different buckets may be summed at the same time, each once.
class PairFacts {
 public:
  // `articles`: the number of article codes. Fails as plan_decay() does.
  static Result<PairFacts> create(const Facts& facts, CustomerBuckets buckets, int64_t articles);

  // Adds the facts with customer and article that fulfil `scope` ("" = all), a condition on
  // customer_id and article_id.
  Status read(Connection& connection, const std::string& scope);
  int64_t buckets() const { return std::ssize(purchases_); }
  // The pairs of a bucket by customer and article. Its facts are released. kInvalidInput: money of
  // a pair beyond 18 digits.
  Result<std::vector<PairRow>> sum(int64_t bucket);

 private:
  struct Purchase {
    int64_t quantity;
    int64_t price;  // minor units; parquet::kNullInteger: none
    int32_t customer, article, day;
  };
  struct Interaction {
    int32_t customer, article, day;
    uint32_t kind;
  };
  class Sums;

  PairFacts(const Facts& facts, CustomerBuckets buckets, int64_t articles, DecayPlan decay);
  Status read_purchases(Connection& connection, const std::string& scope);
  Status read_events(Connection& connection, const std::string& scope);
  Status read_other_roles(Connection& connection, const std::string& scope);
  void add_interactions(const Chunk& chunk);
  bool counts(uint32_t kind);
  std::vector<SortedRow> in_order(const RowBlocks<Purchase>& purchases,
                                  const RowBlocks<Interaction>& others) const;

  Facts facts_;
  CustomerBuckets customers_;
  int article_bits_;
  DecayPlan decay_;
  std::vector<RowBlocks<Purchase>> purchases_;
  std::vector<RowBlocks<Interaction>> others_;
  std::vector<DecayTerm> bought_terms_;  // by age
  std::set<std::string> counting_;       // kinds that do, lower case
  parquet::TextCodes kinds_;
  struct Kind {
    bool counts = false;
    int64_t units = 0;
    std::vector<DecayTerm> terms = {};  // by age
  };
  std::vector<Kind> known_kinds_;  // by code
};

}  // namespace coterie::data
