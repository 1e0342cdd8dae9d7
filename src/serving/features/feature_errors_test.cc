// What is refused, with the status and the text that the client reads.
#include <gmock/gmock.h>

#include "serving/features/test_api_internal.h"

namespace coterie::serving {
namespace {

using testing::HasSubstr;

struct Refusal {
  int status;
  const char* key;
  const char* message;
  const char* mend;
};

void expect_refused(const Answered& got, const Refusal& want, const std::string& body) {
  EXPECT_EQ(got.status, want.status) << body;
  EXPECT_THAT(got.body, HasSubstr(want.message)) << body;
  if (*want.mend != 0) {
    EXPECT_THAT(got.body, HasSubstr(std::string("\"mend\":\"") + want.mend)) << body;
  }
  if (*want.key != 0) {
    EXPECT_THAT(got.body, HasSubstr(std::string("\"key\":\"") + want.key + "\"")) << body;
  }
}

TEST(FeatureErrors, ReadsNameFieldAndMend) {
  ApiPlace place({.max_entities = 3});
  const std::vector<std::pair<std::string, Refusal>> all = {
      {R"({"feature_service": "profil", "entities": {"customer_id": ["c"]}})",
       {404, "feature_service", "no feature service 'profil'", "did you mean 'profile'?"}},
      {R"({"features": ["orders", "spnd"], "entities": {"customer_id": ["c"]}})",
       {404, "features[1]", "no feature 'spnd'", "did you mean 'spend'?"}},
      {R"({"features": ["people:spend"], "entities": {"customer_id": ["c"]}})",
       {404, "features[0]", "feature 'spend' is not of 'people'", "write 'customer:spend'"}},
      {R"({"features": ["spend", "customer:spend"], "entities": {"customer_id": ["c"]}})",
       {400, "features", "feature 'spend' is asked for twice", "name every feature once"}},
      {R"({"features": ["hidden"], "entities": {"customer_id": ["c"]}})",
       {400, "", "feature 'hidden' is not part of this plan", "ask for features"}},
      {R"({"features": ["spend_bucket"], "entities": {"customer_id": ["c"]}})",
       {503, "", "statistics of feature spend_bucket@1 were never fitted",
        "run `coterie features build` once"}},
      {R"({"features": ["spend"], "entities": {"article_id": ["a"]}})",
       {400, "entities",
        "need the key customer_id of entity 'customer', and the request has article_id",
        R"(write \"entities\": {\"customer_id\": [...]})"}},
      {R"({"features": ["spend"], "entities": {"customer_id": ["a", "b"], "x": [1]}})",
       {400, "entities.x", "1 values, and entities.customer_id has 2", "give every column"}},
      {R"({"features": ["spend"], "entities": {"customer_id": ["a", null]}})",
       {400, "entities.customer_id[1]", "expected a text or a whole number, found null", "write"}},
      {R"({"features": ["spend"], "entities": {"customer_id": [1.5]}})",
       {400, "entities.customer_id[0]", "found a number", "write the id as the source has it"}},
      {R"({"features": ["spend"], "entities": {"customer_id": "c"}})",
       {400, "entities.customer_id", "expected a list, found a text", "write a list"}},
      {R"({"features": ["spend"], "entities": {"customer_id": ["1", "2", "3", "4"]}})",
       {400, "entities", "4 entities, at most 3 are answered at once", "ask in several"}},
      {R"({"features": ["spend"], "entities": {}})",
       {400, "entities", "no entity is named", "write"}},
      {R"({"entities": {"customer_id": ["c"]}})",
       {400, "features", "nothing is asked for", "name features in `features`"}},
      {R"({"features": [7], "entities": {"customer_id": ["c"]}})",
       {400, "features[0]", "expected a text, found a whole number", "write a name"}},
      {R"({"features": ["spend"], "full_feature_names": "yes", "entities": {}})",
       {400, "full_feature_names", "expected true or false", "write true or false"}},
      {R"({"features": ["share_of_spend"], "entities": {"customer_id": ["c"]}})",
       {400, "request_data", "need the request's field 'basket.total'",
        R"(write \"request_data\": {\"total\": [...]})"}},
      {R"({"features": ["share_of_spend"], "entities": {"customer_id": ["c"], "total": ["x"]}})",
       {400, "entities.total[0]", "expected a number, found a text", "the registry's"}},
      {"[]", {400, "", "the body is a list, not an object", "write"}},
      {"", {400, "", "", ""}},
      {R"({"features": ["spend"])", {400, "", "body", ""}},
      {R"({"features": ["share_of_spend"], "entities": {"customer_id": ["c"], "total": [NaN]}})",
       {400, "", "body", ""}},
      {R"({"features": ["share_of_spend"], "entities": {"customer_id": ["c"], "total": [1e999]}})",
       {400, "", "body", ""}},
  };
  for (const auto& [body, want] : all) expect_refused(place.get(body), want, body);
}

TEST(FeatureErrors, PushesNameFieldAndMendAndStoreNothing) {
  ApiPlace place({.max_pushed_rows = 2});
  const auto sale = [](const std::string& more) {
    return R"({"push_source_name": "sales", "df": {"customer_id": ["c"], )" + more + "}}";
  };
  const std::vector<std::pair<std::string, Refusal>> all = {
      {"{}", {400, "push_source_name", "missing", "write the name of the registry's source"}},
      {R"({"push_source_name": "sales"})", {400, "df", "missing", "write the rows"}},
      {R"({"push_source_name": "sale", "df": {"customer_id": ["c"]}})",
       {404, "df", "no online feature reads a source 'sale'", "push to one of"}},
      {R"({"push_source_name": "sales", "to": "mars", "df": {"customer_id": ["c"]}})",
       {400, "to", "'mars' is no destination", "write online, offline or online_and_offline"}},
      {R"({"push_source_name": "sales", "df": {"customer_id": []}})",
       {400, "df", "no rows", "write columns"}},
      {R"({"push_source_name": "sales", "df": {"customer_id": ["1", "2", "3"]}})",
       {400, "df", "3 rows, at most 2 are taken at once", "push in several requests"}},
      {sale(R"("t_dat": [])"), {400, "df.t_dat", "0 values, and df.customer_id has 1", "give"}},
      {sale(R"("t_dat": [{}])"),
       {400, "df.t_dat[0]", "expected a single value, found an object", "write a text"}},
      {sale(R"("t_dat": ["2024-01-01T00:00:00Z"], "pric": [1])"),
       {400, "df", "source 'sales' has no column 'pric'", "did you mean 'price'?"}},
      {sale(R"("t_dat": ["soon"])"), {400, "df", "row 1:", ""}},
      {sale(R"("price": [1])"), {400, "df", "row 1:", ""}},
      {sale(R"("t_dat": ["2024-01-01T00:00:00Z"], "price": [Infinity])"), {400, "", "body", ""}},
  };
  for (const auto& [body, want] : all) expect_refused(place.push(body), want, body);
  EXPECT_EQ(place.store->log().end(), 0);
}

TEST(FeatureErrors, PathsNameTheNearest) {
  ApiPlace place;
  expect_refused(place.ask(Method::kGet, "/v1/features/custmer/c1"),
                 {404, "", "no entity 'custmer'", "did you mean 'customer'?"}, "entity");
  expect_refused(place.ask(Method::kGet, "/v1/features/customer/c1?service=x"),
                 {404, "feature_service", "no feature service 'x'", ""}, "service");
  expect_refused(place.ask(Method::kGet, "/v1/features/shelf/1?service=profile"),
                 {400, "", "these features need more than the key of entity 'shelf'",
                  "ask with POST /get-online-features"},
                 "other entity");
  expect_refused(place.ask(Method::kGet, "/get-online-features"), {405, "", "", "use POST"}, "GET");
}

}  // namespace
}  // namespace coterie::serving
