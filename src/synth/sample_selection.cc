#include "synth/sample_selection.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "data/project/roles.h"

namespace coterie::synth {
namespace {

using data::quote_name;
using data::quote_text;

constexpr std::string_view kUsers = "customer_id in (from cut_users)";

}  // namespace

Result<SampleSelection> SampleSelection::open(data::Connection& connection,
                                              const SampleOptions& options) {
  SampleSelection selection(connection, options);
  std::set<std::pair<std::string, std::string>> offered;  // table and column
  RETURN_IF_ERROR(connection.for_each_chunk(
      "select table_name, column_name from duckdb_columns() where schema_name = 'main'",
      [&](const data::Chunk& chunk) {
        for (int64_t i = 0; i < chunk.rows(); ++i) {
          offered.emplace(chunk.column(0).as_text(i), chunk.column(1).as_text(i));
        }
        return Status();
      }));
  for (const data::Role& role : data::all_roles()) {
    const std::string name(role.name);
    std::vector<std::string> present;
    for (const data::RoleColumn& column : role.columns) {
      if (offered.contains({name, std::string(column.name)})) present.emplace_back(column.name);
    }
    if (present.empty()) continue;
    selection.roles_.push_back(name);
    selection.columns_[name] = std::move(present);
  }
  if (selection.roles_.empty()) {
    return not_found("no role has a table to sample from")
        .with_mend("map sources to roles in coterie.yaml and run ingest, or make a world first");
  }
  return selection;
}

bool SampleSelection::has(const std::string& role, const std::string& column) const {
  const auto found = columns_.find(role);
  return found != columns_.end() && std::ranges::find(found->second, column) != found->second.end();
}

std::string SampleSelection::shuffled(const std::string& expression) const {
  return fmt::format("md5({} || ({})::varchar)", quote_text(fmt::format("{}:", options_.seed)),
                     expression);
}

std::string SampleSelection::select(const std::string& role) const {
  std::string list;
  for (const std::string& column : columns_.at(role)) {
    if (!list.empty()) list += ", ";
    list += quote_name(column);
  }
  return fmt::format("select {} from main.{}", list, quote_name(role));
}

Status SampleSelection::make(const std::string& table, const std::string& select) {
  made_.push_back(table);
  return connection_.execute(
      fmt::format("create or replace temp table {} as {}", quote_name(table), select));
}

Status SampleSelection::keep(const std::string& role, const std::string& where) {
  if (!has(role)) return {};
  return make("cut_" + role, fmt::format("{} where {}", select(role), where));
}

Status SampleSelection::drop() {
  for (const std::string& table : made_) {
    RETURN_IF_ERROR(
        connection_.execute(fmt::format("drop table if exists temp.{}", quote_name(table))));
  }
  made_.clear();
  return {};
}

Status SampleSelection::cut() {
  RETURN_IF_ERROR(choose_users());
  RETURN_IF_ERROR(keep("customers", std::string(kUsers)));
  RETURN_IF_ERROR(choose_sessions());
  for (const char* role : {"transactions", "orders", "wishlist"}) {
    RETURN_IF_ERROR(keep(role, std::string(kUsers)));
  }
  std::string cart(kUsers);
  if (has("cart", "session_id")) {
    cart += " and (session_id is null or session_id in (from cut_session_ids))";
  }
  RETURN_IF_ERROR(keep("cart", cart));
  if (has("orders")) {
    RETURN_IF_ERROR(keep("order_items", "order_id in (select order_id from cut_orders)"));
  } else if (has("order_items")) {
    notes_.push_back("order_items is left out: without orders nobody knows whose they are");
    RETURN_IF_ERROR(keep("order_items", "false"));
  }
  RETURN_IF_ERROR(choose_reviews());
  RETURN_IF_ERROR(choose_articles());
  return keep("holidays", "true");
}

// Customers with any fact first, else by the seed.
Status SampleSelection::choose_users() {
  std::string facts, everyone;
  for (const std::string& role : roles_) {
    if (!has(role, "customer_id")) continue;
    const std::string ids = fmt::format("select customer_id from main.{}", quote_name(role));
    everyone += (everyone.empty() ? "" : " union ") + ids;
    if (role != "customers") facts += (facts.empty() ? "" : " union ") + ids;
  }
  if (everyone.empty()) {
    return make("cut_users", "select null::varchar as customer_id where false");
  }
  const std::string master = has("customers") ? "select customer_id from main.customers" : everyone;
  const std::string active = facts.empty() ? "select null where false" : facts;
  return make("cut_users",
              fmt::format("select customer_id from (select distinct customer_id from ({})) where "
                          "customer_id is not null order by customer_id in ({}) desc, {} limit {}",
                          master, active, shuffled("customer_id"), options_.users));
}

// Whole sessions, in a random order, as long as their events fit.
Status SampleSelection::choose_sessions() {
  const std::string all_sessions =
      has("sessions", "customer_id")
          ? fmt::format("select session_id from main.sessions where {}", kUsers)
          : std::string("select null::varchar as session_id where false");
  if (!has("events", "session_id")) {
    RETURN_IF_ERROR(make("cut_session_ids", all_sessions));
    RETURN_IF_ERROR(keep("sessions", "session_id in (from cut_session_ids)"));
    if (!has("events")) return {};
    return make("cut_events", fmt::format("{} where {} order by {} limit {}", select("events"),
                                          kUsers, shuffled("events"), options_.events));
  }
  const std::string order = shuffled("session_id");
  RETURN_IF_ERROR(make(
      "cut_session_ids",
      fmt::format("select session_id from (select session_id, sum(count(*)) over (order by {0}, "
                  "session_id) as running from main.events where {1} and session_id is not null "
                  "group by session_id) where running <= {2}",
                  order, kUsers, options_.events)));
  RETURN_IF_ERROR(
      keep("events", fmt::format("{} and session_id in (from cut_session_ids)", kUsers)));
  return keep("sessions", "session_id in (from cut_session_ids)");
}

// The sampled customers' own, then others' without their writer.
Status SampleSelection::choose_reviews() {
  if (!has("reviews")) return {};
  const bool named = has("reviews", "customer_id");
  const std::string own = named ? fmt::format("coalesce({}, false)", kUsers) : "false";
  std::string select_list;
  for (const std::string& column : columns("reviews")) {
    if (!select_list.empty()) select_list += ", ";
    const std::string name = quote_name(column);
    select_list += column == "customer_id"
                       ? fmt::format("case when {} then customer_id end as customer_id", own)
                       : name;
  }
  RETURN_IF_ERROR(
      make("cut_reviews", fmt::format("select {} from main.reviews order by {} desc, {} limit {}",
                                      select_list, own, shuffled("review_id"), options_.reviews)));
  if (!named) return {};
  ASSIGN_OR_RETURN(
      const int64_t others,
      connection_.scalar_int("select count(*) from cut_reviews where customer_id is null"));
  if (others > 0) {
    notes_.push_back(fmt::format(
        "{} reviews of customers outside the sample are kept without a writer", others));
  }
  return {};
}

Status SampleSelection::choose_articles() {
  std::string facts;
  for (const char* role :
       {"transactions", "order_items", "cart", "wishlist", "reviews", "events"}) {
    if (!has(role, "article_id")) continue;
    facts += fmt::format("{}select article_id from cut_{}", facts.empty() ? "" : " union ", role);
  }
  // A catalogue without facts is small enough to be kept whole.
  if (facts.empty() && has("items")) facts = "select article_id from main.items";
  if (facts.empty()) facts = "select null::varchar as article_id where false";
  RETURN_IF_ERROR(
      make("cut_article_ids",
           fmt::format("select article_id from ({}) where article_id is not null", facts)));
  for (const char* role : {"items", "stock", "competitor_prices", "promotions"}) {
    RETURN_IF_ERROR(keep(role, "article_id in (from cut_article_ids)"));
  }
  return choose_categories();
}

Status SampleSelection::choose_categories() {
  if (!has("categories")) return {};
  if (!has("items", "category_id") || !has("categories", "parent_id")) {
    return keep("categories", "true");
  }
  return keep("categories",
              "category_id in (with recursive kept(category_id) as (select category_id from "
              "cut_items union select c.parent_id from main.categories c join kept k on "
              "c.category_id = k.category_id where c.parent_id is not null) from kept)");
}

}  // namespace coterie::synth
