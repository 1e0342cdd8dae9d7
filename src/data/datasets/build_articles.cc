// Build of B.

#include "data/datasets/builder_internal.h"
#include "data/datasets/dataset_b.h"

namespace coterie::data {

Result<DatasetReport> build_b(DatasetBuilder& builder, const Project& project) {
  (void)project;
  RETURN_IF_ERROR(builder.replace(0, dataset_b_sql(builder.facts(), {})));
  return builder.finish("from nothing");
}

}  // namespace coterie::data
