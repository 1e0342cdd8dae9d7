#include "serving/http/router.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/nearest_name.h"

namespace coterie::serving {

struct Router::Pattern {
  struct Segment {
    std::string text;  // the name where it is a parameter
    bool parameter = false;
  };
  std::string text;
  std::vector<Segment> segments;
  std::array<const Route*, kMethodCount> by_method{};
};

namespace {

constexpr size_t kQuotedBytes = 80;

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const size_t end = path.find('/', 1);
    segments.push_back(path.substr(1, end == std::string_view::npos ? end : end - 1));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return segments;
}

template <typename Segments>
bool matches_shape(std::string_view path, const Segments& segments) {
  for (const auto& segment : segments) {
    if (path.empty()) return false;
    const size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view part = path.substr(1, end - 1);
    if (segment.parameter ? part.empty() : part != segment.text) return false;
    path.remove_prefix(end);
  }
  return path.empty();
}

template <typename Pattern>
std::string allowed_methods(const Pattern& pattern) {
  std::string names;
  const auto offers = [&](Method method) {
    return pattern.by_method[static_cast<size_t>(method)] != nullptr;
  };
  for (int i = 0; i < kMethodCount; ++i) {
    const auto method = static_cast<Method>(i);
    const bool implied = method == Method::kHead && offers(Method::kGet);
    if (!offers(method) && !implied) continue;
    if (!names.empty()) names += ", ";
    names += method_name(method);
  }
  return names;
}

}  // namespace

Router::Router() = default;
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  CHECK(pattern.starts_with('/') && method != Method::kOther);
  routes_.push_back(std::make_unique<Route>(
      Route{method, std::string(pattern), std::move(handler), options, routes_.size()}));
  const Route* route = routes_.back().get();

  auto made = std::make_unique<Pattern>();
  made->text = pattern;
  bool parameters = false;
  for (const std::string_view segment : split_path(pattern)) {
    const bool named = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
    CHECK(named || segment.find_first_of("{}%?#") == std::string_view::npos);
    made->segments.push_back(
        {std::string(named ? segment.substr(1, segment.size() - 2) : segment), named});
    parameters = parameters || named;
  }
  Pattern* place = nullptr;
  if (!parameters) {
    auto& slot = plain_[route->pattern];
    if (slot == nullptr) slot = std::move(made);
    place = slot.get();
  } else {
    const auto same = [&](const auto& other) { return other->text == pattern; };
    auto found = std::find_if(patterns_.begin(), patterns_.end(), same);
    if (found == patterns_.end()) {
      const auto worse = [&](const auto& other) {
        return std::lexicographical_compare(
            made->segments.begin(), made->segments.end(), other->segments.begin(),
            other->segments.end(),
            [](const auto& a, const auto& b) { return a.parameter < b.parameter; });
      };
      found = std::find_if(patterns_.begin(), patterns_.end(), worse);
      found = patterns_.insert(found, std::move(made));
    }
    place = found->get();
  }
  const Route*& slot = place->by_method[static_cast<size_t>(method)];
  CHECK(slot == nullptr);
  slot = route;
}

const Router::Pattern* Router::find(Request& request, TextRoom& room, Status& status) const {
  if (const auto plain = plain_.find(request.path); plain != plain_.end())
    return plain->second.get();
  for (const auto& pattern : patterns_) {
    if (!matches_shape(request.path, pattern->segments)) continue;
    std::string_view rest = request.path;
    for (const auto& segment : pattern->segments) {
      const size_t end = std::min(rest.find('/', 1), rest.size());
      if (segment.parameter) {
        auto value = percent_decoded(rest.substr(1, end - 1), false, room);
        if (!value.ok()) {
          status = std::move(value).error().for_key("path segment {" + segment.text + "}");
          return nullptr;
        }
        request.parameters.emplace_back(segment.text, *value);
      }
      rest.remove_prefix(end);
    }
    return pattern.get();
  }
  return nullptr;
}

const Router::Route* Router::match(Request& request, TextRoom& room, Response& response) const {
  request.parameters.clear();
  request.route = {};
  Status status;
  const Pattern* pattern = find(request, room, status);
  if (!status.ok()) {
    response.fail(status.error());
    return nullptr;
  }
  if (pattern == nullptr) {
    fail_unknown(request, response);
    return nullptr;
  }
  request.route = pattern->text;
  const Route* route = pattern->by_method[static_cast<size_t>(request.method)];
  if (route == nullptr && request.method == Method::kHead)
    route = pattern->by_method[static_cast<size_t>(Method::kGet)];
  if (route != nullptr) return route;
  const std::string allowed = allowed_methods(*pattern);
  response.fail(Error(ErrorCode::kUnsupported,
                      fmt::format("{} does not take {}", pattern->text,
                                  request.method == Method::kOther ? "this method"
                                                                   : method_name(request.method)))
                    .with_mend("use " + allowed),
                405);
  const Status added = response.add_header("Allow", allowed);
  CHECK(added.ok());
  return nullptr;
}

void Router::fail_unknown(const Request& request, Response& response) const {
  std::vector<std::string> names;
  for (const auto& route : routes_) names.push_back(route->pattern);
  // Distances cost the product of the lengths: a longer path has no near pattern anyway.
  const std::string_view path = request.path.substr(0, 2 * kQuotedBytes);
  const std::string nearest = nearest_name(path, names);
  std::string mend = "see the list of paths in the API reference";
  if (!nearest.empty()) mend = fmt::format("did you mean {}?", nearest);
  response.fail(
      not_found(fmt::format("nothing is served at {}", request.path.substr(0, kQuotedBytes)))
          .with_mend(std::move(mend)));
}

}  // namespace coterie::serving
