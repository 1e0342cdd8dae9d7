// The slow twins of datasets A, E and F.

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <gtest/gtest.h>

#include "dataset_oracle.h"

namespace coterie::data::testing {
namespace {

struct Pair {
  int64_t lines = 0, bought = 0, kept = 0;
  Number spent, first, last, met;
  long double bought_score = 0, other_score = 0;
  int64_t other_units = 0;
};

void keep_min(Number& value, int64_t day) { value = std::min(value.value_or(day), day); }
void keep_max(Number& value, int64_t day) { value = std::max(value.value_or(day), day); }

std::map<std::pair<int64_t, int64_t>, Pair> sum_pairs(const Oracle& oracle) {
  std::map<std::pair<int64_t, int64_t>, Pair> pairs;
  const auto decay = [&](int32_t day) {
    return std::exp2(-static_cast<long double>(oracle.today - day) /
                     static_cast<long double>(oracle.world.project.half_life_days));
  };
  for (const Purchase& p : oracle.purchases) {
    if (!p.customer || !p.article) continue;
    Pair& pair = pairs[{*p.customer, *p.article}];
    pair.kept += p.quantity;
    if (p.amount()) pair.spent = pair.spent.value_or(0) + *p.amount();
    if (p.quantity < 0) continue;
    ++pair.lines;
    pair.bought += p.quantity;
    keep_min(pair.first, p.day);
    keep_max(pair.last, p.day);
    pair.bought_score += oracle.weight("buy") * decay(p.day);
  }
  for (const Interaction& i : oracle.interactions) {
    Pair& pair = pairs[{i.customer, i.article}];
    keep_max(pair.met, i.day);
    pair.other_score += oracle.weight(i.kind) * decay(i.day);
    pair.other_units += std::llround(oracle.weight(i.kind) * 1e6);
  }
  return pairs;
}

}  // namespace

Rows oracle_a(const World& world) {
  const Oracle oracle(world);
  Rows rows;
  for (const auto& [ids, pair] : sum_pairs(oracle)) {
    const int64_t count = pair.kept > 0 ? pair.lines : 0;
    const long double share =
        pair.bought > 0 ? static_cast<long double>(std::max<int64_t>(0, pair.kept)) / pair.bought
                        : 0;
    const Number met = pair.last ? pair.last : pair.met;
    rows.push_back(
        {customer_text(ids.first), article_text(ids.second), count, cell(pair.spent),
         cell(pair.first), cell(pair.last), met ? Cell(int64_t{oracle.today} - *met) : Cell(),
         static_cast<double>(pair.bought_score * share + pair.other_score), oracle.name(ids.second),
         count * std::llround(oracle.weight("buy") * 1e6) + pair.other_units});
  }
  return rows;
}

Rows oracle_e(const World& world) {
  const Oracle oracle(world);
  Rows rows;
  if (!world.has("reviews")) return rows;
  const auto has = [&](const char* column) { return world.has("reviews", column); };
  for (const Review& r : world.reviews) {
    const bool dated = has("created_at");
    if (dated && !oracle.sees(r.at, {}, "reviews")) continue;
    const bool known = has("customer_id") && r.customer;
    rows.push_back({r.id, known ? Cell(customer_text(*r.customer)) : Cell(),
                    article_text(r.article), has("rating") && r.rating ? Cell(*r.rating) : Cell(),
                    has("review_text") ? cell(r.text) : Cell(),
                    has("helpful_votes") ? cell(r.helpful) : Cell(),
                    has("total_votes") ? cell(r.total) : Cell(),
                    dated ? Cell(int64_t{r.at}) : Cell(), oracle.name(r.article),
                    dated ? Cell(int64_t{oracle.zone.day_of(r.at)}) : Cell()});
  }
  return rows;
}

Rows oracle_f(const World& world) {
  const Oracle oracle(world);
  Rows rows;
  if (!world.has("events")) return rows;
  const auto text = [&](const char* column, const Text& value) {
    return world.has("events", column) ? value : Text();
  };
  std::map<std::pair<Number, Text>, std::vector<Event>> sessions;
  for (Event e : world.events) {
    if (!oracle.sees(e.at, e.arrived, "events")) continue;
    if (!world.has("events", "article_id")) e.article = {};
    e.session = text("session_id", e.session);
    e.device = text("device", e.device);
    e.location = text("location", e.location);
    e.channel = text("channel", e.channel);
    sessions[{e.customer, e.session}].push_back(e);
  }
  for (auto& [key, events] : sessions) {
    std::ranges::sort(events, {}, [](const Event& e) {
      return std::tuple(e.at, e.kind, e.article, e.device, e.location, e.channel);
    });
    for (size_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      std::string path;
      for (size_t k = i >= 9 ? i - 9 : 0; k <= i; ++k)
        path += (path.empty() ? "" : ">") + events[k].kind;
      const bool in_session = key.second.has_value();
      rows.push_back(
          {e.customer ? Cell(customer_text(*e.customer)) : Cell(), cell(e.session), e.kind,
           e.article ? Cell(article_text(*e.article)) : Cell(), int64_t{e.at},
           in_session ? Cell(static_cast<int64_t>(i + 1)) : Cell(),
           in_session && i > 0 ? Cell(static_cast<double>(e.at - events[i - 1].at) / 1e6) : Cell(),
           in_session ? Cell(path) : Cell(), cell(e.device), cell(e.location), cell(e.channel),
           oracle.name(e.article), int64_t{oracle.zone.day_of(e.at)}});
    }
  }
  return rows;
}

}  // namespace coterie::data::testing
