#pragma once
// Request values of on-demand features, from columns of a spine.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "features/offline/spine.h"
#include "features/plan/request_plan.h"

namespace coterie::features {

// kInvalidInput: the spine lacks a column that the request needs ("basket.value", or "value").
Status check_request_columns(const FeaturePlan& plan, const RequestPlan& request,
                             const Spine& spine, const std::string& file);

// One thread's. The spine has what check_request_columns() asks for.
class RequestColumns {
 public:
  RequestColumns(const FeaturePlan& plan, const RequestPlan& request, const Spine& spine);
  // Of rows[places[i]], by FeaturePlan::request_fields(); valid until the next call.
  std::span<const expr::ColumnData> gather(std::span<const int64_t> rows,
                                           std::span<const int64_t> places);

 private:
  struct Field {
    size_t index;  // of request_fields()
    const parquet::Column* column;
    std::vector<int64_t> integers = {};
    std::vector<double> reals = {};
    std::vector<std::string_view> texts = {};
    std::vector<uint8_t> nulls = {};
  };
  void gather(Field& field, std::span<const int64_t> rows, std::span<const int64_t> places);

  std::vector<Field> fields_;
  std::vector<expr::ColumnData> views_;
};

}  // namespace coterie::features
