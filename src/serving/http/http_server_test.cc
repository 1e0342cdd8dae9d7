// The server over real sockets of the loopback interface: slow, rude and many clients.
#include "serving/http/http_server.h"

#include <chrono>
#include <future>
#include <thread>

#include <gmock/gmock.h>

#include "base/sanitized.h"
#include "serving/http/test_support_internal.h"

namespace coterie::serving {
namespace {

using testing::HasSubstr;

constexpr std::string_view kGetHealth = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

void pause_ms(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

struct RunningServer {
  explicit RunningServer(const HttpOptions& options = {})
      : server(take(HttpServer::start(options, test_routes(), metrics))) {}
  RawClient client() const {
    RawClient made(server->port());
    EXPECT_TRUE(made.connected());
    return made;
  }
  uint64_t count(std::string_view name) { return metrics.counter(name, "").value(); }
  Metrics metrics;
  std::unique_ptr<HttpServer> server;
};

std::string start_error(const HttpOptions& options) {
  Metrics metrics;
  const auto server = HttpServer::start(options, test_routes(), metrics);
  return server.ok() ? "" : server.error().to_text();
}

TEST(HttpServer, AnswersOnEveryKindOfLoopback) {
  for (const char* host : {"127.0.0.1", "localhost"}) {
    RunningServer running({.host = host});
    RawClient client = running.client();
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(client.get(fmt::format("/seen/{}/x", i)).body,
                fmt::format("GET /seen/{{a}}/{{b}} a={} b=x", i));
  }
  EXPECT_EQ(start_error({.host = "::1"}), "");
}

TEST(HttpServer, RefusesWhatItCannotListenOn) {
  EXPECT_EQ(start_error({.host = "0.0.0.0"}),
            "host: 0.0.0.0 can be reached from other machines\n"
            "  mend: listen on 127.0.0.1 behind a proxy, or allow it explicitly");
  EXPECT_EQ(start_error({.host = "::"}),
            "host: :: can be reached from other machines\n"
            "  mend: listen on 127.0.0.1 behind a proxy, or allow it explicitly");
  EXPECT_EQ(start_error({.host = "0.0.0.0", .beyond_loopback = true}), "");
  EXPECT_EQ(start_error({.host = "shop.example"}),
            "host: 'shop.example' is not an address\n"
            "  mend: write an address such as 127.0.0.1 or ::1, or localhost");
  EXPECT_EQ(start_error({.host = "192.0.2.1", .beyond_loopback = true}),
            "cannot listen on 192.0.2.1 port 0: Cannot assign requested address\n"
            "  mend: choose an address of this machine");
  const RunningServer running;
  EXPECT_EQ(start_error({.port = running.server->port()}),
            fmt::format("cannot listen on 127.0.0.1 port {}: Address already in use\n"
                        "  mend: stop what listens there, or choose another port",
                        running.server->port()));
  EXPECT_EQ(start_error({.port = 70'000}), "port: 70000 is not from 0 to 65535");
  EXPECT_EQ(start_error({.threads = 0}), "threads: 0 is not from 1 to 256");
}

TEST(HttpServer, ATricklingClientIsTimedOut) {
  RunningServer running({.read_timeout_ms = 150});
  RawClient client = running.client();
  const std::string_view head = "GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ";
  bool open = true;
  for (size_t sent = 0; open && !client.readable(5); ++sent)
    open = client.send(sent < head.size() ? head.substr(sent, 1) : "x");
  EXPECT_EQ(error_text(client.answer().value()),
            "408 cancelled: the request did not arrive whole in time; send it faster, or in "
            "smaller parts");
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(running.count("coterie_http_timeouts_total"), 1);
}

TEST(HttpServer, ATricklingBodyIsTimedOut) {
  RunningServer running({.read_timeout_ms = 150});
  RawClient client = running.client();
  ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"));
  while (!client.readable(5) && client.send("x")) continue;
  EXPECT_EQ(client.answer().value().status, 408);
}

TEST(HttpServer, EachRequestHasItsOwnTime) {
  RunningServer running({.read_timeout_ms = 700});
  RawClient client = running.client();
  const std::string_view first_half = kGetHealth.substr(0, 10);
  const std::string rest_and_half = std::string(kGetHealth.substr(10)).append(first_half);
  ASSERT_TRUE(client.send(first_half));
  // One request is always under way, for longer than one may take.
  for (int i = 0; i < 12; ++i) {
    pause_ms(80);
    ASSERT_TRUE(client.send(rest_and_half));
    ASSERT_EQ(client.answer().value().status, 200);
  }
  EXPECT_EQ(client.answer().value().status, 408);
}

TEST(HttpServer, IdleConnectionsAreClosedWithoutAWord) {
  RunningServer running({.idle_timeout_ms = 100});
  RawClient silent = running.client();
  EXPECT_EQ(silent.rest(), "");
  RawClient served = running.client();
  EXPECT_EQ(served.get("/health").status, 200);
  EXPECT_EQ(served.rest(), "");
  RawClient empty_lines = running.client();
  while (!empty_lines.readable(5) && empty_lines.send("\r\n")) continue;
  EXPECT_EQ(empty_lines.rest(), "");
}

TEST(HttpServer, AClientThatDoesNotReadIsCutOffAndNobodyElseWaits) {
  RunningServer running({.write_timeout_ms = 150});
  RawClient deaf = running.client();
  ASSERT_TRUE(deaf.send("GET /large?bytes=60000000 HTTP/1.1\r\nHost: x\r\n\r\n"));
  while (running.count("coterie_http_timeouts_total") == 0) {
    RawClient other = running.client();
    ASSERT_EQ(other.get("/health").status, 200);
  }
  EXPECT_LT(deaf.rest().size(), 60'000'000u);
}

TEST(HttpServer, ASlowReaderGetsEverything) {
  RunningServer running;
  RawClient slow = running.client();
  ASSERT_TRUE(slow.send("GET /large?bytes=20000000 HTTP/1.1\r\nHost: x\r\n\r\n"));
  ASSERT_TRUE(slow.send(kGetHealth));
  pause_ms(50);
  const std::string body = slow.answer().value().body;
  EXPECT_EQ(body.size(), 20'000'000u);
  EXPECT_EQ(body.find_first_not_of('x'), std::string::npos);
  EXPECT_EQ(slow.answer().value().body, R"({"status":"ok"})");
}

TEST(HttpServer, AHugeBodyIsRefusedWithoutReadingItAll) {
  for (const std::string_view framing :
       {"Content-Length: 10000000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n989680\r\n"}) {
    RunningServer running;
    RawClient client = running.client();
    ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: x\r\n"));
    ASSERT_TRUE(client.send(framing));
    const std::string piece(10'000, 'x');
    for (int i = 0; i < 1000 && !client.readable(0); ++i)
      if (!client.send(piece)) break;
    EXPECT_EQ(error_text(client.answer().value()),
              "413 invalid_input: the body is longer than 1048576 bytes; send it in several "
              "requests");
    for (int i = 0; i < 1000; ++i)
      if (!client.send(piece)) break;
    running.server->stop();
    EXPECT_LT(running.count("coterie_http_received_bytes_total"), 4'000'000u);
  }
}

TEST(HttpServer, MalformedRequestsEndTheConnection) {
  RunningServer running;
  std::string bomb = "GET /health HTTP/1.1\r\nHost: x\r\n";
  while (bomb.size() < 200'000) bomb += "X-Bomb: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
  const std::vector<std::pair<std::string, int>> cases = {
      {"GET\r\n\r\n", 400}, {bomb, 431}, {std::string(100'000, 'A'), 431}, {"\r\n\0\r\n\r\n", 0}};
  for (const auto& [bytes, status] : cases) {
    RawClient client = running.client();
    client.send(bytes);
    client.end_sending();
    const auto answer = client.answer();
    EXPECT_EQ(answer ? answer->status : 0, status) << bytes.substr(0, 40);
    EXPECT_EQ(client.rest(), "");
  }
}

TEST(HttpServer, PipelinedRequestsAreAnsweredInOrder) {
  RunningServer running;
  RawClient client = running.client();
  std::string bytes;
  for (int i = 0; i < 1000; ++i)
    bytes += fmt::format("GET /seen/{}/{} HTTP/1.1\r\nHost: x\r\n\r\n", i, i * 7);
  std::thread sender([&] { EXPECT_TRUE(client.send(bytes)); });
  sender.join();
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(client.answer().value().body,
              fmt::format("GET /seen/{{a}}/{{b}} a={} b={}", i, i * 7));
}

TEST(HttpServer, AHalfClosedConnectionIsStillAnswered) {
  RunningServer running;
  RawClient client = running.client();
  ASSERT_TRUE(client.send(std::string(kGetHealth) + std::string(kGetHealth)));
  client.end_sending();
  EXPECT_EQ(client.answer().value().status, 200);
  EXPECT_EQ(client.answer().value().status, 200);
  EXPECT_EQ(client.rest(), "");

  RawClient cut = running.client();
  ASSERT_TRUE(cut.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nha"));
  cut.end_sending();
  EXPECT_EQ(error_text(cut.answer().value()),
            "400 invalid_input: the connection ended in the middle of a request");
}

TEST(HttpServer, ExpectContinueOverTheWire) {
  RunningServer running;
  RawClient client = running.client();
  ASSERT_TRUE(
      client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                  "Expect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.answer(true).value().status, 100);
  ASSERT_TRUE(client.send("hallo"));
  EXPECT_EQ(client.answer().value().body, "hallo");
}

TEST(HttpServer, TwoThousandConnectionsAreAllServed) {
  RunningServer running({.threads = 2});
  std::vector<RawClient> clients;
  for (int i = 0; i < 2000; ++i) clients.push_back(running.client());
  for (int round = 0; round < 2; ++round) {
    for (size_t i = 0; i < clients.size(); ++i)
      ASSERT_TRUE(clients[i].send(fmt::format("GET /seen/{}/x HTTP/1.1\r\nHost: x\r\n\r\n", i)));
    for (size_t i = 0; i < clients.size(); ++i)
      ASSERT_EQ(clients[i].answer().value().body, fmt::format("GET /seen/{{a}}/{{b}} a={} b=x", i));
  }
  EXPECT_EQ(running.metrics.gauge("coterie_http_connections", "").value(), 2000);
}

TEST(HttpServer, OneConnectionTooManyIsToldSo) {
  RunningServer running({.max_connections = 3});
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(running.client());
    ASSERT_EQ(clients.back().get("/health").status, 200);
  }
  RawClient refused = running.client();
  const Answer answer = refused.answer().value();
  EXPECT_EQ(answer.headers.at("Retry-After"), "1");
  EXPECT_EQ(error_text(answer),
            "503 unavailable: all 3 connections are in use; try again in a moment, and keep "
            "connections open between requests");
  EXPECT_EQ(refused.rest(), "");
  EXPECT_EQ(clients[0].get("/health").status, 200);
  EXPECT_EQ(running.count("coterie_http_connections_refused_total"), 1);
}

TEST(HttpServer, ConcurrentRequestsDoNotMix) {
  RunningServer running({.threads = 2});
  constexpr int kClients = 16;
  std::vector<std::jthread> threads;
  for (int c = 0; c < kClients; ++c) {
    threads.emplace_back([&running, c] {
      RawClient client = running.client();
      for (int i = 0; i < if_sanitized(100, 500); ++i) {
        const std::string mine(static_cast<size_t>((i * 37 + c) % 9000),
                               static_cast<char>('a' + c));
        ASSERT_TRUE(
            client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nX-Request-Id: "
                                    "c{}-{}\r\nContent-Length: {}\r\n\r\n{}",
                                    c, i, mine.size(), mine)));
        const Answer answer = client.answer().value();
        ASSERT_EQ(answer.body, mine);
        ASSERT_EQ(answer.headers.at("X-Length"), std::to_string(mine.size()));
        ASSERT_EQ(answer.headers.at("X-Request-Id"), fmt::format("c{}-{}", c, i));
      }
    });
  }
}

TEST(HttpServer, MetricsCanBeRead) {
  Metrics metrics;
  Router router = test_routes();
  router.add(Method::kGet, "/metrics", metrics_handler(metrics));
  const auto server = take(HttpServer::start({}, std::move(router), metrics));
  RawClient client(server->port());
  client.get("/health");
  const Answer answer = client.get("/metrics");
  EXPECT_EQ(answer.headers.at("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("coterie_http_connections 1\n"));
  EXPECT_THAT(answer.body, HasSubstr("coterie_http_request_duration_seconds_count{method=\"GET\","
                                     "route=\"/health\",status=\"200\"} 1\n"));
}

TEST(HttpServer, StopUnderLoadLosesNoAnswer) {
  std::atomic<int> handled{0};
  Metrics metrics;
  Router router;
  router.add(Method::kGet, "/work", [&](const Request&, Response& response) -> Status {
    response.body.assign(50'000, 'w');
    ++handled;
    return {};
  });
  const auto server = take(HttpServer::start({.threads = 2}, std::move(router), metrics));
  std::atomic<int> answered{0};
  std::vector<std::jthread> threads;
  for (int c = 0; c < 8; ++c) {
    threads.emplace_back([&] {
      while (true) {
        RawClient client(server->port());
        if (!client.connected()) return;  // stopped
        while (client.send("GET /work HTTP/1.1\r\nHost: x\r\n\r\n")) {
          const auto answer = client.answer();
          if (!answer) {
            EXPECT_EQ(client.unread(), "") << "an answer was cut off";
            break;
          }
          EXPECT_EQ(answer->body.size(), 50'000u);
          ++answered;
          if (answer->headers.contains("Connection")) break;
        }
      }
    });
  }
  while (answered < 500) pause_ms(1);
  server->stop();
  threads.clear();
  EXPECT_EQ(answered, handled);
}

// A server of one thread with a route, POST /wait, that answers once the gate is open.
struct WaitingServer {
  explicit WaitingServer(const HttpOptions& options = {}) {
    Router router = test_routes();
    router.add(Method::kPost, "/wait",
               [opened = gate.get_future().share()](const Request& request, Response& response) {
                 opened.wait();
                 response.body = fmt::format("waited {}", request.body);
                 return Status();
               },
               {.waits = true});
    server = take(HttpServer::start(options, std::move(router), metrics));
  }
  static std::string request(std::string_view body) {
    return fmt::format("POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                       body.size(), body);
  }
  std::promise<void> gate;
  Metrics metrics;
  std::unique_ptr<HttpServer> server;
};

TEST(HttpServer, AHandlerThatWaitsHoldsNobodyElseUp) {
  WaitingServer waiting;
  RawClient slow(waiting.server->port());
  ASSERT_TRUE(slow.send(fmt::format("GET /seen/1/x HTTP/1.1\r\nHost: x\r\n\r\n{}{}",
                                    waiting.request("abc"), kGetHealth)));
  EXPECT_EQ(slow.answer()->body, "GET /seen/{a}/{b} a=1 b=x");
  RawClient other(waiting.server->port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(other.get("/health").status, 200);
  EXPECT_FALSE(slow.readable(0));
  waiting.gate.set_value();
  EXPECT_EQ(slow.answer()->body, "waited abc");
  EXPECT_EQ(slow.answer()->body, R"({"status":"ok"})") << "behind it, in order";
}

TEST(HttpServer, MoreWaitThanThereAreThreadsForIt) {
  WaitingServer waiting;
  std::vector<RawClient> clients;
  for (int i = 0; i < 40; ++i) {
    clients.emplace_back(waiting.server->port());
    ASSERT_TRUE(clients.back().send(waiting.request(std::to_string(i))));
  }
  clients[7] = RawClient(waiting.server->port());  // has gone without its answer
  EXPECT_EQ(clients[7].get("/health").status, 200);
  waiting.gate.set_value();
  for (size_t i = 0; i < clients.size(); ++i) {
    if (i == 7) continue;
    EXPECT_EQ(clients[i].answer()->body, fmt::format("waited {}", i));
  }
}

TEST(HttpServer, StopWaitsForHandlersThatWait) {
  WaitingServer waiting;
  RawClient client(waiting.server->port());
  ASSERT_TRUE(client.send(waiting.request("x")));
  EXPECT_FALSE(client.readable(50));
  std::jthread stopper([&] { waiting.server->stop(); });
  EXPECT_FALSE(client.readable(50));
  waiting.gate.set_value();
  const auto answer = client.answer();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "waited x");
  EXPECT_EQ(answer->headers.at("Connection"), "close");
}

TEST(HttpServer, StopOutlastsHandlersThatWaitLonger) {
  WaitingServer waiting({.drain_timeout_ms = 20});
  RawClient client(waiting.server->port());
  ASSERT_TRUE(client.send(waiting.request("x")));
  EXPECT_FALSE(client.readable(50));
  std::jthread stopper([&] { waiting.server->stop(); });
  EXPECT_EQ(client.rest(), "") << "given up by the time that the handler is done";
  waiting.gate.set_value();
}

TEST(HttpServer, StopWaitsForWhatHasBegun) {
  RunningServer running;
  RawClient begun = running.client();
  RawClient idle = running.client();
  EXPECT_EQ(idle.get("/health").status, 200);
  const std::string_view half = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nha";
  ASSERT_TRUE(begun.send(half));
  while (running.count("coterie_http_received_bytes_total") < kGetHealth.size() + half.size())
    pause_ms(1);
  std::jthread stopping([&] { running.server->stop(); });
  EXPECT_EQ(idle.rest(), "");
  ASSERT_TRUE(begun.send("llo"));
  const Answer answer = begun.answer().value();
  EXPECT_EQ(answer.body, "hallo");
  EXPECT_EQ(answer.headers.at("Connection"), "close");
  EXPECT_EQ(begun.rest(), "");
  EXPECT_FALSE(RawClient(running.server->port()).connected());
}

TEST(HttpServer, StopGivesUpOnClientsThatDoNotEnd) {
  RunningServer running({.drain_timeout_ms = 50});
  RawClient begun = running.client();
  ASSERT_TRUE(begun.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nha"));
  while (running.count("coterie_http_received_bytes_total") == 0) pause_ms(1);
  running.server->stop();
  EXPECT_EQ(begun.rest(), "");
  running.server->stop();
}

}  // namespace
}  // namespace coterie::serving
