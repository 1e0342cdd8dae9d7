#pragma once
// Dataset F: the events, with their place in their session.

#include <string>

#include "data/datasets/dataset_table.h"
#include "data/datasets/facts_internal.h"

namespace coterie::data {

DatasetInfo dataset_f_info();

inline constexpr int kTrajectoryEvents = 10;

// The events that the table is made of: customer_id, session_id, event_type, article_id,
// created_at, device, location, channel, day; null where the project has no such column. `scope`: a
// condition, "" = all.
std::string dataset_f_events_sql(const Facts& facts, const std::string& scope);

// The table's rows as one SELECT, without order; "" without the role events. `scope`: a condition
// on customer_id and session_id that keeps sessions whole; `kept`: a condition on the finished rows
// (a day's, say), applied after positions are known. "" = all.
std::string dataset_f_sql(const Facts& facts, const std::string& scope, const std::string& kept);

}  // namespace coterie::data
