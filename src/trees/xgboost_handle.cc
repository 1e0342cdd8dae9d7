#include <cmath>
#include <mutex>

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include "trees/xgboost_handle_internal.h"

namespace coterie::trees {
namespace {

// The library prints warnings by itself; what matters comes back as errors.
void silence() {
  static std::once_flag once;
  std::call_once(once, [] { XGBSetGlobalConfig(R"({"verbosity": 0})"); });
}

std::string prediction_options(BoosterHandle::Output output, bool in_place) {
  return fmt::format(
      R"({{"type": {}, "training": false, "iteration_begin": 0, "iteration_end": 0, )"
      R"("strict_shape": true{}}})",
      static_cast<int>(output), in_place ? R"(, "missing": NaN, "cache_id": 0)" : "");
}

std::vector<float> copied(const bst_ulong* shape, bst_ulong dimensions, const float* values) {
  size_t count = 1;
  for (bst_ulong i = 0; i < dimensions; ++i) count *= shape[i];
  return {values, values + count};
}

struct ColumnTexts {
  std::vector<const char*> names;
  std::vector<const char*> types;
};

ColumnTexts texts_of(const std::vector<FeatureColumn>& columns) {
  ColumnTexts texts;
  for (const FeatureColumn& column : columns) {
    texts.names.push_back(column.name.c_str());
    texts.types.push_back(column.categorical ? "c" : "float");
  }
  return texts;
}

}  // namespace

Status check_xgboost(int code, const std::string& doing) {
  if (code == 0) return {};
  // What follows the first line is a stack of addresses.
  const std::string_view all = XGBGetLastError();
  return internal_error(
      fmt::format("cannot {}: XGBoost says: {}", doing, all.substr(0, all.find("\nStack trace"))));
}

void DataHandle::Free::operator()(void* handle) const { XGDMatrixFree(handle); }
void BoosterHandle::Free::operator()(void* handle) const { XGBoosterFree(handle); }

Result<DataHandle> DataHandle::create(const FeatureMatrix& matrix,
                                      const std::vector<FeatureColumn>& columns, int threads) {
  silence();
  void* raw = nullptr;
  RETURN_IF_ERROR(check_xgboost(
      XGDMatrixCreateFromMat_omp(matrix.values.data(), static_cast<bst_ulong>(matrix.rows),
                                 static_cast<bst_ulong>(matrix.columns), std::nanf(""), &raw,
                                 threads),
      "copy the features"));
  DataHandle made(raw);
  if (columns.empty()) return made;
  const ColumnTexts texts = texts_of(columns);
  for (const auto& [field, values] :
       {std::pair{"feature_name", &texts.names}, std::pair{"feature_type", &texts.types}}) {
    auto* list = const_cast<const char**>(values->data());
    RETURN_IF_ERROR(check_xgboost(XGDMatrixSetStrFeatureInfo(raw, field, list, values->size()),
                                  "name the features"));
  }
  return made;
}

Status DataHandle::set_weights(std::span<const float> weights) {
  return check_xgboost(XGDMatrixSetFloatInfo(get(), "weight", weights.data(), weights.size()),
                       "set weights");
}

Result<BoosterHandle> BoosterHandle::create(std::span<void* const> cached) {
  silence();
  void* raw = nullptr;
  RETURN_IF_ERROR(
      check_xgboost(XGBoosterCreate(cached.data(), cached.size(), &raw), "begin a model"));
  return BoosterHandle(raw);
}

Result<BoosterHandle> BoosterHandle::load(std::string_view model) {
  ASSIGN_OR_RETURN(BoosterHandle made, create({}));
  RETURN_IF_ERROR(
      check_xgboost(XGBoosterLoadModelFromBuffer(made.handle_.get(), model.data(), model.size()),
                    "load the model"));
  return made;
}

Status BoosterHandle::set(const std::string& name, const std::string& value) {
  return check_xgboost(XGBoosterSetParam(handle_.get(), name.c_str(), value.c_str()),
                       fmt::format("set {} to {}", name, value));
}

Status BoosterHandle::set_columns(const std::vector<FeatureColumn>& columns) {
  const ColumnTexts texts = texts_of(columns);
  for (const auto& [field, values] :
       {std::pair{"feature_name", &texts.names}, std::pair{"feature_type", &texts.types}}) {
    auto* list = const_cast<const char**>(values->data());
    RETURN_IF_ERROR(
        check_xgboost(XGBoosterSetStrFeatureInfo(handle_.get(), field, list, values->size()),
                      "name the features of the model"));
  }
  return {};
}

Status BoosterHandle::boost(const DataHandle& data, std::span<float> gradient,
                            std::span<float> hessian) {
  return check_xgboost(XGBoosterBoostOneIter(handle_.get(), data.get(), gradient.data(),
                                             hessian.data(), gradient.size()),
                       "grow a tree");
}

Result<std::vector<float>> BoosterHandle::predict(const DataHandle& data, Output output) const {
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  RETURN_IF_ERROR(
      check_xgboost(XGBoosterPredictFromDMatrix(handle_.get(), data.get(),
                                                prediction_options(output, false).c_str(), &shape,
                                                &dimensions, &values),
                    "predict"));
  return copied(shape, dimensions, values);
}

Result<std::vector<float>> BoosterHandle::predict_in_place(const FeatureMatrix& matrix,
                                                           Output output) const {
  const std::string view =
      fmt::format(R"({{"data": [{}, true], "shape": [{}, {}], "typestr": "<f4", "version": 3}})",
                  reinterpret_cast<uintptr_t>(matrix.values.data()), matrix.rows, matrix.columns);
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  RETURN_IF_ERROR(check_xgboost(XGBoosterPredictFromDense(handle_.get(), view.c_str(),
                                                          prediction_options(output, true).c_str(),
                                                          nullptr, &shape, &dimensions, &values),
                                "predict"));
  return copied(shape, dimensions, values);
}

Result<BoosterHandle> BoosterHandle::first_rounds(int rounds) const {
  void* raw = nullptr;
  RETURN_IF_ERROR(
      check_xgboost(XGBoosterSlice(handle_.get(), 0, rounds, 1, &raw), "cut the model"));
  return BoosterHandle(raw);
}

Result<std::string> BoosterHandle::save() const {
  bst_ulong size = 0;
  const char* bytes = nullptr;
  RETURN_IF_ERROR(check_xgboost(
      XGBoosterSaveModelToBuffer(handle_.get(), R"({"format": "ubj"})", &size, &bytes),
      "save the model"));
  return std::string(bytes, size);
}

}  // namespace coterie::trees
