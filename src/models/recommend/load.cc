#include "models/recommend/load.h"

#include <utility>

#include <fmt/format.h>

#include "math/artefact.h"
#include "models/recommend/als.h"
#include "models/recommend/bpr.h"
#include "models/recommend/content.h"
#include "models/recommend/ease.h"
#include "models/recommend/gfcf.h"
#include "models/recommend/hybrid.h"
#include "models/recommend/item_knn.h"
#include "models/recommend/markov.h"
#include "models/recommend/popularity.h"
#include "models/recommend/pure_svd.h"
#include "models/recommend/session_knn.h"
#include "models/recommend/trending.h"
#include "models/recommend/user_knn.h"
#include "models/recommend/warp.h"

namespace coterie::recommend {
namespace {

template <typename M>
Result<std::unique_ptr<Recommender>> as_recommender(Result<std::unique_ptr<M>> model,
                                                    const std::string& folder) {
  if (!model.ok()) {
    Error error = std::move(model).error();
    return error.file.empty() ? std::move(error).at(folder) : error;
  }
  return std::unique_ptr<Recommender>(*std::move(model));
}

}  // namespace

Result<std::unique_ptr<Recommender>> load_recommender(const std::string& folder) {
  ASSIGN_OR_RETURN(const math::Artefact artefact, math::Artefact::load(folder, ""));
  ASSIGN_OR_RETURN(const std::string kind, artefact.text("kind"));
  if (kind == "als") return as_recommender(Als::load(folder), folder);
  if (kind == "bpr") return as_recommender(Bpr::load(folder), folder);
  if (kind == "content") return as_recommender(Content::load(folder), folder);
  if (kind == "ease") return as_recommender(Ease::load(folder), folder);
  if (kind == "gfcf") return as_recommender(GfCf::load(folder), folder);
  if (kind == "hybrid") return as_recommender(Hybrid::load(folder), folder);
  if (kind == "itemknn") return as_recommender(ItemKnn::load(folder), folder);
  if (kind == "markov") return as_recommender(Markov::load(folder), folder);
  if (kind == "popularity") return as_recommender(Popularity::load(folder), folder);
  if (kind == "puresvd") return as_recommender(PureSvd::load(folder), folder);
  if (kind == "sessionknn") return as_recommender(SessionKnn::load(folder), folder);
  if (kind == "trending") return as_recommender(Trending::load(folder), folder);
  if (kind == "userknn") return as_recommender(UserKnn::load(folder), folder);
  if (kind == "warp") return as_recommender(Warp::load(folder), folder);
  return corrupt(fmt::format("holds a model of kind '{}', which is no recommender", kind))
      .at(folder + "/model.json");
}

}  // namespace coterie::recommend
