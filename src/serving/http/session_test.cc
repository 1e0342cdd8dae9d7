// HTTP without sockets: every request below is also sent cut at every place, and the answers must
// not differ.
#include <random>

#include <gmock/gmock.h>

#include "base/atomic_file.h"
#include "base/captured_error.h"
#include "base/temporary_folder.h"
#include "serving/http/session_internal.h"
#include "serving/http/test_support_internal.h"

namespace coterie::serving::internal {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

// A server's parts around one session.
struct Place {
  explicit Place(AccessLog* access_log = nullptr, SessionLimits limits = {})
      : routes(metrics, router), context(router, routes, access_log, limits, draining) {}
  Router router = test_routes();
  Metrics metrics;
  RouteMetrics routes;
  std::atomic<bool> draining{false};
  ThreadContext context;
};

struct Talk {
  std::string out;
  bool closed = false;
};

// Runs until the session wants to read or closes; takes `grip` bytes of output at a time.
void pump(Session& session, Talk& talk, size_t grip) {
  while (!talk.closed) {
    const auto want = session.advance();
    if (want == Session::Want::kRead) return;
    talk.closed = want == Session::Want::kClose;
    while (session.has_output()) {
      const auto parts = session.output();
      const std::string both = std::string(parts[0]).append(parts[1]);
      talk.out += both.substr(0, grip);
      session.wrote(std::min(grip, both.size()));
    }
  }
}

// Sends `bytes` cut at `cuts`, then, if `end`, closes the client's side.
Talk talk_in_pieces(Place& place, std::string_view bytes, const std::vector<size_t>& cuts, bool end,
                    size_t grip = SIZE_MAX) {
  Session session(place.context);
  Talk talk;
  size_t begin = 0;
  std::vector<size_t> stops = cuts;
  stops.push_back(bytes.size());
  for (const size_t stop : stops) {
    std::string_view piece = bytes.substr(begin, stop - begin);
    begin = stop;
    while (!piece.empty() && !talk.closed) {
      const auto room = session.room();
      const size_t taken = std::min(room.size(), piece.size());
      std::copy_n(piece.begin(), taken, room.begin());
      session.received(taken);
      piece.remove_prefix(taken);
      pump(session, talk, grip);
    }
  }
  if (end && !talk.closed) {
    session.received_end();
    pump(session, talk, grip);
  }
  return talk;
}

// Without what differs from one run to the next.
std::string steady(std::string out) {
  for (const std::string_view name : {"Date: ", "X-Request-Id: "}) {
    for (size_t at = 0; (at = out.find(name, at)) != std::string::npos;)
      out.erase(at, out.find("\r\n", at) + 2 - at);
  }
  for (size_t at = 0; (at = out.find("request id ", at)) != std::string::npos; ++at)
    out.replace(at + 11, 16, "I");
  return out;
}

std::vector<Answer> answers(std::string out) {
  std::vector<Answer> all;
  while (auto answer = take_answer(out)) all.push_back(*answer);
  EXPECT_EQ(out, "");
  return all;
}

Answer single(std::string_view bytes, bool end = false, SessionLimits limits = {}) {
  Place place(nullptr, limits);
  const auto all = answers(talk_in_pieces(place, bytes, {}, end).out);
  EXPECT_EQ(all.size(), 1u) << bytes;
  return all.empty() ? Answer{} : all[0];
}

const std::vector<std::string>& requests() {
  static const std::vector<std::string> all = {
      "GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
      "\r\n\r\nGET /health HTTP/1.0\r\n\r\n",
      "GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /fail HTTP/1.0\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhallo"
      "GET /seen/1/2?q=r HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nleft out",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nhal\r\n2;a=b\r\nlo\r\n0\r\nTrailer: x\r\n\r\nDELETE /nothing HTTP/1.1\r\nHost: "
      "x\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
      "PUT /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef",
      "GET /throw HTTP/1.1\r\nHost: x\r\n\r\nPOST /nowhere HTTP/1.1\r\nHost: x\r\n"
      "Content-Length: 3\r\n\r\nabcGET /health HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\nX-Half: ",
      "BROKEN\r\n\r\n",
      "GET /health HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
      "GET /health HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
  };
  return all;
}

TEST(Session, AnswersDoNotDependOnHowTheBytesArrive) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const CapturedError quiet;  // what /throw logs
  for (const std::string& bytes : requests()) {
    Place place;
    const std::string whole = steady(talk_in_pieces(place, bytes, {}, true).out);
    for (size_t cut = 0; cut <= bytes.size(); ++cut)
      ASSERT_EQ(steady(talk_in_pieces(place, bytes, {cut}, true).out), whole) << bytes << cut;
    std::vector<size_t> everywhere(bytes.size());
    for (size_t i = 0; i < everywhere.size(); ++i) everywhere[i] = i;
    ASSERT_EQ(steady(talk_in_pieces(place, bytes, everywhere, true, 1).out), whole) << bytes;
    for (int round = 0; round < 50; ++round) {
      std::vector<size_t> cuts;
      for (size_t at = 0; (at += 1 + random() % 30) < bytes.size();) cuts.push_back(at);
      ASSERT_EQ(steady(talk_in_pieces(place, bytes, cuts, true, 1 + random() % 50).out), whole);
    }
  }
}

