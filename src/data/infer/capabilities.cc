// What can be made from the roles at hand, and what each missing thing would need.

#include <algorithm>

#include <fmt/format.h>

#include "data/infer/infer.h"

namespace coterie::data {
namespace {

// One way to make something: a role and columns of it. Any one alternative suffices.
struct Need {
  std::string role;
  std::vector<std::string> columns;
};
struct CapabilityRule {
  const char* name;
  std::vector<Need> alternatives;
};

const std::vector<CapabilityRule>& rules() {
  static const std::vector<CapabilityRule> all = {
      {"recommendations (collaborative filtering)",
       {{"transactions", {"customer_id", "article_id", "t_dat"}},
        {"events", {"customer_id", "article_id", "created_at"}}}},
      {"customer segments (RFM, k-means)",
       {{"transactions", {"customer_id", "t_dat"}}, {"events", {"customer_id", "created_at"}}}},
      {"dataset A: interactions",
       {{"transactions", {"customer_id", "article_id"}},
        {"events", {"customer_id", "article_id"}}}},
      {"dataset B: articles",
       {{"items", {"article_id"}}, {"transactions", {"article_id"}}, {"events", {"article_id"}}}},
      {"dataset C: customers",
       {{"customers", {"customer_id"}},
        {"transactions", {"customer_id"}},
        {"events", {"customer_id"}}}},
      {"dataset D: daily and weekly sales", {{"transactions", {"article_id", "t_dat"}}}},
      {"dataset E: reviews", {{"reviews", {"review_id", "article_id"}}}},
      {"dataset F: events", {{"events", {"customer_id", "event_type", "created_at"}}}},
      {"money figures (revenue, monetary value, price z-scores)", {{"transactions", {"price"}}}},
      {"names beside article ids", {{"items", {"product_name"}}}},
  };
  return all;
}

std::vector<std::string> missing_for(const std::vector<RoleGuess>& roles, const Need& need) {
  const auto role = std::ranges::find(roles, need.role, &RoleGuess::role);
  std::vector<std::string> missing;
  for (const std::string& column : need.columns) {
    if (role == roles.end() || role->find(column) == nullptr) missing.push_back(column);
  }
  return missing;
}

}  // namespace

std::vector<Capability> judge_capabilities(const std::vector<RoleGuess>& roles) {
  std::vector<Capability> result;
  for (const CapabilityRule& rule : rules()) {
    Capability capability{rule.name, false, {}};
    std::vector<std::string> needs;
    for (const Need& need : rule.alternatives) {
      const auto missing = missing_for(roles, need);
      if (missing.empty()) {
        capability.supported = true;
        capability.because = "from " + need.role;
        break;
      }
      needs.push_back(fmt::format("{} with {}", need.role, fmt::join(missing, ", ")));
    }
    if (!capability.supported) {
      capability.because = fmt::format("needs {}", fmt::join(needs, ", or "));
    }
    result.push_back(std::move(capability));
  }
  return result;
}

}  // namespace coterie::data
