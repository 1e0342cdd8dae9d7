// Do the models find what the synthetic shop planted? ALS against the ranking of somebody who knows
// every customer's tastes and every article's life (docs/synthetic-retail.md).

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/sanitized.h"
#include "base/test_results.h"
#include "evaluation/ranking.h"
#include "math/sparse.h"
#include "models/recommend/als.h"
#include "models/recommend/popularity.h"
#include "synth/calendar.h"
#include "synth/test_world.h"

namespace coterie::tests {
namespace {

constexpr int kStyles = 40;
constexpr int kListLength = 10;

// Every row of a query of numbers; null is -1.
std::vector<std::vector<double>> numbers(const std::string& sql) {
  std::vector<std::vector<double>> rows;
  must(synth::test_world().connection().for_each_chunk(sql, [&](const data::Chunk& chunk) {
    const size_t first = rows.size();
    rows.resize(first + static_cast<size_t>(chunk.rows()));
    for (int c = 0; c < chunk.columns(); ++c) {
      const data::ColumnView column = chunk.column(c);
      for (int64_t r = 0; r < chunk.rows(); ++r) {
        rows[first + static_cast<size_t>(r)].push_back(column.is_null(r) ? -1 : column.as_real(r));
      }
    }
    return Status();
  }));
  return rows;
}

// What each customer buys in expectation: for each style of theirs the articles' shares of it, week
// by week, while both customer and article are there. Prices, trends of types and stock are left
// out.
class Oracle {
 public:
  Oracle() {
    first_day_ =
        static_cast<int32_t>(numbers("SELECT min(date) - DATE '1970-01-01' FROM "
                                     "truth_days")[0][0]);
    weeks_ = static_cast<int>(numbers("SELECT count(*) // 7 FROM truth_days")[0][0]);
    articles_ = numbers(
        "SELECT popularity, basic::INTEGER, on_sale_from - DATE '1970-01-01', on_sale_until - DATE "
        "'1970-01-01', peak_week, season_amplitude, style_1, style_1_affinity, style_2, "
        "style_2_affinity, style_3, style_3_affinity FROM truth_articles ORDER BY article_id");
    customers_ = numbers(
        "SELECT active_from - DATE '1970-01-01', churned_on - DATE '1970-01-01', style_1, "
        "style_1_share, style_2, style_2_share, style_3, style_3_share, style_4, style_4_share "
        "FROM "
        "truth_customers ORDER BY customer_id");
    sums_.assign(articles_.size() * kMemberships * static_cast<size_t>(weeks_ + 1), 0.0);
    for (int week = 0; week < weeks_; ++week) add_week(week);
  }

  int32_t articles() const { return static_cast<int32_t>(articles_.size()); }
  int32_t customers() const { return static_cast<int32_t>(customers_.size()); }

  std::vector<float> scores(int32_t customer) const {
    const auto& row = customers_[customer];
    const int last = row[1] < 0 ? weeks_ : week_of(row[1]) + 1;
    const int first = std::min(week_of(row[0]), weeks_ - 1);
    const int end = std::clamp(last, first + 1, weeks_);
    std::array<double, kStyles> shares{};
    for (size_t k = 2; k < row.size(); k += 2) {
      if (row[k] >= 0) shares[static_cast<size_t>(row[k])] += row[k + 1];
    }
    std::vector<float> scores;
    for (size_t a = 0; a < articles_.size(); ++a) {
      double score = 0;
      for (size_t m = 0; m < kMemberships; ++m) {
        const double share = shares[static_cast<size_t>(articles_[a][kFirstStyle + 2 * m])];
        score += share * (sum_of(a, m, end) - sum_of(a, m, first));
      }
      scores.push_back(static_cast<float>(score));
    }
    return scores;
  }

 private:
  static constexpr size_t kMemberships = 3;
  static constexpr size_t kFirstStyle = 6;

  int week_of(double day) const { return std::max(0, (static_cast<int>(day) - first_day_) / 7); }
  size_t place(size_t article, size_t membership, int week) const {
    return (article * kMemberships + membership) * static_cast<size_t>(weeks_ + 1) +
           static_cast<size_t>(week);
  }
  double sum_of(size_t article, size_t membership, int week) const {
    return sums_[place(article, membership, week)];
  }

  double demand(const std::vector<double>& article, int32_t day) const {
    if (day < article[2] || day >= article[3]) return 0;
    const double age = day - article[2];
    double life = 1 - std::exp(-(age + 4) / 9);
    if (article[1] == 0) life *= std::exp(-2 * age / (article[3] - article[2]));
    const double phase = 2 * std::numbers::pi * (synth::week_of_year(day) - article[4]) / 52.18;
    return article[0] * life * std::exp(article[5] * std::cos(phase));
  }