TEST(Session, ASimpleAnswer) {
  Place place;
  const Talk talk = talk_in_pieces(place, requests()[0], {}, false);
  EXPECT_FALSE(talk.closed);
  EXPECT_THAT(talk.out, MatchesRegex("HTTP/1.1 200 OK\r\n"
                                     "Date: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
                                     "[0-9]{2}:[0-9]{2}:[0-9]{2} GMT\r\n"
                                     "Content-Type: application/json\r\n"
                                     "Content-Length: 15\r\n"
                                     "X-Request-Id: [0-9a-f]{16}\r\n\r\n"
                                     "\\{\"status\":\"ok\"\\}"));
}

TEST(Session, ParametersQueryAndMethod) {
  EXPECT_EQ(single("GET /seen/a%2Fb/%C3%A9?x=1+2&y HTTP/1.1\r\nHost: x\r\n\r\n").body,
            "GET /seen/{a}/{b} a=a/b b=\xC3\xA9 x=1 2 y=");
  EXPECT_EQ(single("GET http://x/seen/1/2#top HTTP/1.1\r\nHost: x\r\n\r\n").body,
            "GET /seen/{a}/{b} a=1 b=2");
  EXPECT_EQ(error_text(single("GET /seen/1/2?x=%zz HTTP/1.1\r\nHost: x\r\n\r\n")),
            "400 invalid_input: query parameter x: '%zz' has a '%' without two hexadecimal digits "
            "behind it; percent-encode the text as UTF-8, '%' itself as %25");
}

TEST(Session, HeadHasTheHeadersOfGetAndNoBody) {
  Place place;
  std::string out = talk_in_pieces(place,
                                   "HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n"
                                   "GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
                                   {}, false)
                        .out;
  const auto head = take_answer(out, true);
  EXPECT_EQ(head->headers.at("Content-Length"), "15");
  EXPECT_EQ(take_answer(out)->body, R"({"status":"ok"})");
}

TEST(Session, PipelinedRequestsAreAnsweredInOrder) {
  Place place;
  std::string bytes;
  for (int i = 0; i < 500; ++i) {
    bytes += i % 3 == 0
                 ? fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{}",
                               std::to_string(i).size(), i)
                 : fmt::format("GET /seen/{}/x HTTP/1.1\r\nHost: x\r\n\r\n", i);
  }
  const auto all = answers(talk_in_pieces(place, bytes, {}, false).out);
  ASSERT_EQ(all.size(), 500u);
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].body,
              i % 3 == 0 ? std::to_string(i) : fmt::format("GET /seen/{{a}}/{{b}} a={} b=x", i));
  }
}

