#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "math/random_distributions.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/pairwise_model_internal.h"
#include "models/recommend/pairwise_tiles_internal.h"

namespace coterie::recommend {
namespace {

// Standard deviation of the start, over the root of the number of factors.
constexpr double kStartScale = 0.5;

void start_row(uint64_t seed, PairwiseRandom purpose, int64_t row, std::span<float> out) {
  math::RandomStream random(seed, purpose, static_cast<uint64_t>(row));
  const double scale = kStartScale / std::sqrt(static_cast<double>(out.size()));
  for (float& value : out) value = static_cast<float>(scale * math::normal(random));
}

PairwiseFactors start_factors(const math::Csr& interactions, std::span<const int32_t> met,
                              const PairwiseOptions& options, ThreadPool& pool) {
  PairwiseFactors factors;
  const int d = factors.d = options.factors;
  factors.users.assign(static_cast<size_t>(interactions.rows) * d, 0.0F);
  factors.items.assign(static_cast<size_t>(interactions.cols) * d, 0.0F);
  factors.user_squares.assign(static_cast<size_t>(interactions.rows), 1.0F);
  factors.item_states.resize(static_cast<size_t>(interactions.cols));
  pool.parallel_for(interactions.rows, 1024, [&](int64_t begin, int64_t end) {
    for (int64_t user = begin; user < end; ++user) {
      if (interactions.offsets[user] == interactions.offsets[user + 1]) continue;
      start_row(options.seed, kStartUser, user, {factors.users.data() + user * d, size_t(d)});
    }
  });
  pool.parallel_for(static_cast<int64_t>(met.size()), 1024, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      start_row(options.seed, kStartItem, met[i],
                {factors.items.data() + int64_t{met[i]} * d, size_t(d)});
    }
  });
  return factors;
}

class PairwiseTraining {
 public:
  PairwiseTraining(const PairwiseRule& rule, const math::Csr& weighted,
                   const PairwiseOptions& options, ThreadPool& pool)
      : rule_(rule),
        options_(options),
        pool_(pool),
        tiles_(weighted, options.seed),
        factors_(start_factors(weighted, tiles_.met_items(), options, pool)) {
    if (options.features == nullptr) return;
    const FeatureMatrices& features = *options.features;
    if (features.has_users()) {
      std::vector<uint8_t> used;
      for (int32_t user = 0; user < weighted.rows; ++user) {
        used.push_back(weighted.row_indices(user).empty() ? 0 : 1);
      }
      users_ = std::make_unique<SharedSide>(features.users, used, options.factors, pool);
    }
    if (features.has_items()) {
      std::vector<uint8_t> used(static_cast<size_t>(weighted.cols), 0);
      for (const int32_t item : tiles_.met_items()) used[item] = 1;
      items_ = std::make_unique<SharedSide>(features.items, used, options.factors, pool);
    }
  }

  Status run() {
    for (int epoch = 0; epoch < options_.epochs; ++epoch) {
      tiles_.deal(epoch, pool_);
      for (int round = 0; round < tiles_.stripes(); ++round) RETURN_IF_ERROR(run_round(round));
    }
    return check_finite();
  }

  void finish(PairwiseTrained& trained) {
    if (users_ != nullptr) {
      users_->take_out(factors_.users.data(), nullptr);
      trained.shared_users = users_->take();
    }
    if (items_ != nullptr) {
      items_->take_out(factors_.items.data(), factors_.item_states.data());
      trained.shared_items = items_->take();
    }
    for (const ItemState& state : factors_.item_states) trained.biases.push_back(state.bias);
    trained.users = std::move(factors_.users);
    trained.items = std::move(factors_.items);
  }

 private:
  struct Work {
    std::span<const PairwiseSample> samples;
    TileHistories histories;
    math::RandomStream random;
  };

  Status run_round(int round) {
    const int stripes = tiles_.stripes();
    std::vector<Work> work;
    for (int range = 0; range < stripes; ++range) {
      work.push_back({{}, {}, tiles_.stream(range, tiles_.stripe_of(round, range))});
    }
    const int batches = users_ == nullptr && items_ == nullptr ? 1 : kBatches;
    for (int batch = 0; batch < batches; ++batch) {
      RETURN_IF_ERROR(check_cancelled());
      pool_.parallel_for(stripes, 1, [&](int64_t begin, int64_t end) {
        for (auto range = static_cast<int>(begin); range < end; ++range) {
          const int stripe = tiles_.stripe_of(round, range);
          Work& own = work[static_cast<size_t>(range)];
          if (batch == 0) own.samples = tiles_.shuffled(range, stripe, own.random, own.histories);
          learn_batch(own, stripe, batch, batches);
        }
      });
      apply_shared();
    }
    return {};
  }

  void learn_batch(Work& work, int stripe, int batch, int batches) {
    const auto count = static_cast<int64_t>(work.samples.size());
    const int64_t first = count * batch / batches;
    const int64_t last = count * (batch + 1) / batches;
    rule_.learn({.samples = work.samples.subspan(static_cast<size_t>(first),
                                                 static_cast<size_t>(last - first)),
                 .candidates = tiles_.stripe_items(stripe),
                 .histories = work.histories,
                 .items = static_cast<int32_t>(tiles_.met_items().size()),
                 .rates = rates_of(options_),
                 .shared_users = users_.get(),
                 .shared_items = items_.get()},
                factors_, work.random);
  }

  void apply_shared() {
    const PairwiseRates rates = rates_of(options_);
    if (users_ != nullptr) users_->apply(rates, factors_.users.data(), nullptr, pool_);
    if (items_ != nullptr) {
      items_->apply(rates, factors_.items.data(), factors_.item_states.data(), pool_);
    }
  }

  Status check_finite() const {
    const auto finite = [](float value) { return std::isfinite(value); };
    const bool biases =
        std::all_of(factors_.item_states.begin(), factors_.item_states.end(),
                    [](const ItemState& state) { return std::isfinite(state.bias); });
    if (!biases || !std::all_of(factors_.users.begin(), factors_.users.end(), finite) ||
        !std::all_of(factors_.items.begin(), factors_.items.end(), finite)) {
      return invalid_input("the factors left the range of single precision")
          .with_mend("use a smaller learning_rate");
    }
    return {};
  }

  const PairwiseRule& rule_;
  const PairwiseOptions& options_;
  ThreadPool& pool_;
  PairwiseTiles tiles_;
  PairwiseFactors factors_;
  std::unique_ptr<SharedSide> users_, items_;  // null: no features
};

}  // namespace

PairwiseRates rates_of(const PairwiseOptions& options) {
  return {.learning_rate = static_cast<float>(options.learning_rate),
          .regularisation = static_cast<float>(options.regularisation)};
}

Result<PairwiseTrained> train_pairwise(const PairwiseRule& rule, const math::Csr& interactions,
                                       const PairwiseOptions& options, ThreadPool& pool) {
  PairwiseTrained trained;
  trained.scale = ValueScale(interactions, options.value_power);
  const math::Csr weighted = trained.scale.scaled(interactions);
  PairwiseTraining training(rule, weighted, options, pool);
  RETURN_IF_ERROR(training.run());
  training.finish(trained);
  trained.popularity = item_popularity(interactions);
  return trained;
}

}  // namespace coterie::recommend
