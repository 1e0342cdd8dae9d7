// What HTTP and JSON cost under the feature API, whose requests and answers these have the shape
// of: 50 features for 1 or 100 entities, values made up on the spot.
//
//   session/*      one request through parser, router, handler and answer, without sockets
//   json_*/*       the answer and the request of 100 entities, ours beside nlohmann::json
//   load/*         the server under wrk (Debian package 'wrk'; left out where it is missing), both
//                  on this machine: requests a second; then p99 at half that load
//
// Bounds: a request without features costs the kernel four system calls (epoll_wait, two recv,
// sendmsg) on either side, which is most of it.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/json.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "serving/http/http_server.h"
#include "serving/http/json_reader.h"
#include "serving/http/json_writer.h"
#include "serving/http/session_internal.h"

namespace coterie::serving {
namespace {

constexpr int kFeatures = 50;
constexpr int kSeconds = 4;

double value_of(size_t entity, size_t feature) {
  const auto n = static_cast<double>((entity * 31 + feature * 17) % 1000);
  return feature % 3 == 0 ? n : n / 7;  // counts and means
}

std::string request_body(int entities, bool by_name) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  if (by_name) {
    json.key("features").begin_array();
    for (int i = 0; i < kFeatures; ++i)
      json.text(fmt::format("customer_features:purchase_sum_{}d", i));
    json.end_array();
  } else {
    json.key("feature_service").text("churn_v1");
  }
  json.key("entities").begin_object().key("customer").begin_array();
  for (int i = 0; i < entities; ++i) json.text(fmt::format("{:010}", i * 977));
  json.end_array().end_object().key("full_feature_names").boolean(false).end_object();
  return body;
}

void write_answer(size_t entities, std::string& out) {
  JsonWriter json(out);
  json.begin_object().key("results").begin_array();
  for (size_t f = 0; f < kFeatures; ++f) {
    json.begin_object().key("values").begin_array();
    for (size_t e = 0; e < entities; ++e) json.real(value_of(e, f));
    json.end_array().key("statuses").begin_array();
    for (size_t e = 0; e < entities; ++e) json.raw("\"PRESENT\"");
    json.end_array().key("event_timestamps").begin_array();
    for (size_t e = 0; e < entities; ++e) json.raw("\"2026-11-21T09:02:27Z\"");
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

Status answer_features(const Request& request, Response& response) {
  thread_local JsonReader reader;
  thread_local std::vector<JsonValue> ids;
  ids.clear();
  ASSIGN_OR_RETURN(const JsonValue body, reader.parse(request.body));
  const auto entities = body.find("entities");
  const auto customers = entities ? entities->find("customer") : std::nullopt;
  if (!customers) return invalid_input("no entities");
  RETURN_IF_ERROR(customers->items(ids));
  write_answer(ids.size(), response.body);
  return {};
}

Router bench_routes() {
  Router router;
  router.add(Method::kGet, "/health", [](const Request&, Response& response) -> Status {
    response.body = R"({"status":"ok"})";
    return {};
  });
  router.add(Method::kPost, "/get-online-features", answer_features);
  return router;
}

std::string request_text(int entities) {
  if (entities == 0) return "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string body = request_body(entities, false);
  return fmt::format(
      "POST /get-online-features HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: {}\r\n\r\n{}",
      body.size(), body);
}

void session(benchmark::State& state) {
  const Router router = bench_routes();
  Metrics metrics;
  internal::RouteMetrics routes(metrics, router);
  const std::atomic<bool> draining{false};
  internal::ThreadContext context(router, routes, nullptr, {}, draining);
  internal::Session one(context);
  const std::string text = request_text(static_cast<int>(state.range(0)));
  size_t bytes = 0;
  for (auto _ : state) {
    const auto room = one.room();
    CHECK(room.size() >= text.size());
    std::copy(text.begin(), text.end(), room.begin());
    one.received(text.size());
    CHECK(one.advance() == internal::Session::Want::kWrite);
    const auto parts = one.output();
    bytes += parts[0].size() + parts[1].size();
    one.wrote(parts[0].size() + parts[1].size());
    CHECK(one.advance() == internal::Session::Want::kRead);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["answer_bytes"] =
      static_cast<double>(bytes) / static_cast<double>(state.iterations());
}
BENCHMARK(session)->ArgName("entities")->Arg(0)->Arg(1)->Arg(100);

void json_write_ours(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    write_answer(100, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(json_write_ours);

void json_write_nlohmann(benchmark::State& state) {
  for (auto _ : state) {
    auto results = nlohmann::json::array();
    for (size_t f = 0; f < kFeatures; ++f) {
      nlohmann::json feature;
      for (size_t e = 0; e < 100; ++e) {
        feature["values"].push_back(value_of(e, f));
        feature["statuses"].push_back("PRESENT");
        feature["event_timestamps"].push_back("2026-11-21T09:02:27Z");
      }
      results.push_back(std::move(feature));
    }
    benchmark::DoNotOptimize(dump_json(nlohmann::json{{"results", std::move(results)}}));
  }
}
BENCHMARK(json_write_nlohmann);

void json_read_ours(benchmark::State& state) {
  const std::string body = request_body(static_cast<int>(state.range(0)), state.range(1) != 0);
  JsonReader reader;
  for (auto _ : state) benchmark::DoNotOptimize(reader.parse(body));
}
BENCHMARK(json_read_ours)->ArgNames({"entities", "by_name"})->ArgsProduct({{1, 100}, {0, 1}});

void json_read_nlohmann(benchmark::State& state) {
  const std::string body = request_body(static_cast<int>(state.range(0)), state.range(1) != 0);
  for (auto _ : state) benchmark::DoNotOptimize(parse_json(body, "body"));
}
BENCHMARK(json_read_nlohmann)->ArgNames({"entities", "by_name"})->ArgsProduct({{1, 100}, {0, 1}});

struct Load {
  double per_second = 0;
  double p99_ms = 0;
};

// "12.34ms", "850.00us", "1.20s" in milliseconds.
double milliseconds_of(const std::string& text) {
  const double number = std::strtod(text.c_str(), nullptr);
  if (text.ends_with("us")) return number / 1000;
  return text.ends_with("ms") ? number : number * 1000;
}

// Each of the connections waits about `delay_ms` before each request.
Load run_wrk(int port, int entities, int connections, double delay_ms) {
  const TemporaryFolder folder;
  std::string script;
  if (entities > 0) {
    script = fmt::format(
        "wrk.method = 'POST'\nwrk.path = '/get-online-features'\n"
        "wrk.headers['Content-Type'] = 'application/json'\nwrk.body = [[{}]]\n",
        request_body(entities, false));
  }
  if (delay_ms > 0) {
    script += fmt::format("function delay() return math.random({0} - 1, {0} + 1) end\n", delay_ms);
  }
  must(write_file_atomic(folder / "wrk.lua", script));
  const std::string command =
      fmt::format("wrk -t1 -c{} -d{}s --latency -s {} http://127.0.0.1:{}/health 2>&1", connections,
                  kSeconds, folder / "wrk.lua", port);
  FILE* output = popen(command.c_str(), "r");
  CHECK(output != nullptr);
  Load load;
  char line[512];
  while (std::fgets(line, sizeof line, output) != nullptr) {
    const std::string text(line);
    char value[64];
    if (std::sscanf(line, " 99%% %63s", value) == 1) load.p99_ms = milliseconds_of(value);
    if (std::sscanf(line, "Requests/sec: %63s", value) == 1)
      load.per_second = std::strtod(value, nullptr);
    if (text.find("Non-2xx") != std::string::npos ||
        text.find("Socket errors") != std::string::npos)
      fail_check("wrk met errors", text);
  }
  CHECK(pclose(output) == 0);
  return load;
}

void load(benchmark::State& state) {
  Metrics metrics;
  const auto server = take(
      HttpServer::start({.threads = static_cast<int>(state.range(1))}, bench_routes(), metrics));
  const int entities = static_cast<int>(state.range(0));
  constexpr int connections = 32;
  Load full;
  Load half;
  for (auto _ : state) {
    full = run_wrk(server->port(), entities, connections, 0);
    // As many connections as make half the requests when each waits ten milliseconds in between:
    // wrk waits whole milliseconds, and what an answer takes should not count.
    constexpr double pause_ms = 10;
    const int more = std::max(1, static_cast<int>(full.per_second / 2 * pause_ms / 1000));
    half = run_wrk(server->port(), entities, more, pause_ms);
  }
  state.counters["per_second"] = full.per_second;
  state.counters["p99_ms"] = full.p99_ms;
  state.counters["half_per_second"] = half.per_second;
  state.counters["half_p99_ms"] = half.p99_ms;
}

const bool kLoadRegistered = [] {
  if (!std::filesystem::exists("/usr/bin/wrk")) {
    std::fprintf(stderr, "load/* is left out: the Debian package 'wrk' is not installed\n");
    return false;
  }
  benchmark::RegisterBenchmark("load", load)
      ->ArgNames({"entities", "threads"})
      ->ArgsProduct({{0, 1, 100}, {1, 2}})
      ->Iterations(1)
      ->UseRealTime();
  return true;
}();

}  // namespace
}  // namespace coterie::serving