TEST(Session, RequestIdsAreTakenOverWhenSane) {
  const auto id_of = [](std::string_view id) {
    return single(fmt::format("GET /health HTTP/1.1\r\nHost: x\r\nx-request-ID: {}\r\n\r\n", id))
        .headers.at("X-Request-Id");
  };
  EXPECT_EQ(id_of("order-7_b.c"), "order-7_b.c");
  EXPECT_THAT(id_of("a b"), MatchesRegex("[0-9a-f]{16}"));
  EXPECT_THAT(id_of(std::string(65, 'a')), MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(id_of(""), id_of(""));
}

TEST(Session, ErrorsAreJson) {
  EXPECT_EQ(error_text(single("GET /fail HTTP/1.1\r\nHost: x\r\n\r\n")),
            "404 not_found: no customer 'x'; see /customers");
  EXPECT_EQ(error_text(single("GET /helth HTTP/1.1\r\nHost: x\r\n\r\n")),
            "404 not_found: nothing is served at /helth; did you mean /health?");
  const Answer wrong_method = single("PATCH /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(error_text(wrong_method), "405 unsupported: /echo does not take PATCH; use POST");
  EXPECT_EQ(wrong_method.headers.at("Allow"), "POST");
  EXPECT_EQ(error_text(single("GET /large?bytes=-1 HTTP/1.1\r\nHost: x\r\n\r\n")),
            "400 invalid_input: query parameter bytes: '-1' is not a whole number from 0 to "
            "268435456; write bytes=1 or leave it out");
}

TEST(Session, ExceptionsOfHandlersAreAnsweredAndLogged) {
  CapturedError logged;
  const Answer answer = single("GET /throw HTTP/1.1\r\nHost: x\r\nX-Request-Id: r7\r\n\r\n");
  EXPECT_EQ(error_text(answer),
            "500 internal: the request met a fault of this program; tell who runs the server the "
            "request id r7: its log says more");
  EXPECT_THAT(logged.text(), HasSubstr("request r7: GET /throw: exception: the handler fell over"));
}

TEST(Session, MalformedRequestsAreRefused) {
  const auto error_of = [](std::string_view bytes) { return error_text(single(bytes, true)); };
  const std::string mend = "; send a request of HTTP/1.1 (RFC 9112)";
  EXPECT_EQ(error_of("\x16\x03\x01\x02 TLS"),
            "400 invalid_input: not a request of HTTP: bad method" + mend);
  EXPECT_EQ(error_of("GET /\r\n\r\n"),
            "400 invalid_input: not a request of HTTP: bad target" + mend);
  EXPECT_EQ(error_of("GET / HTTP/2.0\r\n\r\n"),
            "400 invalid_input: not a request of HTTP: bad version" + mend);
  EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"),
            "400 invalid_input: not a request of HTTP: a header goes on in the next line" + mend);
  EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost : x\r\n\r\n"),
            "400 invalid_input: not a request of HTTP: bad field" + mend);
  EXPECT_EQ(error_of("GET / HTTP/1.1\r\n\r\n"), "400 invalid_input: the Host header is missing");
  EXPECT_EQ(error_of("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"),
            "400 invalid_input: there is more than one Host header");
  EXPECT_EQ(error_of("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
            "400 invalid_input: '*' is no path; a request's path begins with '/'");
  EXPECT_EQ(error_of("GET /health HTTP/1.1\r\nHost: x\r\nExpect"),
            "400 invalid_input: the connection ended in the middle of a request");
}

TEST(Session, LengthsThatContradictEachOtherAreRefused) {
  const auto error_of = [](std::string_view headers) {
    return error_text(
        single(fmt::format("POST /echo HTTP/1.1\r\nHost: x\r\n{}\r\n\r\nabc", headers), true));
  };
  const std::string mend = "; send a request of HTTP/1.1 (RFC 9112)";
  EXPECT_EQ(error_of("Content-Length: 3\r\nTransfer-Encoding: chunked"),
            "400 invalid_input: not a request of HTTP: bad Transfer-Encoding" + mend);
  EXPECT_EQ(error_of("Transfer-Encoding: chunked\r\nContent-Length: 3"),
            "400 invalid_input: not a request of HTTP: bad Content-Length" + mend);
  EXPECT_EQ(error_of("Content-Length: 3\r\nContent-Length: 4"),
            "400 invalid_input: not a request of HTTP: bad Content-Length" + mend);
  EXPECT_EQ(error_of("Content-Length: -3"),
            "400 invalid_input: not a request of HTTP: bad Content-Length" + mend);
  EXPECT_EQ(error_of("Content-Length: 99999999999999999999"),
            "400 invalid_input: not a request of HTTP: bad Content-Length" + mend);
  EXPECT_EQ(error_of("Transfer-Encoding: gzip"),
            "501 unsupported: the body is encoded in a way that is not offered; send it plain, "
            "with Content-Length or Transfer-Encoding: chunked");
  EXPECT_EQ(error_of("Transfer-Encoding: gzip, chunked"),
            "501 unsupported: the body is encoded in a way that is not offered; send it plain, "
            "with Content-Length or Transfer-Encoding: chunked");
  EXPECT_EQ(error_of("Transfer-Encoding: chunked\r\nX: y\r\n\r\nzz\r\n"),
            "400 invalid_input: not a request of HTTP: bad chunk" + mend);
  EXPECT_EQ(error_of("Transfer-Encoding: chunked\r\nX: y\r\n\r\nfffffffffffffffff\r\n"),
            "400 invalid_input: not a request of HTTP: bad chunk" + mend);
}

TEST(Session, LongHeadersAreRefused) {
  const SessionLimits limits{.max_header_bytes = 1000};
  const std::string want =
      "431 invalid_input: the request's line and headers are longer than 1000 bytes; send fewer or "
      "shorter headers, and long input as the body";
  const std::string start = "GET /health HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(error_text(single("GET /" + std::string(2000, 'a'), false, limits)), want);
  EXPECT_EQ(error_text(single(start + "X: " + std::string(2000, 'a'), false, limits)), want);
  std::string bomb = start;
  while (bomb.size() < 100'000) bomb += "a:\r\n";
  EXPECT_EQ(error_text(single(bomb, false, limits)), want);
  EXPECT_EQ(error_text(single(bomb + "\r\n", false, limits)), want);
  const std::string exact = start + "X: " + std::string(1000 - start.size() - 7, 'a') + "\r\n\r\n";
  ASSERT_EQ(exact.size(), 1000u);
  EXPECT_EQ(single(exact, false, limits).status, 200);
  const std::string chunk =
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;";
  EXPECT_EQ(error_text(single(chunk + std::string(2000, 'e'), false, limits)),
            "431 invalid_input: a chunk's extension or trailer is too long");
}

TEST(Session, LongBodiesAreRefusedBeforeTheyAreRead) {
  const auto post = [](std::string_view path, std::string_view headers) {
    return error_text(single(fmt::format("{} HTTP/1.1\r\nHost: x\r\n{}", path, headers)));
  };
  EXPECT_EQ(
      post("POST /echo", "Content-Length: 10000000\r\n\r\n"),
      "413 invalid_input: the body is longer than 1048576 bytes; send it in several requests");
  EXPECT_EQ(post("PUT /small", "Content-Length: 11\r\n\r\n"),
            "413 invalid_input: the body is longer than 10 bytes; send it in several requests");
  EXPECT_EQ(post("PUT /small", "Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a"),
            "413 invalid_input: the body is longer than 10 bytes; send it in several requests");
  EXPECT_EQ(single("PUT /small HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789").body,
            "0123456789");
}

TEST(Session, BodiesOfEverySizeArriveWhole) {
  Place place;
  std::mt19937 random(7);
  for (const size_t size : {1, 4000, 4096, 5000, 65'535, 65'536, 300'000, 1 << 20}) {
    std::string body(size, '\0');
    for (char& byte : body) byte = static_cast<char>(random());
    const std::string head = fmt::format(
        "POST /echo HTTP/1.1\r\nHost: x\r\nX-Request-Id: kept\r\nContent-Length: {}\r\n\r\n", size);
    const std::string bytes = head + body + head + body;
    for (const size_t step : {size_t{700}, size_t{5000}, bytes.size()}) {
      std::vector<size_t> cuts;
      for (size_t at = step; at < bytes.size(); at += step) cuts.push_back(at);
      const auto all = answers(talk_in_pieces(place, bytes, cuts, false).out);
      ASSERT_EQ(all.size(), 2u);
      for (const Answer& answer : all) {
        ASSERT_TRUE(answer.body == body) << size << " in steps of " << step;
        ASSERT_EQ(answer.headers.at("X-Request-Id"), "kept") << "the head stays while a body comes";
      }
    }
  }
}

TEST(Session, ExpectContinue) {
  Place place;
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  const Talk talk = talk_in_pieces(place, head + "hallo", {head.size()}, false);
  ASSERT_TRUE(talk.out.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(talk.out.ends_with("\r\n\r\nhallo"));
  const Talk whole = talk_in_pieces(place, head + "hallo", {}, false);
  EXPECT_TRUE(whole.out.starts_with("HTTP/1.1 200 OK\r\n")) << "the body is there already";

  Talk refused = talk_in_pieces(
      place, "POST /ecko HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n",
      {}, false);
  EXPECT_TRUE(refused.closed);
  EXPECT_EQ(error_text(*take_answer(refused.out)),
            "404 not_found: nothing is served at /ecko; did you mean /echo?");
  EXPECT_EQ(error_text(single("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                              "Expect: a-miracle\r\n\r\n")),
            "417 invalid_input: Expect may only be 100-continue");
}

TEST(Session, ConnectionsEndWhenEitherSideWantsIt) {
  Place place;
  const auto ends = [&](std::string_view bytes) {
    const Talk talk = talk_in_pieces(place, bytes, {}, false);
    const std::string said = answers(talk.out).back().headers.contains("Connection")
                                 ? answers(talk.out).back().headers.at("Connection")
                                 : "";
    return fmt::format("{} {}", talk.closed, said);
  };
  EXPECT_EQ(ends("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), "false ");
  EXPECT_EQ(ends("GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), "true close");
  EXPECT_EQ(ends("GET /health HTTP/1.0\r\n\r\n"), "true close");
  EXPECT_EQ(ends("GET /health HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), "false keep-alive");
  EXPECT_EQ(ends("GARBAGE\r\n\r\n"), "true close");
  place.draining = true;
  EXPECT_EQ(ends("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), "true close");
}

TEST(Session, TimeOutsAnswerOnlyWhoIsWaiting) {
  Place place;
  Session half(place.context);
  const auto room = half.room();
  const std::string_view begun = "GET /hea";
  std::copy(begun.begin(), begun.end(), room.begin());
  half.received(begun.size());
  EXPECT_EQ(half.advance(), Session::Want::kRead);
  half.time_out();
  Talk talk;
  pump(half, talk, 7);
  EXPECT_EQ(error_text(*take_answer(talk.out)),
            "408 cancelled: the request did not arrive whole in time; send it faster, or in "
            "smaller parts");
  EXPECT_TRUE(talk.closed);

  Session silent(place.context);
  silent.time_out();
  EXPECT_EQ(silent.advance(), Session::Want::kClose);
}

TEST(Session, IsMeasuredByRouteMethodAndStatus) {
  const CapturedError quiet;
  Place place;
  talk_in_pieces(place,
                 "GET /seen/secret/1 HTTP/1.1\r\nHost: x\r\n\r\n"
                 "GET /seen/secret/2 HTTP/1.1\r\nHost: x\r\n\r\n"
                 "GET /throw HTTP/1.1\r\nHost: x\r\n\r\nPOST /secret HTTP/1.1\r\nHost: x\r\n\r\n",
                 {}, false);
  std::string text;
  place.metrics.write(text);
  for (const char* line : {R"(_count{method="GET",route="/seen/{a}/{b}",status="200"} 2)",
                           R"(_count{method="GET",route="/throw",status="500"} 1)",
                           R"(_count{method="POST",route="",status="404"} 1)"})
    EXPECT_THAT(text, HasSubstr(std::string("coterie_http_request_duration_seconds") + line));
  EXPECT_THAT(text, testing::Not(HasSubstr("secret")));
}

TEST(Session, AccessLogHoldsNoPersonalData) {
  const TemporaryFolder folder;
  {
    const auto log = take(AccessLog::open(folder / "access.log"));
    Place place(log.get());
    talk_in_pieces(place,
                   "POST /echo?secret=1 HTTP/1.1\r\nHost: x\r\nX-Request-Id: r1\r\n"
                   "Cookie: secret\r\nContent-Length: 6\r\n\r\nsecret"
                   "GET /seen/secret/2 HTTP/1.1\r\nHost: x\r\nX-Request-Id: r2\r\n\r\n"
                   "GET /secret HTTP/1.1\r\nHost: x\r\nX-Request-Id: r3\r\n\r\n",
                   {}, false);
  }
  const std::string text = take(read_file(folder / "access.log"));
  EXPECT_THAT(text, testing::Not(HasSubstr("secret")));
  std::vector<std::string> seen;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    const auto line = take(parse_json(text.substr(at, text.find('\n', at) - at), "line"));
    EXPECT_GE(line.at("us").get<int64_t>(), 0);
    EXPECT_TRUE(parse_utc(line.at("time").get<std::string>()).ok());
    seen.push_back(fmt::format(
        "{} {} {} {} {} {}", line.at("id").get<std::string>(), line.at("method").get<std::string>(),
        line.at("route").get<std::string>(), line.at("status").get<int>(),
        line.at("bytes_in").get<int>(), line.at("bytes_out").get<int>() > 0));
  }
  EXPECT_THAT(seen, testing::ElementsAre("r1 POST /echo 200 6 true",
                                         "r2 GET /seen/{a}/{b} 200 0 true", "r3 GET  404 0 true"));
  EXPECT_EQ(AccessLog::open(folder / "no/access.log").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace coterie::serving::internal
