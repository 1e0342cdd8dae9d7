#pragma once
// XGBoost's C API behind owners of its handles and our errors. Never leaves this folder.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "trees/feature_matrix.h"

namespace coterie::trees {

// kInternal with the library's own words and "cannot `doing`".
Status check_xgboost(int code, const std::string& doing);

// A copy of a matrix inside XGBoost.
class DataHandle {
 public:
  // `columns` may be empty: then features have no names and are numbers. NaN = missing.
  static Result<DataHandle> create(const FeatureMatrix& matrix,
                                   const std::vector<FeatureColumn>& columns, int threads);
  // One a row: quantiles of the features are made with them.
  Status set_weights(std::span<const float> weights);
  void* get() const { return handle_.get(); }

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  explicit DataHandle(void* handle) : handle_(handle) {}
  std::unique_ptr<void, Free> handle_;
};

class BoosterHandle {
 public:
  // Predictions for `cached` matrices are kept and grow with the trees; they must outlive this.
  static Result<BoosterHandle> create(std::span<void* const> cached);
  // A model as XGBoost saves it (UBJSON or JSON).
  static Result<BoosterHandle> load(std::string_view model);
  Status set(const std::string& name, const std::string& value);
  Status set_columns(const std::vector<FeatureColumn>& columns);
  // Adds a tree a class by these gradients: rows × classes.
  Status boost(const DataHandle& data, std::span<float> gradient, std::span<float> hessian);
  enum class Output { kPrediction = 0, kMargin = 1, kContributions = 2 };
  // Copied out of the library: rows × classes, or rows × classes × (features + 1).
  Result<std::vector<float>> predict(const DataHandle& data, Output output) const;
  // The same without making a matrix first; kContributions is not offered by XGBoost here.
  Result<std::vector<float>> predict_in_place(const FeatureMatrix& matrix, Output output) const;
  // The model of the first `rounds` rounds.
  Result<BoosterHandle> first_rounds(int rounds) const;
  // In UBJSON.
  Result<std::string> save() const;

 private:
  struct Free {
    void operator()(void* handle) const;
  };
  explicit BoosterHandle(void* handle) : handle_(handle) {}
  std::unique_ptr<void, Free> handle_;
};

}  // namespace coterie::trees
