#pragma once
// How rows of one source become events of one entity: which expressions are kept as columns, which
// conditions as filters. The same for batch (in SQL) and online (in process, row_reader.h).

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "expr/expr.h"
#include "features/plan/source_schema.h"
#include "features/registry/definition.h"
#include "features/window/event_layout.h"

namespace coterie::features {

// A column of the layout.
struct Field {
  expr::Expression expression;  // over SourcePlan::schema
  expr::Type type;
  Cell cell;
  std::string dictionary;  // a bare id column: batch keeps the dictionary's code
};

struct ComputedColumn {
  std::string name;
  expr::Expression expression;  // over the columns before it
};

struct SourcePlan {
  const Source* source = nullptr;
  const Entity* entity = nullptr;
  SourceSchema table;
  expr::Schema schema;  // the table's columns and the computed ones
  std::vector<ComputedColumn> computed;
  std::optional<expr::Expression> where;  // rows of which it is not true are no events
  std::vector<Field> fields;              // = layout.columns
  std::vector<expr::Expression> filters;  // = layout.filters
  EventLayout layout;
  bool of_model = false;  // rows of model_vectors.h: nobody pushes them

  // kInvalidInput with the place of the source's key: unknown columns, wrong types, join keys that
  // the source does not have.
  static Result<SourcePlan> open(const Source& source, const Entity& entity,
                                 const SourceSchema& table);
  // The index of an equal field or filter, which is added where there is none. `node` is where the
  // expression stands.
  Result<int> add_field(const std::string& expression, const YamlNode& node);
  Result<int> add_filter(const std::string& condition, const YamlNode& node);
};

}  // namespace coterie::features
