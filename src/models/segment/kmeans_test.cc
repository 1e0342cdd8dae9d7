// The contract of clusterers, run over k-means with both seedings, then what is its own.
#include "models/segment/kmeans.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/temporary_folder.h"
#include "math/random.h"
#include "math/random_distributions.h"
#include "models/segment/kmeans_internal.h"

namespace coterie::segment {
namespace {

struct Blobs {
  std::vector<float> values;
  std::vector<int32_t> truth;
  int64_t rows;
  int columns;
  Table table() const { return {values, rows, columns}; }
};

// `groups` Gaussian clouds on random centres `spread` apart.
Blobs make_blobs(uint64_t seed, int64_t rows, int columns, int groups, double spread) {
  Blobs blobs{{}, {}, rows, columns};
  std::vector<double> centres;
  math::RandomStream centre_stream(seed, 1, 0);
  for (int i = 0; i < groups * columns; ++i) {
    centres.push_back(spread * math::normal(centre_stream));
  }
  for (int64_t row = 0; row < rows; ++row) {
    math::RandomStream random(seed, 2, static_cast<uint64_t>(row));
    const auto group = static_cast<int32_t>(random.below(static_cast<uint32_t>(groups)));
    blobs.truth.push_back(group);
    for (int j = 0; j < columns; ++j) {
      blobs.values.push_back(
          static_cast<float>(centres[group * columns + j] + math::normal(random)));
    }
  }
  return blobs;
}

// Whether two labellings are the same up to names.
bool same_partition(const std::vector<int32_t>& a, const std::vector<int32_t>& b) {
  std::map<int32_t, int32_t> to, back;
  for (size_t i = 0; i < a.size(); ++i) {
    if (to.emplace(a[i], b[i]).first->second != b[i]) return false;
    if (back.emplace(b[i], a[i]).first->second != a[i]) return false;
  }
  return true;
}

std::string error_text(const Status& status) { return status.ok() ? "" : status.error().message; }

class ClustererContract : public testing::TestWithParam<Seeding> {
 protected:
  Blobs blobs_ = make_blobs(3, 1500, 5, 6, 6);
  ThreadPool pool_{2};
  KMeansOptions options() const {
    KMeansOptions options;
    options.clusters = 6;
    options.restarts = 3;
    options.seeding = GetParam();
    return options;
  }
};

TEST_P(ClustererContract, RecoversPlantedClusters) {
  KMeans model(options());
  ASSERT_EQ(error_text(model.fit(blobs_.table(), pool_)), "");
  // Clouds overlap a little in 5 dimensions; far more than 95 % of rows must agree.
  std::map<std::pair<int32_t, int32_t>, int> counts;
  for (size_t i = 0; i < blobs_.truth.size(); ++i) ++counts[{blobs_.truth[i], model.labels()[i]}];
  int agreeing = 0;
  for (int32_t group = 0; group < 6; ++group) {
    int most = 0;
    for (int32_t label = 0; label < 6; ++label) most = std::max(most, counts[{group, label}]);
    agreeing += most;
  }
  EXPECT_GT(agreeing, 1450);
  EXPECT_TRUE(model.converged());
}

TEST_P(ClustererContract, SameBytesForEveryThreadCount) {
  TemporaryFolder folder;
  std::string first;
  for (int threads = 1; threads <= 4; ++threads) {
    ThreadPool pool(threads);
    KMeans model(options());
    ASSERT_TRUE(model.fit(blobs_.table(), pool).ok());
    ASSERT_TRUE(model.save(folder / "m").ok());
    const std::string bytes =
        *read_file(folder / "m/model.safetensors") + *read_file(folder / "m/model.json");
    if (first.empty()) first = bytes;
    EXPECT_TRUE(bytes == first) << threads << " threads";
  }
}

TEST_P(ClustererContract, LoadedEqualsSavedAndBatchEqualsSingle) {
  TemporaryFolder folder;
  KMeansOptions scaled = options();
  scaled.standardise = true;
  KMeans model(scaled);
  ASSERT_TRUE(model.fit(blobs_.table(), pool_).ok());
  ASSERT_TRUE(model.save(folder / "a").ok());
  const auto loaded = KMeans::load(folder / "a");
  ASSERT_TRUE(loaded.ok()) << loaded.error().to_text();
  ASSERT_TRUE((*loaded)->save(folder / "b").ok());
  EXPECT_TRUE(*read_file(folder / "a/model.json") == *read_file(folder / "b/model.json"));
  EXPECT_TRUE(*read_file(folder / "a/model.safetensors") ==
              *read_file(folder / "b/model.safetensors"));
  const auto labels = *(*loaded)->predict(blobs_.table(), pool_);
  EXPECT_EQ(labels, model.labels());
  for (int64_t row = 0; row < blobs_.rows; row += 37) {
    const Table one{std::span(blobs_.values).subspan(row * 5, 5), 1, 5};
    EXPECT_EQ((*model.predict(one, pool_))[0], labels[row]);
  }
}

TEST_P(ClustererContract, EmptyAndWrongInput) {
  KMeans model(options());
  EXPECT_EQ(error_text(model.fit({}, pool_)), "there are no rows to segment");
  const Table few{std::span(blobs_.values).first(25), 5, 5};
  EXPECT_EQ(error_text(model.fit(few, pool_)),
            "k = 6 clusters need at least as many rows, there are 5");
  const Table uneven{std::span(blobs_.values).first(24), 5, 5};
  EXPECT_EQ(error_text(model.fit(uneven, pool_)), "24 values are not 5 rows of 5 columns");
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 3e38F}) {
    Blobs wrong = blobs_;
    wrong.values[5 * 7 + 2] = bad;
    const std::string text = error_text(model.fit(wrong.table(), pool_));
    EXPECT_EQ(text.substr(0, 18), "row 7, column 2 is") << text;
  }
  std::vector<float> weights(1500, 1.0F);
  Table weighted = blobs_.table();
  weighted.weights = weights;
  weights[4] = -1;
  EXPECT_EQ(error_text(model.fit(weighted, pool_)),
            "weight of row 4 is -1, it must be finite and not negative");
  std::fill(weights.begin(), weights.end(), 0.0F);
  EXPECT_EQ(error_text(model.fit(weighted, pool_)), "all weights are 0");
  ASSERT_TRUE(model.fit(blobs_.table(), pool_).ok());
  EXPECT_EQ(model.predict({blobs_.values, 2500, 3}, pool_).error().message,
            "the table has 3 columns, the model 5");
}

