#include "data/datasets/dataset_f.h"

#include <fmt/format.h>

#include "data/datasets/sources_internal.h"

namespace coterie::data {
DatasetInfo dataset_f_info() {
  return {
      'F',
      "events",
      {{"dataset_f_events",
        "one row an event",
        {{"customer_id", "customer", "the customer"},
         {"session_id", "VARCHAR", "the session; null outside one"},
         {"event_type", "VARCHAR", "view, click, cart, buy, wishlist, ..."},
         {"article_id", "article", "the article; null where the event has none"},
         {"created_at", "TIMESTAMP", "when it happened"},
         {"position_in_session", "INTEGER", "1 = the session's first event"},
         {"seconds_since_previous", "DOUBLE",
          "since the session's event before; null for the first"},
         {"trajectory", "VARCHAR",
          "kinds of the session's latest 10 events up to this one, 'view>view>cart'"},
         {"device", "VARCHAR", "mobile, desktop, ..."},
         {"location", "VARCHAR", "region"},
         {"channel", "VARCHAR", "app, web, e-mail, ..."},
         {"product_name", "name", "the article's name"},
         {"day", "DATE", "day of created_at in the project's time zone"}},
        {},
        "day",
        {"customer_id", "created_at", "session_id", "position_in_session", "event_type",
         "article_id"}}},
      {"events"},
      {"items", "categories"},
      {{"session_id, position_in_session, seconds_since_previous, trajectory",
        {"events.session_id"}},
       {"article_id", {"events.article_id"}},
       {"device", {"events.device"}},
       {"location", {"events.location"}},
       {"channel", {"events.channel"}},
       {"product_name", {"items.product_name"}}},
      {"A session is a customer's events of one session_id, however long. Its events are ordered "
       "by created_at; those of one instant by event_type, article_id (null first), device, "
       "location and channel, so that the order does not depend on how events were loaded.",
       "Events without session_id have no position, no previous event and no trajectory."}};
}

std::string dataset_f_events_sql(const Facts& facts, const std::string& scope) {
  const auto column = [&](std::string_view name, std::string_view type) {
    return facts.has("events", name) ? std::string(name)
                                     : fmt::format("NULL::{} AS {}", type, name);
  };
  return fmt::format(
      "SELECT customer_id, {}, event_type, {}, created_at, {}, {}, {}, day FROM facts.events WHERE "
      "{}{}",
      column("session_id", "VARCHAR"), column("article_id", "INTEGER"), column("device", "VARCHAR"),
      column("location", "VARCHAR"), column("channel", "VARCHAR"), visible(facts, "events"),
      scope.empty() ? "" : " AND " + scope);
}

std::string dataset_f_sql(const Facts& facts, const std::string& scope, const std::string& kept) {
  if (!facts.has("events")) return "";
  const auto column = [&](std::string_view name, std::string_view type) {
    return facts.has("events", name) ? std::string(name)
                                     : fmt::format("NULL::{} AS {}", type, name);
  };
  const bool sessions = facts.has("events", "session_id");
  const std::string in_session = sessions ? "session_id IS NOT NULL" : "false";
  std::string ties;
  for (const char* tie : {"article_id", "device", "location", "channel"}) {
    if (facts.has("events", tie)) ties += fmt::format(", {} NULLS FIRST", tie);
  }
  return fmt::format(
      R"(SELECT customer_id, session_id, event_type, article_id, created_at,
       position_in_session, seconds_since_previous, trajectory, device, location, channel,
       product_name, day
FROM (
    SELECT *,
           CASE WHEN {in_session} THEN CAST(row_number() OVER session AS INTEGER) END
             AS position_in_session,
           CASE WHEN {in_session} THEN
             (epoch_us(created_at) - lag(epoch_us(created_at)) OVER session) / 1e6::DOUBLE END
             AS seconds_since_previous,
           CASE WHEN {in_session} THEN string_agg(event_type, '>')
             OVER (session ROWS BETWEEN {before} PRECEDING AND CURRENT ROW) END AS trajectory
    FROM (SELECT customer_id, {session_id}, event_type, {article_id}, created_at, {device},
                 {location}, {channel}, day
          FROM facts.events WHERE {visible}{scope})
    WINDOW session AS (PARTITION BY customer_id, session_id ORDER BY created_at, event_type{ties})
) LEFT JOIN ({articles}) USING (article_id){kept})",
      fmt::arg("in_session", in_session), fmt::arg("before", kTrajectoryEvents - 1),
      fmt::arg("session_id", column("session_id", "VARCHAR")),
      fmt::arg("article_id", column("article_id", "INTEGER")),
      fmt::arg("device", column("device", "VARCHAR")),
      fmt::arg("location", column("location", "VARCHAR")),
      fmt::arg("channel", column("channel", "VARCHAR")),
      fmt::arg("visible", visible(facts, "events")),
      fmt::arg("scope", scope.empty() ? "" : " AND " + scope), fmt::arg("ties", ties),
      fmt::arg("articles", articles_sql(facts)),
      fmt::arg("kept", kept.empty() ? "" : "\nWHERE " + kept));
}

}  // namespace coterie::data
