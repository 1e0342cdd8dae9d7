#include "serving/http/router.h"

#include <random>

#include <gmock/gmock.h>

#include "serving/http/test_support_internal.h"

namespace coterie::serving {
namespace {

Handler named(std::string name) {
  return [name = std::move(name)](const Request& request, Response& response) -> Status {
    response.body = name;
    for (const auto& [key, value] : request.parameters)
      response.body += fmt::format(" {}={}", key, value);
    return {};
  };
}

// What the matching handler wrote, or the error.
std::string visit(const Router& router, Method method, std::string_view path) {
  Request request;
  Response response;
  TextRoom room;
  room.clear(path.size());
  request.method = method;
  request.path = path;
  const Router::Route* route = router.match(request, room, response);
  if (route == nullptr) return error_text({response.status, {}, response.body});
  EXPECT_TRUE(route->handler(request, response).ok());
  EXPECT_EQ(request.route, route->pattern);
  return response.body;
}

Router example() {
  Router router;
  router.add(Method::kGet, "/", named("root"));
  router.add(Method::kGet, "/features", named("list"));
  router.add(Method::kPost, "/features", named("make"));
  router.add(Method::kGet, "/features/{entity}/{id}", named("read"));
  router.add(Method::kGet, "/features/customer/{id}", named("customer"));
  router.add(Method::kGet, "/{kind}/customer/all", named("kind"));
  router.add(Method::kDelete, "/features/{entity}/{id}", named("forget"));
  return router;
}

TEST(Router, FindsPlainPathsAndParameters) {
  const Router router = example();
  EXPECT_EQ(visit(router, Method::kGet, "/"), "root");
  EXPECT_EQ(visit(router, Method::kGet, "/features"), "list");
  EXPECT_EQ(visit(router, Method::kPost, "/features"), "make");
  EXPECT_EQ(visit(router, Method::kHead, "/features"), "list");
  EXPECT_EQ(visit(router, Method::kGet, "/features/article/0108775015"),
            "read entity=article id=0108775015");
  EXPECT_EQ(visit(router, Method::kDelete, "/features/article/7"), "forget entity=article id=7");
}

TEST(Router, ThePlainerPatternWinsWhateverCameFirst) {
  const Router router = example();
  EXPECT_EQ(visit(router, Method::kGet, "/features/customer/9"), "customer id=9");
  EXPECT_EQ(visit(router, Method::kGet, "/features/customer/all"), "customer id=all");
  EXPECT_EQ(visit(router, Method::kGet, "/orders/customer/all"), "kind kind=orders");
}

TEST(Router, DecodesSegmentsOnly) {
  const Router router = example();
  EXPECT_EQ(visit(router, Method::kGet, "/features/a%2Fb/c%20d"), "read entity=a/b id=c d");
  EXPECT_EQ(visit(router, Method::kGet, "/features/a%zz/1"),
            "400 invalid_input: path segment {entity}: 'a%zz' has a '%' without two hexadecimal "
            "digits behind it; percent-encode the text as UTF-8, '%' itself as %25");
}

TEST(Router, UnknownPathsNameTheNearest) {
  const Router router = example();
  EXPECT_EQ(visit(router, Method::kGet, "/feature"),
            "404 not_found: nothing is served at /feature; did you mean /features?");
  EXPECT_EQ(visit(router, Method::kGet, "/features/"),
            "404 not_found: nothing is served at /features/; did you mean /features?");
  EXPECT_EQ(visit(router, Method::kGet, "/features//7"),
            "404 not_found: nothing is served at /features//7; did you mean /features?");
  EXPECT_EQ(visit(router, Method::kGet, "/" + std::string(10'000, 'z')),
            "404 not_found: nothing is served at /" + std::string(79, 'z') +
                "; see the list of paths in the API reference");
  EXPECT_EQ(visit(router, Method::kGet, "/features/customer/../secret"),
            "404 not_found: nothing is served at /features/customer/../secret; did you mean "
            "/features/customer/{id}?");
}

TEST(Router, OtherMethodsAreToldTheRightOnes) {
  const Router router = example();
  EXPECT_EQ(visit(router, Method::kPut, "/features"),
            "405 unsupported: /features does not take PUT; use GET, HEAD, POST");
  EXPECT_EQ(visit(router, Method::kOther, "/features/article/7"),
            "405 unsupported: /features/{entity}/{id} does not take this method; use GET, HEAD, "
            "DELETE");
}

TEST(RouterDeathTest, RoutesThatCannotBeAreFaultsOfTheProgram) {
  Router router = example();
  EXPECT_DEATH(router.add(Method::kGet, "/features", named("again")), "slot == nullptr");
  EXPECT_DEATH(router.add(Method::kGet, "no-slash", named("x")), "pattern.starts_with");
  EXPECT_DEATH(router.add(Method::kGet, "/a/{b", named("x")), "find_first_of");
}

TEST(Response, HeadersCannotBeSmuggledIn) {
  Response response;
  EXPECT_TRUE(response.add_header("Retry-After", "5").ok());
  EXPECT_FALSE(response.add_header("X", "a\r\nSet-Cookie: b").ok());
  EXPECT_FALSE(response.add_header("X: y\r\nZ", "a").ok());
  EXPECT_FALSE(response.add_header("", "a").ok());
  EXPECT_FALSE(response.add_header("X", std::string_view("\0", 1)).ok());
  EXPECT_EQ(response.header_lines(), "Retry-After: 5\r\n");
}

TEST(Request, NumbersOfTheQueryHaveBounds) {
  Request request;
  request.query = {{"n", "12"}, {"n", "99"}, {"low", "-3"}, {"text", "12x"}, {"empty", ""}};
  const auto read = [&](std::string_view name) {
    const auto value = request.query_number(name, {.fallback = 10, .low = 1, .high = 100});
    return value.ok() ? std::to_string(*value) : value.error().to_text();
  };
  EXPECT_EQ(read("n"), "12");
  EXPECT_EQ(read("absent"), "10");
  EXPECT_EQ(read("low"),
            "query parameter low: '-3' is not a whole number from 1 to 100\n"
            "  mend: write low=10 or leave it out");
  EXPECT_EQ(read("text"),
            "query parameter text: '12x' is not a whole number from 1 to 100\n"
            "  mend: write text=10 or leave it out");
  EXPECT_EQ(read("empty"),
            "query parameter empty: '' is not a whole number from 1 to 100\n"
            "  mend: write empty=10 or leave it out");
}

}  // namespace
}  // namespace coterie::serving
