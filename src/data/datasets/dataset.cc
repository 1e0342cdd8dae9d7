#include "data/datasets/dataset.h"

#include <algorithm>

#include <fmt/format.h>

#include "data/datasets/builder_internal.h"
#include "data/datasets/customer_registry_internal.h"
#include "data/datasets/dataset_a.h"
#include "data/datasets/dataset_b.h"
#include "data/datasets/dataset_c_sources_internal.h"
#include "data/datasets/dataset_d.h"
#include "data/datasets/dataset_e.h"
#include "data/datasets/dataset_f.h"
#include "data/datasets/embeddings_internal.h"

namespace coterie::data {
namespace {

Result<std::vector<std::string>> sql_of(char letter, const Facts& facts,
                                        const std::vector<EmbeddingPlan>& embeddings) {
  std::vector<std::string> sql;
  switch (letter) {
    case 'A': {
      ASSIGN_OR_RETURN(sql.emplace_back(), dataset_a_sql(facts));
      break;
    }
    case 'B':
      for (const EmbeddingPlan& plan : embeddings) sql.push_back(plan.sql);
      sql.push_back(dataset_b_sql(facts, embedding_tables(embeddings)));
      break;
    case 'C':
      for (const CustomerSource& source : customer_sources(facts))
        sql.push_back(
            fmt::format("CREATE TEMP TABLE {} AS {}", today_table(source.name), source.sql));
      break;
    case 'D':
      sql.push_back("CREATE TEMP TABLE daily_sums AS " +
                    sales_sums_sql(facts, SalesPeriod::kDay, ""));
      sql.push_back("CREATE TEMP TABLE weekly_sums AS " +
                    sales_sums_sql(facts, SalesPeriod::kWeek, ""));
      sql.push_back("CREATE TEMP TABLE seasonality AS " +
                    seasonality_sql(facts, "FROM daily_sums"));
      sql.push_back(
          sales_table_sql(facts, SalesPeriod::kDay, "FROM daily_sums", "FROM seasonality"));
      sql.push_back(
          sales_table_sql(facts, SalesPeriod::kWeek, "FROM weekly_sums", "FROM seasonality"));
      break;
    case 'E':
      sql.push_back(dataset_e_sql(facts, ""));
      break;
    default:
      sql.push_back(dataset_f_sql(facts, "", ""));
  }
  return sql;
}

}  // namespace

Result<std::vector<DatasetSpec>> datasets(const Project& project, const Snapshot& snapshot,
                                          Engine& engine) {
  ASSIGN_OR_RETURN(Connection connection, engine.connect());
  RETURN_IF_ERROR(snapshot.attach(connection));
  Facts facts = declare_facts(project, snapshot);
  RETURN_IF_ERROR(probe_facts(project, snapshot, connection, facts));
  ASSIGN_OR_RETURN(const auto embeddings, plan_embeddings(project, snapshot, connection));
  std::vector<DatasetSpec> specs;
  for (const DatasetInfo& info : dataset_catalogue()) {
    DatasetSpec& spec = specs.emplace_back();
    spec.letter = info.letter;
    spec.name = fmt::format("datasets.{}", static_cast<char>(info.letter - 'A' + 'a'));
    spec.title = info.title;
    spec.inputs = dataset_inputs(info, snapshot);
    for (const std::string_view role : fact_roles()) {
      const std::string name(role);
      if (snapshot.has(name) && std::ranges::find(spec.inputs, name) == spec.inputs.end())
        spec.inputs.push_back(name);
    }
    spec.notes = dataset_notes(info, facts);
    if (!can_build(info, facts)) continue;
    for (const DatasetTable& table : info.tables) spec.outputs.emplace_back(table.name);
    ASSIGN_OR_RETURN(spec.sql, sql_of(info.letter, facts, embeddings));
    if (info.letter == 'C')
      spec.notes.emplace_back(
          "the rows that its features read: coterie datasets C --registry defines these");
  }
  return specs;
}

Result<DatasetReport> build_dataset(char letter, const DatasetBuild& build) {
  const DatasetInfo* info = find_dataset(letter);
  if (info == nullptr)
    return invalid_input(fmt::format("there is no dataset '{}'", letter))
        .with_mend("datasets are A, B, C, D, E and F");
  ASSIGN_OR_RETURN(DatasetBuilder builder, DatasetBuilder::open(*info, build));
  if (!can_build(*info, builder.facts()))
    return DatasetReport{info->letter, {}, "off", dataset_notes(*info, builder.facts())};
  switch (info->letter) {
    case 'A':
      return build_a(builder);
    case 'B':
      return build_b(builder, build);
    case 'C':
      return build_c(builder, build);
    case 'D':
      return build_d(builder);
    case 'E':
      return build_e(builder);
    default:
      return build_f(builder);
  }
}

Result<Micros> datasets_moment(const Project& project, const Snapshot& snapshot,
                               Connection& connection) {
  Facts facts = declare_facts(project, snapshot);
  RETURN_IF_ERROR(probe_facts(project, snapshot, connection, facts));
  return facts.visible_until;
}

}  // namespace coterie::data
