#pragma once
// Which handler answers which path.
//
//   Router router;
//   router.add(Method::kGet, "/v1/features/{entity}/{id}",
//              [&](const Request& request, Response& response) -> Status { ... });
//
// A segment in braces matches any one segment that is not empty and hands it over decoded, so that
// an encoded slash stays inside it. Where two patterns match a path, the one with the earlier plain
// segment wins. Paths are compared as sent, byte by byte: no folding of letters, slashes or dots.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "serving/http/request.h"

namespace coterie::serving {

// Fills in the response, or returns an error, which becomes the answer (Response::fail) in place of
// whatever the response held. It runs on an I/O thread, several at once: thread-safe, microseconds,
// never waiting for others unless its route `waits`; a thread runs one at a time, so scratch memory
// may be thread_local. What it throws becomes status 500 and a line in the log.
using Handler = std::function<Status(const Request&, Response&)>;

struct RouteOptions {
  size_t max_body_bytes = 0;  // 0: the server's
  // For a disk, or for another thread: the handler runs beside the I/O threads, on one of some that
  // have nothing else to do, so that other connections do not wait along.
  bool waits = false;
};

class Router {
 public:
  struct Route {
    Method method = Method::kGet;
    std::string pattern;
    Handler handler;
    RouteOptions options;
    size_t index = 0;  // in order of add()
  };

  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  // The same method and pattern twice, or a pattern that is malformed, is a fault of the program
  // (CHECK). HEAD is answered by the GET handler unless it has one of its own.
  void add(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});

  // The route, with request.route and request.parameters filled in from request.path; `room` keeps
  // decoded texts. Null: nothing matches, and `response` is the answer, 404 with the nearest
  // pattern, 405 with Allow, or 400 for a segment that cannot be decoded. O(patterns of as many
  // segments); O(1) for patterns without braces.
  const Route* match(Request& request, TextRoom& room, Response& response) const;

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  struct Pattern;
  const Pattern* find(Request& request, TextRoom& room, Status& status) const;
  void fail_unknown(const Request& request, Response& response) const;

  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<std::unique_ptr<Pattern>> patterns_;  // those with braces, best first
  std::unordered_map<std::string_view, std::unique_ptr<Pattern>> plain_;
};

}  // namespace coterie::serving