TEST_P(ClustererContract, SurvivesRowsThatAreAllEqual) {
  KMeans model(options());
  const std::vector<float> same(static_cast<size_t>(40) * 3, 5.0F);
  ASSERT_EQ(error_text(model.fit({same, 40, 3}, pool_)), "");
  EXPECT_EQ(model.inertia(), 0);
  for (const float value : model.centres()) EXPECT_FLOAT_EQ(value, 5);
}

INSTANTIATE_TEST_SUITE_P(All, ClustererContract,
                         testing::Values(Seeding::kPlusPlus, Seeding::kParallel),
                         [](const auto& kind) {
                           return kind.param == Seeding::kPlusPlus ? "plus_plus" : "parallel";
                         });

// Lloyd's iteration the slow way, in double, without repair.
double naive_lloyd(const Blobs& blobs, std::vector<double> centres, int k, int iterations,
                   std::vector<int32_t>& labels) {
  const int d = blobs.columns;
  labels.assign(static_cast<size_t>(blobs.rows), 0);
  double inertia = 0;
  for (int iteration = 0; iteration <= iterations; ++iteration) {
    inertia = 0;
    std::vector<double> sums(centres.size(), 0.0);
    std::vector<double> counts(static_cast<size_t>(k), 0.0);
    for (int64_t row = 0; row < blobs.rows; ++row) {
      double best = 1e300;
      for (int c = 0; c < k; ++c) {
        double distance = 0;
        for (int j = 0; j < d; ++j) {
          distance += std::pow(blobs.values[row * d + j] - centres[c * d + j], 2);
        }
        if (distance < best) labels[row] = c;
        best = std::min(best, distance);
      }
      inertia += best;
      counts[labels[row]] += 1;
      for (int j = 0; j < d; ++j) sums[labels[row] * d + j] += blobs.values[row * d + j];
    }
    for (size_t i = 0; i < centres.size(); ++i) centres[i] = sums[i] / counts[i / d];
  }
  return inertia;
}

TEST(KMeansTest, EqualsPlainLloydFromTheSameCentres) {
  for (const int columns : {1, 4, 17, 40}) {
    for (const int k : {1, 2, 7, 30}) {
      const Blobs blobs = make_blobs(11, 5000, columns, k, 3);
      const std::span<const float> start =
          std::span(blobs.values).first(static_cast<size_t>(k) * columns);
      KMeansOptions options;
      options.clusters = k;
      options.max_iterations = 12;
      options.tolerance = 0;
      KMeans model(options);
      ThreadPool pool(2);
      ASSERT_TRUE(model.fit_from(blobs.table(), start, pool).ok());
      std::vector<int32_t> labels;
      const double expected =
          naive_lloyd(blobs, {start.begin(), start.end()}, k, model.iterations(), labels);
      if (std::set<int32_t>(labels.begin(), labels.end()).size() < static_cast<size_t>(k)) {
        // A cluster ran empty: the plain loop leaves it so, the model must do better.
        EXPECT_LT(model.inertia(), expected) << columns << " " << k;
        continue;
      }
      EXPECT_NEAR(model.inertia(), expected, 1e-4 * expected) << columns << " " << k;
      int64_t differing = 0;
      for (size_t i = 0; i < labels.size(); ++i) differing += labels[i] != model.labels()[i];
      EXPECT_LE(differing, 5) << columns << " " << k;
    }
  }
}