  void add_week(int week) {
    std::array<double, kStyles> totals{};
    std::vector<double> wanted;
    for (const auto& article : articles_) {
      wanted.push_back(demand(article, first_day_ + 7 * week + 3));
      for (size_t m = kFirstStyle; m < article.size(); m += 2) {
        totals[static_cast<size_t>(article[m])] += wanted.back() * article[m + 1];
      }
    }
    for (size_t a = 0; a < articles_.size(); ++a) {
      for (size_t m = 0; m < kMemberships; ++m) {
        const double total = totals[static_cast<size_t>(articles_[a][kFirstStyle + 2 * m])];
        const double affinity = articles_[a][kFirstStyle + 2 * m + 1];
        const double share = total > 0 ? wanted[a] * affinity / total : 0;
        sums_[place(a, m, week + 1)] = sum_of(a, m, week) + share;
      }
    }
  }

  int32_t first_day_ = 0;
  int weeks_ = 0;
  std::vector<std::vector<double>> articles_, customers_;
  std::vector<double> sums_;  // articles × memberships × (weeks + 1): shares of the style so far
};

struct Purchases {
  math::Csr train, test;
  std::vector<int32_t> tested, known;  // users with test items; those with ten known articles
};

// A random fifth of what every customer bought is hidden.
Purchases purchases(const Oracle& oracle, ThreadPool& pool) {
  const auto pairs = numbers(R"(
    SELECT DISTINCT u.row, a.row FROM transactions t
    JOIN (SELECT customer_id, row_number() OVER (ORDER BY customer_id) - 1 AS row
          FROM truth_customers) u USING (customer_id)
    JOIN (SELECT article_id, row_number() OVER (ORDER BY article_id) - 1 AS row
          FROM truth_articles) a USING (article_id)
    WHERE quantity > 0)");
  std::vector<int32_t> users[2], items[2];
  for (const auto& pair : pairs) {
    const auto user = static_cast<int32_t>(pair[0]);
    const auto item = static_cast<int32_t>(pair[1]);
    const bool hidden =
        mix64(uint64_t{1'000'003} * static_cast<uint64_t>(user) + static_cast<uint64_t>(item)) %
            5 ==
        0;
    users[hidden ? 1 : 0].push_back(user);
    items[hidden ? 1 : 0].push_back(item);
  }
  const auto matrix = [&](int part) {
    return take(math::csr_from_entries(oracle.customers(), oracle.articles(), users[part],
                                       items[part], std::vector<float>(users[part].size(), 1.0F),
                                       pool));
  };
  Purchases result{matrix(0), matrix(1), {}, {}};
  for (int32_t user = 0; user < oracle.customers(); ++user) {
    if (result.test.row_indices(user).empty()) continue;
    result.tested.push_back(user);
    if (result.train.row_indices(user).size() >= 10) result.known.push_back(user);
  }
  return result;
}

double ndcg(const math::TopK& lists, const std::vector<int32_t>& users, const Purchases& bought,
            ThreadPool& pool) {
  return take(evaluation::evaluate_ranking(lists, users, bought.test, {.at = {kListLength}}, pool))
      .metrics["ndcg@10"];
}

TEST(PlantedTruthTest, AlsRanksAlmostAsWellAsTheOracleWhereHistorySuffices) {
  if (kSanitized) GTEST_SKIP() << "20,000 customers take minutes under a sanitizer";
  ThreadPool pool(2);
  const Oracle oracle;
  const Purchases bought = purchases(oracle, pool);
  // What coterie chooses on a part of these data (0.18 and 0.0068), rounded.
  recommend::Als als({.unobserved_weight = 0.2, .regularisation = 0.007});
  recommend::Popularity popularity;
  must(als.fit(bought.train, pool));
  must(popularity.fit(bought.train, pool));
  for (const auto& [users, share] : {std::pair(&bought.known, 0.9), {&bought.tested, 0.85}}) {
    ASSERT_GT(users->size(), 5'000U);
    math::TopK best(static_cast<int64_t>(users->size()), kListLength);
    for (size_t i = 0; i < users->size(); ++i) {
      const int32_t user = (*users)[i];
      math::select_top_k(oracle.scores(user), bought.train.row_indices(user),
                         static_cast<int64_t>(i), best);
    }
    const double possible = ndcg(best, *users, bought, pool);
    const auto reached = [&](const recommend::Recommender& model) {
      const auto lists = take(model.recommend(*users, bought.train, {.k = kListLength}, pool));
      return ndcg(lists, *users, bought, pool);
    };
    EXPECT_GE(reached(als), share * possible) << reached(als) << " of " << possible;
    EXPECT_LE(reached(als), possible) << "nobody knows more than the oracle";
    EXPECT_LE(reached(popularity), 0.4 * possible) << "tastes must decide";
  }
}

}  // namespace
}  // namespace coterie::tests
