#pragma once
// Customers × articles matrices from the warehouse.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "data/engine/engine.h"
#include "data/project/project.h"
#include "data/warehouse/warehouse.h"
#include "math/sparse.h"
#include "models/recommend/ordered_history.h"

namespace coterie::steps {

// Rows and columns of every matrix: codes of the dictionaries.
struct MatrixShape {
  int32_t customers = 0;
  int32_t articles = 0;
};
MatrixShape matrix_shape(const data::Snapshot& snapshot);

// `select` yields (customer code, article code, value). Values must be positive.
Result<math::Csr> read_matrix(data::Connection& connection, const std::string& select,
                              MatrixShape shape, ThreadPool& pool);

// `select` yields (customer code, article code, day, weight of the kind of event), in any order. By
// day; of one day the lighter events first (what was viewed before what was bought), then by code.
// Every day is a session.
Result<recommend::OrderedHistory> read_order(data::Connection& connection,
                                             const std::string& select, MatrixShape shape);

// Confidence of a pair from dataset A's columns: one for having met at all, more for having met
// lately and often. Logarithmic, so that one customer's hundred refills do not outweigh all else.
std::string confidence_sql(const std::string& score);

// Interactions as they were known at a cut, and what followed: what an offline evaluation needs.
// Creates the temporary table `cf_facts` (customer_id, article_id, score_before, after) on
// `connection`, a row a pair: `score_before` is dataset A's time_weighted_score as it was at the
// cut (null: not met before), `after` whether it was bought (or, without purchases, met) later.
struct EvaluationSplit {
  double test_share = 0.1;   // newest share of the facts that count as a test
  bool by_customer = false;  // each customer's own newest share, instead of everyone's
  bool at_random = false;    // pairs drawn by their codes: for facts that have no order in time
  // Also creates `cf_order` (customer_id, article_id, day, weight): the facts before the cut, as
  // read_order() takes them.
  bool ordered = false;
};
Status make_evaluation_facts(data::Connection& connection, const data::Project& project,
                             const data::Snapshot& snapshot, const EvaluationSplit& split);

}  // namespace coterie::steps
