#include "lab/lab_split.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/nearest_name.h"
#include "lab/interaction_columns_internal.h"

namespace coterie::lab {
namespace {

using evaluation::Part;

struct KindName {
  const char* name;
  SplitKind kind;
  const char* example;
};
constexpr KindName kKinds[] = {
    {"time", SplitKind::kTime, "time:0.2"},
    {"user-time", SplitKind::kUserTime, "user-time:0.2"},
    {"leave-last-out", SplitKind::kLeaveLastOut, "leave-last-out:1"},
    {"random", SplitKind::kRandom, "random:0.2"},
    {"user-random", SplitKind::kUserRandom, "user-random:0.2"},
    {"strong", SplitKind::kStrong, "strong:0.1/0.2"},
};

bool needs_times(SplitKind kind) {
  return kind == SplitKind::kTime || kind == SplitKind::kUserTime ||
         kind == SplitKind::kLeaveLastOut;
}

Error split_error(const std::string& message, const std::string& mend) {
  return invalid_input(message).for_key("--split").with_mend(mend);
}

Result<const KindName*> find_kind(const std::string& name) {
  std::vector<std::string> names;
  for (const KindName& kind : kKinds) {
    if (name == kind.name) return &kind;
    names.emplace_back(kind.name);
  }
  return split_error(
      fmt::format("unknown split '{}'", name),
      nearest_mend(name, names, fmt::format("use one of {}", fmt::join(names, ", "))));
}

Result<double> share_of(const std::string& text, const KindName& kind) {
  const double share = number_of(text).value_or(-1);
  if (share > 0 && share < 1) return share;
  return split_error(fmt::format("'{}' is not a share between 0 and 1", text),
                     fmt::format("for example --split {}", kind.example));
}

Result<int> count_of(const std::string& text, const KindName& kind) {
  const double count = number_of(text).value_or(-1);
  if (count >= 1 && count <= 1e6 && count == static_cast<int>(count))
    return static_cast<int>(count);
  return split_error(fmt::format("'{}' is not a whole number from 1", text),
                     fmt::format("for example --split {}", kind.example));
}

Result<std::vector<Part>> split_by(const Interactions& in, const SplitRequest& request) {
  const auto count = static_cast<int64_t>(in.users.size());
  switch (request.kind) {
    case SplitKind::kTime:
      return evaluation::split_by_time(in.times, request.share);
    case SplitKind::kUserTime:
      return evaluation::split_by_user_time(in.users, in.times, request.share);
    case SplitKind::kLeaveLastOut:
      return evaluation::split_leave_last_out(in.users, in.times, request.count);
    case SplitKind::kRandom:
      return evaluation::split_randomly(count, request.share, request.seed);
    case SplitKind::kUserRandom:
      return evaluation::split_users_randomly(in.users, request.share, request.seed);
    case SplitKind::kStrong:
      break;
  }
  return evaluation::split_strongly(in.users, request.user_share, request.share, request.seed);
}

}  // namespace

Result<SplitRequest> parse_split(const std::string& text) {
  const size_t colon = text.find(':');
  SplitRequest request;
  request.name = text.substr(0, colon);
  ASSIGN_OR_RETURN(const KindName* kind, find_kind(request.name));
  request.kind = kind->kind;
  if (colon == std::string::npos) return request;
  const std::string amount = text.substr(colon + 1);
  if (request.kind == SplitKind::kLeaveLastOut) {
    ASSIGN_OR_RETURN(request.count, count_of(amount, *kind));
    return request;
  }
  if (request.kind != SplitKind::kStrong) {
    ASSIGN_OR_RETURN(request.share, share_of(amount, *kind));
    return request;
  }
  const size_t slash = amount.find('/');
  ASSIGN_OR_RETURN(request.user_share, share_of(amount.substr(0, slash), *kind));
  if (slash != std::string::npos) {
    ASSIGN_OR_RETURN(request.share, share_of(amount.substr(slash + 1), *kind));
  }
  return request;
}

Result<std::vector<Part>> split_interactions(const Interactions& interactions,
                                             const SplitRequest& request) {
  if (needs_times(request.kind) && interactions.times.empty()) {
    return split_error(
        fmt::format("{} needs times, the file has no time column", request.name),
        "add a column 'time' (the fourth without a header), or use random, user-random or strong");
  }
  ASSIGN_OR_RETURN(std::vector<Part> parts, split_by(interactions, request));
  for (const Part part : {Part::kTrain, Part::kTest}) {
    if (std::find(parts.begin(), parts.end(), part) != parts.end()) continue;
    return split_error(fmt::format("{} leaves nothing {}", request.name,
                                   part == Part::kTrain ? "to learn from" : "to predict"),
                       part == Part::kTrain ? "ask for a smaller part, or another kind of split"
                                            : "ask for a larger part, or another kind of split");
  }
  return parts;
}

}  // namespace coterie::lab
