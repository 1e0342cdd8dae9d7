// links: coterie_serving_http
//
// A connection's bytes through the HTTP session of the server: the first byte says how they are
// cut into pieces. No crash, no endless loop, and the same bytes in one piece are answered with the
// same statuses. So the framing, the request line, targets, queries and JSON bodies
// are all under the fuzzer.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/log.h"
#include "serving/http/json_reader.h"
#include "serving/http/session_internal.h"

namespace {

using namespace coterie;
using namespace coterie::serving;
using internal::Session;

Status read_json(const Request& request, Response& response) {
  JsonReader reader;
  ASSIGN_OR_RETURN(const JsonValue value, reader.parse(request.body));
  std::vector<JsonValue::Member> members;
  RETURN_IF_ERROR(value.members(members));
  response.body = "{}";
  return {};
}

Status show(const Request& request, Response& response) {
  for (const auto& [name, value] : request.parameters) response.body.append(value).append("\n");
  for (const auto& [name, value] : request.query)
    response.body.append(name).append("=").append(value).append("\n");
  return {};
}

Router routes() {
  Router router;
  router.add(Method::kGet, "/a/{b}/{c}", show);
  router.add(Method::kGet, "/a", show);
  router.add(Method::kPost, "/json", read_json);
  router.add(Method::kPut, "/small", show, {.max_body_bytes = 5});
  return router;
}

struct Server {
  Router router = routes();
  Metrics metrics;
  internal::RouteMetrics measured{metrics, router};
  std::atomic<bool> draining{false};
  internal::ThreadContext context{
      router, measured, nullptr, {.max_header_bytes = 300, .max_body_bytes = 2000}, draining};
};

// The statuses of the answers, in order.
std::string statuses(Server& server, std::string_view bytes, size_t piece_bytes) {
  Session session(server.context);
  std::string out;
  bool ended = false;
  for (auto want = session.advance(); want != Session::Want::kClose; want = session.advance()) {
    if (want == Session::Want::kWrite) {
      while (session.has_output()) {
        const auto parts = session.output();
        out.append(parts[0]).append(parts[1]);
        session.wrote(parts[0].size() + parts[1].size());
      }
      continue;
    }
    CHECK(!ended);
    const auto room = session.room();
    CHECK(!room.empty());
    const size_t taken = std::min({room.size(), bytes.size(), piece_bytes});
    std::copy_n(bytes.begin(), taken, room.begin());
    bytes.remove_prefix(taken);
    session.received(taken);
    ended = taken == 0;
    if (ended) session.received_end();
  }
  std::string found;
  constexpr std::string_view start = "HTTP/1.1 ";
  CHECK(out.empty() || out.starts_with(start));
  for (size_t at = 0; (at = out.find(start, at)) != std::string::npos; at += start.size()) {
    // The mend of an error names the protocol too.
    int status = 0;
    const char* digits = out.data() + at + start.size();
    const auto parsed = std::from_chars(digits, out.data() + out.size(), status);
    if (parsed.ec == std::errc() && status != 100) found += std::to_string(status) + " ";
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Server server;
  log::set_level(log::Level::kError);
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t piece_bytes = 1 + data[0] % 64;
  CHECK(statuses(server, bytes, piece_bytes) == statuses(server, bytes, SIZE_MAX));
  return 0;
}
