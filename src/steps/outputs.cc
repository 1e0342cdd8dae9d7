#include "steps/outputs.h"

#include <algorithm>

#include <fmt/format.h>

namespace coterie::steps {

std::string provenance_sql(const pipeline::StepContext& context, const std::string& model_version) {
  return fmt::format(", make_timestamp({}) AS updated_at, {} AS model_version, {} AS run_id",
                     context.now, data::quote_text(model_version),
                     data::quote_text(context.run_id));
}

bool has_column(const data::Snapshot& snapshot, const std::string& table,
                const std::string& column) {
  const auto info = snapshot.table(table);
  return info &&
         std::ranges::find(info->columns, column, &data::ColumnSchema::name) != info->columns.end();
}

Result<data::Connection> open_inputs(pipeline::StepContext& context,
                                     const std::vector<std::string>& tables) {
  ASSIGN_OR_RETURN(data::Connection connection, context.engine.connect());
  RETURN_IF_ERROR(context.inputs.attach(connection, tables));
  return connection;
}

}  // namespace coterie::steps
