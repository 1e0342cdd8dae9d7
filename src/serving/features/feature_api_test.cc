// What clients send and get, by the text.
#include <gmock/gmock.h>

#include "base/atomic_file.h"
#include "base/json.h"
#include "serving/features/test_api_internal.h"

namespace coterie::serving {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view kSales =
    R"({"push_source_name": "sales", "to": "online", "allow_registry_cache": true, "df": {)"
    R"("customer_id": ["c1", "c1", "c2"], "article_id": ["a", "b", "a"],)"
    R"("t_dat": ["2024-01-02T03:04:05Z", "2024-01-03T03:04:05.250Z", "2024-01-04T03:04:05.000125Z"],)"
    R"("price": [19.90, 5, 3.5], "quantity": [1, 2, null], "channel": ["web", "shop", null]}})";

Answered push_sales(ApiPlace& place) {
  const Answered pushed = place.push(kSales);
  EXPECT_THAT(pushed.body, HasSubstr(R"("stored":3,"duplicates":0)"));
  EXPECT_THAT(pushed.body, HasSubstr(R"("visible":true)"));
  return pushed;
}

TEST(FeatureApi, AnswersFeatureByFeatureAsFeastDoes) {
  ApiPlace place;
  push_sales(place);
  const Answered got = place.get(
      R"({"features": ["customer:orders", "sales:spend"], "entities": {"customer_id": ["c1", "c9"]},)"
      R"("full_feature_names": false, "include_feature_view_version_metadata": false})");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body,
            R"({"metadata":{"feature_names":["customer_id","orders","spend"]},"results":[)"
            R"({"values":["c1","c9"],"statuses":["PRESENT","PRESENT"],)"
            R"("event_timestamps":["1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},)"
            R"({"values":[2,0],"statuses":["PRESENT","NOT_FOUND"],)"
            R"("event_timestamps":["2024-01-03T03:04:05.250Z","1970-01-01T00:00:00Z"]},)"
            R"({"values":[29.90,null],"statuses":["PRESENT","NOT_FOUND"],)"
            R"("event_timestamps":["2024-01-03T03:04:05.250Z","1970-01-01T00:00:00Z"]}]})");
}

TEST(FeatureApi, FullNamesCarryTheViewThatWasAskedFor) {
  ApiPlace place;
  const Answered got =
      place.get(R"({"features": ["sales:orders", "spend"], "entities": {"customer": []},)"
                R"("full_feature_names": true})");
  EXPECT_EQ(got.body,
            R"({"metadata":{"feature_names":["customer_id","sales__orders","customer__spend"]},)"
            R"("results":[{"values":[],"statuses":[],"event_timestamps":[]},)"
            R"({"values":[],"statuses":[],"event_timestamps":[]},)"
            R"({"values":[],"statuses":[],"event_timestamps":[]}]})");
}

TEST(FeatureApi, EveryKindOfValueHasItsForm) {
  ApiPlace place;
  push_sales(place);
  EXPECT_EQ(place
                .push(R"({"push_source_name": "people",)"
                      R"("df": {"customer_id": ["c1"], "age": [17]}})")
                .status,
            200);
  const Answered got = place.ask(
      Method::kGet,
      "/v1/features/customer/c1?features=age,is_adult,last_channel,channels,favourites,mean_price,"
      "recent_price");
  EXPECT_THAT(got.body,
              AllOf(HasSubstr(R"({"entity":"customer","id":"c1","as_of":"2)"),
                    HasSubstr(R"("features":{"age":17,"is_adult":false,"last_channel":"shop",)"
                              R"("channels":[0.5,0.5],"favourites":["a","b"],"mean_price":null,)"
                              R"("recent_price":null},)"),
                    HasSubstr(R"("mean_price":"NULL_VALUE","recent_price":"OUTSIDE_MAX_AGE"}})")));
}

TEST(FeatureApi, RealsStayRealsAndTimesKeepTheirDigits) {
  ApiPlace place;
  push_sales(place);
  const Answered got = place.get(R"({"features": ["last_channel", "share_of_spend"],)"
                                 R"("entities": {"customer_id": ["c1"], "total": [59.8]}})");
  EXPECT_THAT(got.body, HasSubstr(R"({"values":[2.0],"statuses":["PRESENT"])"));
  const Answered late =
      place.get(R"({"features": ["orders"], "entities": {"customer_id": ["c2"]}})");
  EXPECT_THAT(late.body, HasSubstr(R"("event_timestamps":["2024-01-04T03:04:05.000125Z"])"));
}

TEST(FeatureApi, RequestFieldsComeFromEitherPlace) {
  ApiPlace place;
  push_sales(place);
  for (const char* const where :
       {R"("request_data": {"total": [299]})", R"("request_context": {"basket.total": [299.0]})"}) {
    const Answered got = place.get(
        std::string(R"({"features": ["share_of_spend"], "entities": {"customer_id": ["c1"]}, )") +
        where + "}");
    EXPECT_THAT(got.body, HasSubstr(R"({"values":[10.0],)")) << where;
  }
}

