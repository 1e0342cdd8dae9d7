// What was planted can be found again in the raw tables. Each bound says what it allows for.

#include <cmath>

#include <gtest/gtest.h>

#include "synth/test_world.h"

namespace coterie::synth {
namespace {

TEST(RetailTruth, YearPeaksFromOctoberToDecember) {
  // 2024 is whole; customers' coming and going changes a quarter by a few per cent at most.
  const double peak = test_world().real(
      "select count(*) / 92.0 from transactions where quantity > 0 and t_dat between '2024-10-01' "
      "and '2024-12-31'");
  const double rest = test_world().real(
      "select count(*) / 274.0 from transactions where quantity > 0 and t_dat between '2024-01-01' "
      "and '2024-09-30'");
  EXPECT_GT(peak / rest, 1.3);
  EXPECT_LT(peak / rest, 2.2);
  EXPECT_EQ(test_world().count("select month from (select month(t_dat) as month, count(*) / "
                               "count(distinct t_dat::date) as a_day from transactions where "
                               "year(t_dat) = 2024 group by 1) order by a_day desc limit 1"),
            11);
}

TEST(RetailTruth, SaturdaysSellMost) {
  EXPECT_EQ(test_world().count("select isodow(t_dat) from transactions group by 1 order by "
                               "count(*) desc limit 1"),
            6);
}

TEST(RetailTruth, DailySalesFollowThePlantedDays) {
  // Poisson noise of ~600 baskets' lines a day, overdispersed by basket sizes: r stays above 0.9.
  EXPECT_GT(test_world().real("select corr(n, weight) from (select t_dat::date as date, count(*) "
                              "as n from transactions where quantity > 0 group by 1) join "
                              "truth_days using (date)"),
            0.9);
}

TEST(RetailTruth, FewArticlesSellMuchAndManyLittle) {
  const double top = test_world().real(
      "with a as (select count(*) as n from transactions group by article_id), r as (select n, "
      "row_number() over (order by n desc) as k from a) select sum(n) filter (k <= (select "
      "count(*) from items) / 100) / sum(n) from r");
  EXPECT_GT(top, 0.08);
  EXPECT_LT(top, 0.35);
  EXPECT_GT(test_world().real("select count(distinct article_id) / (select count(*) from items) "
                              "from transactions"),
            0.9);
}

TEST(RetailTruth, FunnelNarrows) {
  const auto events = [](const std::string& kind) {
    return test_world().count(
        fmt::format("select count(*) from events where event_type = '{}'", kind));
  };
  const int64_t views = events("view"), clicks = events("click"), carts = events("cart");
  EXPECT_GT(views, clicks);
  EXPECT_GT(clicks, carts);
  EXPECT_GT(carts, events("buy"));
  EXPECT_GT(events("buy"), events("wishlist"));
  EXPECT_GT(events("wishlist"), 1000);
  EXPECT_EQ(test_world().count("select count(*) from events where event_type = 'cart'"),
            test_world().count("select count(*) from cart"));
  EXPECT_EQ(events("wishlist"), test_world().count("select count(*) from wishlist"));
}

// Demand of one week against the mean of its neighbours without a reduction, pooled over a quarter
// of the elasticities: log(ratio) / log(price ratio). ~4,000 units a quarter give a standard error
// of ~0.15; substitution inside styles takes off up to a quarter.
TEST(RetailTruth, PriceElasticityIsRecovered) {
  TestWorld& world = test_world();
  const Status made = world.connection().execute(
      "create or replace temp table elasticity_bins as "
      "with weekly as (select article_id, date_trunc('week', t_dat) as week, sum(quantity) as "
      "units from transactions where quantity > 0 group by all), "
      "weeks as (select distinct week from weekly), "
      "reduced as (select article_id, discount_share, unnest(range(date_trunc('week', "
      "start_date)::timestamp, (end_date + 1)::timestamp, interval 7 day)) as week from "
      "promotions), "
      "grid as (select a.article_id, a.elasticity, w.week, coalesce(s.units, 0) as units, "
      "r.discount_share from truth_articles a join weeks w on w.week >= a.on_sale_from + 14 and "
      "w.week < a.on_sale_until - 7 left join weekly s on s.article_id = a.article_id and s.week "
      "= w.week left join reduced r on r.article_id = a.article_id and r.week = w.week where "
      "a.basic), "
      "near as (select *, lag(units) over v as before, lead(units) over v as after, "
      "lag(discount_share) over v as reduced_before, lead(discount_share) over v as reduced_after "
      "from grid window v as (partition by article_id order by week)), "
      "alone as (select *, ntile(4) over (order by elasticity) as bin from near where "
      "discount_share is not null and reduced_before is null and reduced_after is null) "
      "select bin, avg(elasticity) as planted, -ln(sum(units) / (sum(before + after) / 2.0)) / "
      "avg(ln(1 - discount_share)) as slope from alone group by bin");
  ASSERT_TRUE(made.ok()) << made.error().to_text();
  const double lowest = -world.real("select slope from elasticity_bins where bin = 1");
  const double highest = -world.real("select slope from elasticity_bins where bin = 4");
  for (int bin = 1; bin <= 4; ++bin) {
    const double planted =
        world.real(fmt::format("select planted from elasticity_bins where bin = {}", bin));
    const double found =
        -world.real(fmt::format("select slope from elasticity_bins where bin = {}", bin));
    EXPECT_LT(found, -0.55 * planted) << "bin " << bin;
    EXPECT_GT(found, -1.35 * planted) << "bin " << bin;
  }
  EXPECT_LT(highest, lowest) << "the more elastic quarter must respond more";
}

TEST(RetailTruth, SensitiveCustomersBuyMoreOnSale) {
  const std::string share =
      "select avg((t.price < a.base_price)::int) from transactions t join truth_articles a using "
      "(article_id) join truth_customers c using (customer_id) where c.price_sensitivity ";
  EXPECT_GT(test_world().real(share + "> 1.3"), test_world().real(share + "< 0.6") + 0.05);
}

TEST(RetailTruth, CustomersBuyWithinTheirStyles) {
  // A style holds 1 / 40 of the articles, an article is in 3 styles, a customer has ~3: by chance
  // about a fifth of purchases would fall into them.
  const std::string own =
      "select avg((a.style_1 in (c.style_1, c.style_2, c.style_3, c.style_4) or a.style_2 in "
      "(c.style_1, c.style_2, c.style_3, c.style_4) or a.style_3 in (c.style_1, c.style_2, "
      "c.style_3, c.style_4))::int) from ";
  const double bought = test_world().real(
      own +
      "transactions t join truth_articles a using (article_id) join truth_customers c using "
      "(customer_id)");
  const double chance = test_world().real(
      own +
      "(select article_id, row_number() over (order by md5(article_id || t_dat::varchar)) as "
      "k from transactions) t join truth_articles a using (article_id) join (select *, "
      "row_number() over (order by customer_id) as k from truth_customers) c on c.k = t.k % "
      "20000 + 1");
  EXPECT_GT(bought, 0.85);
  EXPECT_LT(chance, 0.5);
}

TEST(RetailTruth, TasteVectorsPointAtWhatIsBought) {
  std::string dot = "0";
  for (int k = 0; k < 16; ++k) dot += fmt::format(" + c.taste_{0:02d} * a.taste_{0:02d}", k);
  const double bought = test_world().real(
      fmt::format("select avg({}) from transactions t join truth_articles a using (article_id) "
                  "join truth_customers c using (customer_id)",
                  dot));
  const double anything = test_world().real(
      fmt::format("select avg({}) from truth_articles a, (from truth_customers limit 500) c", dot));
  EXPECT_GT(bought, 2 * anything);
  EXPECT_GT(bought, anything + 0.2);
}

TEST(RetailTruth, SegmentsDifferInWhatTheyBuy) {
  const std::string share =
      "select avg((i.index_group_name = '{}')::int) from transactions t join items i using "
      "(article_id) join truth_customers c using (customer_id) where c.segment = '{}'";
  EXPECT_GT(test_world().real(fmt::format(fmt::runtime(share), "Menswear", "Menswear regulars")),
            0.6);
  EXPECT_LT(test_world().real(fmt::format(fmt::runtime(share), "Menswear", "Office classics")),
            0.25);
  EXPECT_GT(
      test_world().real(fmt::format(fmt::runtime(share), "Baby & Children", "Young families")),
      0.3);
}

TEST(RetailTruth, AgesHaveTwoPeaks) {
  const auto around = [](int age) {
    return test_world().count(fmt::format(
        "select count(*) from customers where age between {} and {}", age - 1, age + 1));
  };
  EXPECT_GT(around(25), around(40));
  EXPECT_GT(around(50), around(40));
}

TEST(RetailTruth, FrequentCustomersBuyMore) {
  EXPECT_GT(test_world().real(
                "select corr(baskets_a_day * days * basket_articles, coalesce(n, 0)) from (select "
                "*, coalesce(churned_on, date '2025-10-01') - active_from as days from "
                "truth_customers) left join (select customer_id, count(*) as n from transactions "
                "where quantity > 0 group by 1) using (customer_id)"),
            0.85);
}

TEST(RetailTruth, RatingsFollowExperienceAndQuality) {
  EXPECT_GT(test_world().real("select corr(rating, experience) from reviews join truth_reviews "
                              "using (review_id)"),
            0.9);
  EXPECT_GT(test_world().real("select corr(rating, quality) from reviews join truth_articles "
                              "using (article_id)"),
            0.2);
  const double mean = test_world().real("select avg(rating) from reviews");
  EXPECT_GT(mean, 3.6);
  EXPECT_LT(mean, 4.4);
}

TEST(RetailTruth, WordsOfReviewsFollowTheRating) {
  // A crude lexicon; the pairwise correlation that it reaches bounds what a model must beat.
  EXPECT_GT(
      test_world().real(
          "select corr(rating, tone) from (select rating, "
          "len(regexp_extract_all(lower(review_text), "
          "'love|perfect|excellent|amazing|beautiful|gorgeous|good|nice|recommend|happy|"
          "comfortable|fantastic')) - len(regexp_extract_all(lower(review_text), "
          "'terrible|awful|horrible|disappoint|waste|ugly|worst|cheap|uncomfortable|not |too |"
          "regret|unhappy|rip-off')) as tone from reviews)"),
      0.6);
}

TEST(RetailTruth, AspectsThatAreSaidAreInTheText) {
  EXPECT_GT(test_world().real("select avg((lower(review_text) similar to "
                              "'.*(deliver|parcel|package|shipping|service|arrived|sent).*')::int) "
                              "from reviews join truth_reviews using (review_id) where "
                              "contains(aspects_said, 'delivery')"),
            0.99);
  EXPECT_GT(test_world().count("select count(*) from truth_reviews where abusive"), 10);
}

TEST(RetailTruth, HelpfulVotesAreSomeOfAllVotes) {
  EXPECT_EQ(test_world().count("select count(*) from reviews where helpful_votes > total_votes or "
                               "helpful_votes < 0"),
            0);
  const double share =
      test_world().real("select sum(helpful_votes) / sum(total_votes) from reviews");
  EXPECT_GT(share, 0.4);
  EXPECT_LT(share, 0.95);
}

TEST(RetailTruth, BrowsingAnnouncesPurchases) {
  // Sessions without a purchase look at articles that are bought within 12 days far more often
  // than at those bought 12 to 24 days before.
  const std::string seen =
      "select count(*) from (select customer_id, article_id, created_at as at from events where "
      "event_type = 'view' and session_id not in (select session_id from events where event_type "
      "= 'buy')) v where exists (select 1 from transactions t where t.customer_id = v.customer_id "
      "and t.article_id = v.article_id and t.quantity > 0 and t.t_dat between ";
  const int64_t before = test_world().count(seen + "v.at and v.at + interval 12 day)");
  const int64_t after =
      test_world().count(seen + "v.at - interval 24 day and v.at - interval 12 day)");
  EXPECT_GT(before, 3 * after);
}

TEST(RetailTruth, TruthJsonDescribesTheWorld) {
  EXPECT_EQ(test_world().count(fmt::format("select seed + customers from read_json('{}/truth/"
                                           "truth.json')",
                                           test_world().folder())),
            20'001);
}

}  // namespace
}  // namespace coterie::synth
