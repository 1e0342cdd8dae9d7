#include "trees/train.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <xgboost/c_api.h>

#include "base/cancel.h"
#include "trees/gradient_grid.h"
#include "trees/train_internal.h"
#include "trees/xgboost_handle_internal.h"

namespace coterie::trees {
namespace {

// One data set with what its objective makes of the labels.
struct Target {
  std::vector<float> weights;  // of rows; not of kRanking
  std::optional<LambdaGradients> lambdas;
};

Status check_weights(std::span<const float> weights, size_t rows) {
  if (!weights.empty() && weights.size() != rows) {
    return invalid_input(fmt::format("{} weights for {} rows", weights.size(), rows));
  }
  for (size_t row = 0; row < weights.size(); ++row) {
    if (!(weights[row] >= 0) || std::isinf(weights[row])) {
      return invalid_input(fmt::format("row {} has the weight {}", row, weights[row]))
          .with_mend("weights are finite and not negative");
    }
  }
  return {};
}

Result<Target> make_target(const TrainingData& data, const std::vector<FeatureColumn>& columns,
                           const TreeOptions& options) {
  RETURN_IF_ERROR(check_matrix(data.features, columns));
  if (data.features.rows == 0) return invalid_input("no rows to learn from");
  if (data.labels.size() != static_cast<size_t>(data.features.rows)) {
    return invalid_input(
        fmt::format("{} labels for {} rows", data.labels.size(), data.features.rows));
  }
  Target target;
  if (options.objective == Objective::kRanking) {
    ASSIGN_OR_RETURN(target.lambdas, LambdaGradients::create(data.labels, data.group_sizes,
                                                             data.weights, options.ranking));
    return target;
  }
  if (!data.group_sizes.empty()) {
    return invalid_input(
        fmt::format("{} has no groups of rows", objective_name(options.objective)));
  }
  RETURN_IF_ERROR(check_labels(options.objective, data.labels, options.classes));
  RETURN_IF_ERROR(check_weights(data.weights, data.labels.size()));
  target.weights = combined_weights(data.labels, data.weights, options.class_weights);
  return target;
}

double loss_of(const TrainingData& data, const Target& target, const TreeOptions& options,
               std::span<const float> margins, ThreadPool& pool) {
  if (target.lambdas) return 1 - target.lambdas->ndcg(margins, options.validation_depth, pool);
  return point_loss(options.objective, data.labels, target.weights, options.classes, margins, pool);
}

// Validation losses, and the round to keep.
struct History {
  std::vector<double> losses;
  int best = 0;  // rounds

  void add(double loss) {
    losses.push_back(loss);
    if (losses.size() == 1 || loss < losses[static_cast<size_t>(best) - 1]) {
      best = static_cast<int>(losses.size());
    }
  }
  bool stalled(int patience) const {
    return patience > 0 && static_cast<int>(losses.size()) - best >= patience;
  }
};

struct Trainer {
  const TrainingData& data;
  const TrainingData* validation;
  const TreeOptions& options;
  ThreadPool& pool;
  Target target;
  Target validation_target;
  std::vector<float> gradient;
  std::vector<float> hessian;

  Status boost(BoosterHandle& booster, const DataHandle& rows) {
    ASSIGN_OR_RETURN(const std::vector<float> margins,
                     booster.predict(rows, BoosterHandle::Output::kMargin));
    gradient.resize(margins.size());
    hessian.resize(margins.size());
    if (target.lambdas) {
      target.lambdas->gradients(margins, gradient, hessian, pool);
    } else {
      point_gradients(options.objective, data.labels, target.weights, options.classes, margins,
                      gradient, hessian, pool);
    }
    round_to_common_grid(gradient, pool);
    round_to_common_grid(hessian, pool);
    return booster.boost(rows, gradient, hessian);
  }

  Result<History> run(BoosterHandle& booster, const DataHandle& rows,
                      const std::optional<DataHandle>& held_out) {
    History history;
    for (int round = 0; round < options.rounds; ++round) {
      RETURN_IF_ERROR(check_cancelled());
      RETURN_IF_ERROR(boost(booster, rows));
      if (!held_out) continue;
      ASSIGN_OR_RETURN(const std::vector<float> margins,
                       booster.predict(*held_out, BoosterHandle::Output::kMargin));
      history.add(loss_of(*validation, validation_target, options, margins, pool));
      if (std::isnan(history.losses.back())) {
        return invalid_input("no validation group has a label above 0");
      }
      if (history.stalled(options.patience)) break;
    }
    return history;
  }
};

}  // namespace

Result<TrainedTrees> train_trees(const TrainingData& data, const TrainingData* validation,
                                 const std::vector<FeatureColumn>& columns,
                                 const TreeOptions& options, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options, columns));
  if (options.patience > 0 && validation == nullptr) {
    return invalid_input("stopping early needs validation data");
  }
  Trainer trainer{data, validation, options, pool, {}, {}, {}, {}};
  ASSIGN_OR_RETURN(trainer.target, make_target(data, columns, options));
  ASSIGN_OR_RETURN(DataHandle rows, DataHandle::create(data.features, columns, pool.threads()));
  if (!trainer.target.weights.empty()) {
    RETURN_IF_ERROR(rows.set_weights(trainer.target.weights));
  }
  std::vector<void*> cached = {rows.get()};
  std::optional<DataHandle> held_out;
  if (validation != nullptr) {
    ASSIGN_OR_RETURN(trainer.validation_target, make_target(*validation, columns, options));
    ASSIGN_OR_RETURN(held_out, DataHandle::create(validation->features, columns, pool.threads()));
    cached.push_back(held_out->get());
  }
  ASSIGN_OR_RETURN(BoosterHandle booster, BoosterHandle::create(cached));
  const float base = base_score(options.objective, data.labels, trainer.target.weights);
  for (const auto& [name, value] : booster_settings(options, base, pool.threads())) {
    RETURN_IF_ERROR(booster.set(name, value));
  }
  ASSIGN_OR_RETURN(History history, trainer.run(booster, rows, held_out));
  TrainedTrees trained;
  trained.rounds = options.rounds;
  trained.validation = std::move(history.losses);
  if (options.patience > 0) {
    trained.rounds = history.best;
    ASSIGN_OR_RETURN(booster, booster.first_rounds(history.best));
  }
  RETURN_IF_ERROR(booster.set_columns(columns));
  ASSIGN_OR_RETURN(trained.model, booster.save());
  return trained;
}

std::string xgboost_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace coterie::trees