TEST(KMeansTest, EmptyClustersMoveToTheFarthestRow) {
  const std::vector<float> x{0, 1, 2, 100, 101, 50};
  KMeansOptions options;
  options.clusters = 3;
  KMeans model(options);
  ThreadPool pool(1);
  // No row is nearest to the last centre.
  const std::vector<float> start{1, 100, 100000};
  ASSERT_TRUE(model.fit_from({x, 6, 1}, start, pool).ok());
  EXPECT_TRUE(same_partition(model.labels(), {0, 0, 0, 1, 1, 2}));
  EXPECT_NEAR(model.inertia(), 2.5, 1e-6);
}

TEST(KMeansTest, WeightsCountLikeRepeatedRows) {
  const Blobs blobs = make_blobs(5, 200, 3, 4, 4);
  std::vector<float> weights, repeated;
  for (int64_t row = 0; row < 200; ++row) {
    const auto times = static_cast<int>(row % 3);
    weights.push_back(static_cast<float>(times));
    for (int t = 0; t < times; ++t) {
      repeated.insert(repeated.end(), blobs.values.begin() + row * 3,
                      blobs.values.begin() + row * 3 + 3);
    }
  }
  KMeansOptions options;
  options.clusters = 4;
  KMeans weighted(options);
  KMeans plain(options);
  ThreadPool pool(2);
  Table table = blobs.table();
  table.weights = weights;
  const auto start = std::span<const float>(blobs.values).subspan(3, 12);
  ASSERT_TRUE(weighted.fit_from(table, start, pool).ok());
  const auto rows = static_cast<int64_t>(repeated.size() / 3);
  ASSERT_TRUE(plain.fit_from({repeated, rows, 3}, start, pool).ok());
  EXPECT_NEAR(weighted.inertia(), plain.inertia(), 1e-5 * plain.inertia());
}

TEST(KMeansTest, StandardisingMakesUnitsIrrelevant) {
  const Blobs blobs = make_blobs(9, 800, 2, 3, 8);
  Blobs stretched = blobs;
  for (int64_t row = 0; row < 800; ++row) stretched.values[row * 2] *= 10000;
  KMeansOptions options;
  options.clusters = 3;
  options.standardise = true;
  ThreadPool pool(1);
  KMeans a(options);
  KMeans b(options);
  ASSERT_TRUE(a.fit(blobs.table(), pool).ok());
  ASSERT_TRUE(b.fit(stretched.table(), pool).ok());
  EXPECT_TRUE(same_partition(a.labels(), b.labels()));
  EXPECT_NEAR(b.centres()[0], a.centres()[0] * 10000, 20);
}

TEST(KMeansTest, SeedsAreDistinctRowsAndPreferFarOnes) {
  const Blobs blobs = make_blobs(21, 3000, 4, 12, 30);
  ThreadPool pool(2);
  const ScaledTable scaled =
      scale_table(blobs.table(), column_scaling(blobs.table(), false, pool), pool);
  for (const bool parallel : {false, true}) {
    math::RandomStream random(1, 1, 1);
    const auto centres = parallel ? seed_parallel(scaled, 12, random, pool)
                                  : seed_plus_plus(scaled, 12, random, pool);
    // Clouds are 30 deviations apart: good seeds lie in 12 different ones.
    std::set<int32_t> groups;
    for (int c = 0; c < 12; ++c) {
      for (int64_t row = 0; row < 3000; ++row) {
        if (std::equal(scaled.row(row), scaled.row(row) + 4, centres.begin() + int64_t{c} * 4)) {
          groups.insert(blobs.truth[row]);
        }
      }
    }
    EXPECT_GE(groups.size(), 11U) << parallel;
  }
}

TEST(KMeansTest, NamesTheOptionThatIsWrongAndStopsWhenCancelled) {
  const Blobs blobs = make_blobs(1, 50, 2, 2, 5);
  ThreadPool pool(1);
  KMeansOptions options;
  options.clusters = 0;
  KMeans wrong(options);
  EXPECT_EQ(wrong.fit(blobs.table(), pool).error().to_text(),
            "k: k = 0 is out of range\n  mend: use a value from 1 to 1000000");
  KMeans model(KMeansOptions{});
  request_cancel();
  const Status status = model.fit(blobs.table(), pool);
  reset_cancel();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace coterie::segment
