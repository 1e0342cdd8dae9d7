#pragma once
// Writing a table whose rows belong to customers, range of customers after range, so that the facts
// of one range fit into memory.

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "data/datasets/builder_internal.h"

namespace coterie::data {

struct PassLimits {
  int64_t facts = 0;    // of all customers, at most
  int64_t fit = 1;      // of them, into memory at once
  bool guests = false;  // facts without customer count too: they go with the last range
};

struct CustomerPass {
  int64_t first, end;  // codes [first, end)
  int64_t facts;       // of these customers, were all alike
  std::string scope;   // condition on customer_id; "" = all facts
};

// Replaces the dataset's first table by what `write` puts into a Parquet file for each range, in
// the order of the customers; `write` returns the number of rows. Fewest passes that `limits`
// allow, at most one a customer.
using WritePass = std::function<Result<int64_t>(const CustomerPass&, const std::string& path)>;
Status replace_by_customers(DatasetBuilder& builder, const PassLimits& limits,
                            const WritePass& write);

}  // namespace coterie::data