TEST(FeatureApi, KeysOfSeveralPartsAndWholeNumbers) {
  ApiPlace place;
  EXPECT_EQ(place
                .push(R"({"push_source_name": "fillings", "df": {"shop": ["s|1"], "place": [7],)"
                      R"("at": ["2024-01-02T03:04:05Z"], "units": [12]}})")
                .status,
            200);
  const Answered got = place.get(
      R"({"features": ["filled"], "entities": {"place": [7, 8], "shop": ["s|1", "s|1"]}})");
  EXPECT_THAT(got.body,
              AllOf(HasSubstr(R"("feature_names":["place","shop","filled"])"),
                    HasSubstr(R"({"values":[7,8],)"), HasSubstr(R"({"values":[12,null])")));
}

TEST(FeatureApi, ServicesAndSecondPushesOfAnEvent) {
  ApiPlace place;
  const std::string body =
      R"({"push_source_name": "sales", "event_ids": ["o-1"], "df": {"customer_id": ["c1"],)"
      R"("t_dat": [1704164645000000], "price": ["1.25"], "quantity": [1]}})";
  EXPECT_THAT(place.push(body).body, HasSubstr(R"("stored":1,"duplicates":0)"));
  EXPECT_THAT(place.push(body).body, HasSubstr(R"("stored":0,"duplicates":1)"));
  const Answered got = place.ask(Method::kGet, "/v1/features/customer/c1?service=profile");
  EXPECT_THAT(got.body, HasSubstr(R"("features":{"orders":1,"spend":1.25,"age":null})"));
}

TEST(FeatureApi, NewStatisticsCountFromTheNextRequest) {
  ApiPlace place;
  push_sales(place);
  const std::string_view body =
      R"({"features": ["spend_bucket"], "entities": {"customer_id": ["c1"]}})";
  EXPECT_EQ(place.get(body).status, 503);
  const auto bucket_with = [&](std::vector<double> bounds) {
    features::FittedSet fitted;
    features::FittedStatistics statistics;
    statistics.bounds = std::move(bounds);
    fitted.add("spend_bucket@1", std::move(statistics));
    place.api.set_fitted(std::move(fitted));
    return place.get(body).body;
  };
  EXPECT_THAT(bucket_with({1, 2, 3}), HasSubstr(R"({"values":[4],)"));
  EXPECT_THAT(bucket_with({100, 200, 300}), HasSubstr(R"({"values":[1],)"));
}

TEST(FeatureApi, HealthAndMetricsTellTheState) {
  ApiPlace place;
  push_sales(place);
  EXPECT_EQ(place.ask(Method::kGet, "/health").body,
            R"({"status":"ok","entities":2,"log_lag_bytes":0,"store":"ok"})");
  const std::string metrics = place.ask(Method::kGet, "/metrics").body;
  EXPECT_THAT(metrics, AllOf(HasSubstr("coterie_features_events_folded 3\n"),
                             HasSubstr("coterie_features_entities 2\n"),
                             HasSubstr("coterie_features_log_lag_bytes 0\n"),
                             HasSubstr("coterie_features_store_available 1\n")));
}

TEST(FeatureApi, TheSampleHoldsWhatWasServed) {
  const TemporaryFolder folder;
  const auto log = take(SkewLog::open({.file = folder / "served.jsonl", .one_in = 2}));
  ApiPlace place({.skew = log.get()});
  push_sales(place);
  for (int i = 0; i < 3; ++i)
    place.get(R"({"features": ["orders", "spend"], "entities": {"customer_id": ["c1"]}})");
  // What a request decides cannot be compared.
  place.get(
      R"({"features": ["share_of_spend"], "entities": {"customer_id": ["c1"], "total": [1]}})");
  place.get(
      R"({"features": ["share_of_spend"], "entities": {"customer_id": ["c1"], "total": [1]}})");
  const std::string text = take(read_file(folder / "served.jsonl"));
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_EQ(log->written(), 2);
  EXPECT_THAT(text, HasSubstr(R"("entities":{"customer_id":"c1"},)"
                              R"("features":{"orders@1":2,"spend@1":29.90}})"));
}

TEST(FeatureApi, TheSampleIsBounded) {
  const TemporaryFolder folder;
  const auto log =
      take(SkewLog::open({.file = folder / "served.jsonl", .one_in = 1, .max_bytes = 100}));
  for (int i = 0; i < 50; ++i) log->write(std::to_string(1'000 + i) + "\n");
  const std::string old = take(read_file(folder / "served.jsonl.1"));
  const std::string now = take(read_file(folder / "served.jsonl"));
  EXPECT_LE(old.size(), 100U);
  EXPECT_LE(now.size(), 100U);
  EXPECT_THAT(old + now, testing::EndsWith("1048\n1049\n"));
}

}  // namespace
}  // namespace coterie::serving
