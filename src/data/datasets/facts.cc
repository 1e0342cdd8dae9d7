#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/letter_case.h"
#include "base/timezone.h"
#include "data/datasets/dataset_table.h"
#include "data/datasets/decay_internal.h"
#include "data/datasets/facts_internal.h"
#include "data/datasets/sources_internal.h"
#include "data/engine/sql_text.h"
#include "data/project/roles.h"

namespace coterie::data {
namespace {

// Roles that say how old an interaction can be.
constexpr std::string_view kInteractionRoles[] = {"transactions", "orders", "cart", "wishlist",
                                                  "events"};

using Json = nlohmann::json;

constexpr int kProbeFormat = 1;

// "max(day)" over the given roles, as one SELECT; "" when none of them has days.
std::string over_days(const Facts& facts, const char* aggregate,
                      std::span<const std::string_view> roles) {
  std::string selects;
  for (const std::string_view role : roles) {
    if (!facts.has(role, "day")) continue;
    if (!selects.empty()) selects += " UNION ALL ";
    selects += fmt::format("SELECT {}(day) AS day FROM facts.{}", aggregate, role);
  }
  if (selects.empty()) return selects;
  return fmt::format("SELECT coalesce({}(day) - DATE '1970-01-01', {}) FROM ({})", aggregate,
                     INT32_MAX, selects);
}

Result<int32_t> find_today(const Project& project, const TimeZone& zone, const Facts& facts,
                           Connection& connection) {
  if (project.as_of.empty()) {
    const std::string newest = over_days(facts, "max", fact_roles());
    if (!newest.empty()) {
      ASSIGN_OR_RETURN(const int64_t day, connection.scalar_int(newest));
      if (day != INT32_MAX) return static_cast<int32_t>(day);
    }
  }
  if (project.as_of.empty() || project.as_of == "now") return zone.day_of(now_micros());
  ASSIGN_OR_RETURN(const Micros at, parse_utc(project.as_of));
  return static_cast<int32_t>(at / kMicrosPerDay);
}

Status probe_kinds(Connection& connection, Facts& facts) {
  if (!facts.has("events", "event_type")) return {};
  return connection.for_each_chunk(
      "SELECT DISTINCT lower(event_type) FROM facts.events WHERE event_type IS NOT NULL",
      [&](const Chunk& chunk) -> Status {
        const ColumnView kinds = chunk.column(0);
        for (int64_t row = 0; row < chunk.rows(); ++row)
          facts.event_kinds.emplace(kinds.as_text(row));
        return {};
      });
}

Status probe_purchases(Connection& connection, Facts& facts) {
  const std::string purchases = purchases_sql(facts, "");
  if (purchases.empty()) return {};
  ASSIGN_OR_RETURN(const int64_t day, connection.scalar_int(fmt::format(
                                          "SELECT coalesce(min(day) - DATE '1970-01-01', {}) FROM "
                                          "({}) WHERE quantity > 0",
                                          facts.first_sale, purchases)));
  facts.first_sale = static_cast<int32_t>(day);
  ASSIGN_OR_RETURN(
      const int64_t lowest,
      connection.scalar_int(fmt::format("SELECT coalesce(min(quantity), 0) FROM ({})", purchases)));
  facts.has_returns = lowest < 0;
  return {};
}

// Reads whole columns: seconds on large tables.
Status read_tables(const Project& project, const TimeZone& zone, Connection& connection,
                   Facts& facts) {
  RETURN_IF_ERROR(probe_kinds(connection, facts));
  ASSIGN_OR_RETURN(facts.today, find_today(project, zone, facts, connection));
  facts.visible_until = zone.day_end(facts.today);
  facts.first_day = facts.today;
  const std::string oldest = over_days(facts, "min", kInteractionRoles);
  if (!oldest.empty()) {
    ASSIGN_OR_RETURN(const int64_t day, connection.scalar_int(oldest));
    facts.first_day = static_cast<int32_t>(std::min<int64_t>(day, facts.today));
  }
  facts.first_sale = facts.today + 1;
  return probe_purchases(connection, facts);
}

// What the probe depends on: the versions of what it reads, the settings, and the clock where no
// table says what today is.
std::string probe_key(const Project& project, const TimeZone& zone, const Snapshot& snapshot,
                      const Facts& facts) {
  std::string key = fmt::format("{} {} {}", kProbeFormat, project.as_of, facts.timezone);
  bool dated = false;
  for (const auto& [role, columns] : facts.roles) {
    if (role != "order_items" && std::ranges::find(fact_roles(), role) == fact_roles().end())
      continue;
    dated |= columns.contains("day");
    key += fmt::format(" {}@{}", role, snapshot.table(role)->version);
  }
  if (project.as_of == "now" || (project.as_of.empty() && !dated))
    key += fmt::format(" {}", zone.day_of(now_micros()));
  return key;
}

std::string probe_text(const std::string& key, const Facts& facts) {
  return Json{{"key", key},
              {"today", facts.today},
              {"first_day", facts.first_day},
              {"first_sale", facts.first_sale},
              {"kinds", facts.event_kinds},
              {"returns", facts.has_returns}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

// False: of other tables or settings.
bool read_probe(const std::string& text, const std::string& key, Facts& facts) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("key", "") != key) return false;
  facts.today = json.value("today", 0);
  facts.first_day = json.value("first_day", 0);
  facts.first_sale = json.value("first_sale", 0);
  facts.event_kinds = json.value("kinds", std::set<std::string>());
  facts.has_returns = json.value("returns", false);
  return true;
}

}  // namespace

bool Facts::has(std::string_view role, std::string_view column) const {
  const auto found = roles.find(role);
  return found != roles.end() && found->second.contains(column);
}

std::string Facts::money_type() const { return fmt::format("DECIMAL(18,{})", money_decimals); }

Facts declare_facts(const Project& project, const Snapshot& snapshot) {
  Facts facts;
  for (const Role& role : all_roles()) {
    const std::optional<TableInfo> table = snapshot.table(std::string(role.name));
    if (!table) continue;
    auto& columns = facts.roles[table->name];
    for (const ColumnSchema& column : table->columns) columns.insert(column.name);
  }
  facts.has_dataset_a = snapshot.has("dataset_a_interactions");
  facts.has_names = snapshot.dictionary(std::string(kNameEntity)).has_value();
  facts.timezone = project.timezone;
  facts.half_life_days = project.half_life_days;
  for (const auto& [kind, weight] : project.event_weights) facts.weights[lower_case(kind)] = weight;
  facts.weights.try_emplace("buy", 1.0);
  facts.money_decimals = project.money.decimals;
  return facts;
}

Status probe_facts(const Project& project, const Snapshot& snapshot, Connection& connection,
                   Facts& facts) {
  ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::load(facts.timezone));
  const std::string key = probe_key(project, zone, snapshot, facts);
  ASSIGN_OR_RETURN(const std::optional<std::string> known, snapshot.mark(kProbeMark));
  if (!known || !read_probe(*known, key, facts)) {
    RETURN_IF_ERROR(read_tables(project, zone, connection, facts));
    facts.new_probe = probe_text(key, facts);
  }
  facts.visible_until = zone.day_end(facts.today);
  const Result<DecayPlan> decay = plan_decay(facts);
  return decay.ok() ? Status() : Status(decay.error());
}

std::string sql_date(int32_t day) {
  return fmt::format("DATE '{}'", format_utc(int64_t{day} * kMicrosPerDay).substr(0, 10));
}

std::string sql_timestamp(Micros at) {
  std::string text = format_utc(at);
  text[10] = ' ';
  text.pop_back();
  return fmt::format("TIMESTAMP '{}'", text);
}

std::string visible(const Facts& facts, std::string_view role) {
  if (facts.of_all_times) return "true";
  std::string condition;
  if (facts.has(role, "day")) condition = fmt::format("day <= {}", sql_date(facts.today));
  if (facts.has(role, "arrived_at")) {
    if (!condition.empty()) condition += " AND ";
    condition +=
        fmt::format("(arrived_at IS NULL OR arrived_at <= {})", sql_timestamp(facts.visible_until));
  }
  return condition.empty() ? "true" : condition;
}

std::string local_day(const Facts& facts, const std::string& timestamp) {
  if (facts.timezone == "UTC") return fmt::format("CAST({} AS DATE)", timestamp);
  return fmt::format("CAST(timezone({}, timezone('UTC', {})) AS DATE)", quote_text(facts.timezone),
                     timestamp);
}

}  // namespace coterie::data
