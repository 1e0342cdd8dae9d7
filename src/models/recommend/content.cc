#include "models/recommend/content.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/large_array.h"
#include "math/artefact.h"
#include "math/row_select.h"
#include "models/recommend/content_index_internal.h"
#include "models/recommend/dense_lists_internal.h"
#include "models/recommend/history_internal.h"
#include "models/recommend/value_scale_internal.h"

namespace coterie::recommend {

struct Content::Model {
  Model(std::vector<float> popular, ContentVectors vectors, ThreadPool& pool)
      : popularity(std::move(popular)), index(std::move(vectors), pool) {
    for (int32_t item = 0; item < index.items(); ++item) {
      described.push_back(index.has_content(item) ? 1 : 0);
    }
  }

  std::vector<float> popularity;
  ContentIndex index;
  std::vector<uint8_t> described;  // by item: has content
};

namespace {

constexpr int64_t kItemsAtOnce = 16;
constexpr double kLargestWeight = 1e6;

// (c / largest c)^power: a history of long ago makes as good a profile as one of today.
void add_profile(std::span<const int32_t> items, std::span<const float> confidences, double power,
                 int32_t item_count, int64_t row, ContentIndex::Block& block) {
  float largest = 0;
  for (size_t i = 0; i < items.size() && items[i] < item_count; ++i) {
    largest = std::max(largest, confidences[i]);
  }
  for (size_t i = 0; i < items.size() && items[i] < item_count; ++i) {
    const double weight = std::pow(double{confidences[i]} / largest, power);
    block.add(row, items[i], static_cast<float>(weight));
  }
}

Status check_not_empty(const ContentVectors& vectors) {
  if (vectors.sparse.cols > 0 || vectors.dimensions > 0) return {};
  return invalid_input("nothing that tells items apart has a weight above 0");
}

}  // namespace

Status check_options(const ContentOptions& options) {
  double total = 0;
  for (size_t kind = 0; kind < options.weights.size(); ++kind) {
    const double weight = options.weights[kind];
    total += weight;
    if (weight >= 0 && weight <= kLargestWeight) continue;
    const std::string& name = content_kind_names()[kind];
    return invalid_input(fmt::format("{} = {} is out of range", name, weight))
        .for_key(name)
        .with_mend(fmt::format("use a value from 0 to {}", kLargestWeight));
  }
  if (!(total > 0)) return invalid_input("all weights of the content are 0");
  return check_value_power(options.value_power);
}

Content::Content(const ContentOptions& options, std::shared_ptr<const ContentBlocks> blocks)
    : options_(options), blocks_(std::move(blocks)) {}
Content::~Content() = default;

Status Content::fit(const math::Csr& interactions, ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  RETURN_IF_ERROR(check_interactions(interactions));
  if (blocks_ == nullptr || blocks_->items != interactions.cols) {
    return invalid_input(fmt::format("content of {} items for interactions with {}",
                                     blocks_ ? blocks_->items : 0, interactions.cols));
  }
  ContentVectors vectors = combine_blocks(*blocks_, options_.weights);
  RETURN_IF_ERROR(check_not_empty(vectors));
  model_ = std::make_unique<Model>(item_popularity(interactions), std::move(vectors), pool);
  return {};
}

Status Content::fit_catalogue(ThreadPool& pool) {
  RETURN_IF_ERROR(check_options(options_));
  if (blocks_ == nullptr) return invalid_input("there is no catalogue to learn from");
  ContentVectors vectors = combine_blocks(*blocks_, options_.weights);
  RETURN_IF_ERROR(check_not_empty(vectors));
  std::vector<float> popularity(static_cast<size_t>(blocks_->items), 0.0F);
  model_ = std::make_unique<Model>(std::move(popularity), std::move(vectors), pool);
  return {};
}

Result<TopK> Content::recommend(std::span<const int32_t> users, const math::Csr& history,
                                const RecommendOptions& options, ThreadPool& pool) const {
  const Model& m = *model_;
  RETURN_IF_ERROR(check_request(users, history, m.index.items(), options));
  RETURN_IF_ERROR(check_confidences(users, history));
  std::vector<std::unique_ptr<ContentIndex::Block>> blocks(static_cast<size_t>(pool.threads()));
  std::vector<uint8_t> unknown(users.size(), 0);
  const auto fill = [&](int64_t begin, int64_t end, int worker, float* rows) {
    auto& block = blocks[worker];
    if (!block) block = std::make_unique<ContentIndex::Block>(m.index);
    block->begin(end - begin);
    for (int64_t i = begin; i < end; ++i) {
      add_profile(history.row_indices(users[i]), history.row_values(users[i]), options_.value_power,
                  m.index.items(), i - begin, *block);
      unknown[i] = block->finish(i - begin) ? 0 : 1;
    }
    block->multiply(rows);
  };
  ASSIGN_OR_RETURN(
      TopK out,
      dense_lists(
          {.users = users, .history = history, .options = options, .items = m.index.items()}, fill,
          pool));
  popularity_for_unknown(m.popularity, users, unknown, history, options, pool, out);
  return out;
}

Result<TopK> Content::similar_items(std::span<const int32_t> items, int k, ThreadPool& pool) const {
  const ContentIndex& index = model_->index;
  RETURN_IF_ERROR(check_items(items, index.items(), k));
  TopK out(static_cast<int64_t>(items.size()), k);
  struct Scratch {
    explicit Scratch(const ContentIndex& index)
        : block(index),
          rows(make_large_array<float>(static_cast<size_t>(kItemsAtOnce * index.items()))) {}
    ContentIndex::Block block;
    LargeArray<float> rows;
    math::RowSelector selector;
  };
  std::vector<std::unique_ptr<Scratch>> scratch(static_cast<size_t>(pool.threads()));
  const auto count = static_cast<int64_t>(items.size());
  pool.parallel_for_worker(count, kItemsAtOnce, [&](int64_t begin, int64_t end, int worker) {
    if (cancel_requested()) return;
    auto& mine = scratch[worker];
    if (!mine) mine = std::make_unique<Scratch>(index);
    mine->block.begin(end - begin);
    std::vector<uint8_t> has_content(static_cast<size_t>(end - begin), 0);
    for (int64_t i = begin; i < end; ++i) {
      mine->block.add(i - begin, items[i], 1);
      has_content[i - begin] = mine->block.finish(i - begin) ? 1 : 0;
    }
    mine->block.multiply(mine->rows.get());
    for (int64_t i = begin; i < end; ++i) {
      if (has_content[i - begin] == 0) continue;
      mine->selector.select(
          {mine->rows.get() + (i - begin) * index.items(), static_cast<size_t>(index.items())},
          {&items[i], 1}, model_->described, i, out);
    }
  });
  RETURN_IF_ERROR(check_cancelled());
  return out;
}

Status Content::save(const std::string& folder) const {
  math::Artefact artefact;
  artefact.description = {{"kind", "content"}};
  for (size_t kind = 0; kind < options_.weights.size(); ++kind) {
    artefact.description["weight_" + content_kind_names()[kind]] = options_.weights[kind];
  }
  artefact.description["value_power"] = options_.value_power;
  artefact.tensors.add("popularity", {model_->index.items()},
                       std::span<const float>(model_->popularity));
  add_vectors(model_->index.vectors(), artefact);
  return artefact.save(folder);
}

Result<std::unique_ptr<Content>> Content::load(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, "content"));
  ContentOptions options;
  for (size_t kind = 0; kind < options.weights.size(); ++kind) {
    ASSIGN_OR_RETURN(options.weights[kind], artefact.real("weight_" + content_kind_names()[kind]));
  }
  ASSIGN_OR_RETURN(options.value_power, artefact.real("value_power"));
  if (auto status = check_options(options); !status.ok()) return corrupt(status.error().message);
  ASSIGN_OR_RETURN(std::vector<float> popularity, artefact.floats("popularity", {-1}));
  ASSIGN_OR_RETURN(ContentVectors vectors,
                   read_vectors(artefact, static_cast<int64_t>(popularity.size())));
  auto loaded = std::make_unique<Content>(options, nullptr);
  ThreadPool one(1);
  loaded->model_ = std::make_unique<Model>(std::move(popularity), std::move(vectors), one);
  return loaded;
}

}  // namespace coterie::recommend
