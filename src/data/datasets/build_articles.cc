// Build of B.

#include "data/datasets/builder_internal.h"
#include "data/datasets/embeddings_internal.h"

namespace coterie::data {

Result<DatasetReport> build_b(DatasetBuilder& builder, const DatasetBuild& build) {
  Connection& connection = builder.connection();
  ASSIGN_OR_RETURN(const auto plans, plan_embeddings(build.project, build.snapshot, connection));
  std::vector<std::string> coverage;
  for (const EmbeddingPlan& plan : plans) {
    RETURN_IF_ERROR(load_embeddings(plan, connection));
    ASSIGN_OR_RETURN(coverage.emplace_back(), embedding_note(plan, builder.facts(), connection));
  }
  RETURN_IF_ERROR(builder.replace(0, dataset_b_sql(builder.facts(), embedding_tables(plans))));
  ASSIGN_OR_RETURN(DatasetReport report, builder.finish("from nothing"));
  for (std::string& note : coverage) report.notes.push_back(std::move(note));
  return report;
}

}  // namespace coterie::data
