// Prices, dates, guests and returns: what single values may be.
#include <fmt/format.h>

#include "base/clock.h"
#include "data/check/checker_internal.h"

namespace coterie::data {
namespace {

std::string facts(std::string_view table) { return "facts." + quote_name(table); }

Result<int64_t> count_where(CheckContext& context, std::string_view table,
                            const std::string& condition) {
  return context.connection.scalar_int(
      fmt::format("SELECT count(*) FROM {} WHERE {}", facts(table), condition));
}

// An example row: the first key column, or the time, beside the value.
std::string example_sql(const CheckContext& context, const Role& role, std::string_view column,
                        const std::string& condition) {
  std::string_view name = role.key.empty() ? role.time : role.key[0];
  if (context.has_column(role.name, "article_id")) name = "article_id";
  return fmt::format("SELECT {}::VARCHAR || ': ' || {}::VARCHAR FROM main.{} WHERE {}",
                     quote_name(name), quote_name(column), quote_name(role.name), condition);
}

Status check_price(CheckContext& context, const Role& role, const RoleColumn& column) {
  std::string condition = quote_name(column.name) + " < 0";
  if (context.has_column(role.name, "quantity")) condition += " AND coalesce(quantity, 1) > 0";
  ASSIGN_OR_RETURN(const int64_t count, count_where(context, role.name, condition));
  return context.add_share(
      {.kind = CheckKind::kNegativePrices,
       .table = std::string(role.name),
       .column = std::string(column.name),
       .count = count,
       .total = context.rows(role.name),
       .message = fmt::format("{} amounts are below zero", format_count(count)),
       .examples = example_sql(context, role, column.name, condition),
       .mend = "a return has a negative quantity and a positive price; leave other such rows out "
               "with 'drop' in the source"});
}

// The first instant after "today", and the first day.
struct Tomorrow {
  std::string instant, day, today;
};

Result<Tomorrow> tomorrow(const Project& project) {
  ASSIGN_OR_RETURN(const TimeZone zone, TimeZone::load(project.timezone));
  int32_t today = zone.day_of(now_micros());
  if (!project.as_of.empty() && project.as_of != "now") {
    ASSIGN_OR_RETURN(const Micros midnight, parse_utc(project.as_of));
    today = static_cast<int32_t>(midnight / kMicrosPerDay);
  }
  return Tomorrow{fmt::format("make_timestamp({})", zone.day_start(today + 1)),
                  fmt::format("(DATE '1970-01-01' + {})", today + 1),
                  format_utc(int64_t{today} * kMicrosPerDay).substr(0, 10)};
}

// Plans for the future are no mistake.
bool may_be_future(std::string_view role) { return role == "promotions" || role == "holidays"; }

}  // namespace

Status check_negative_prices(CheckContext& context) {
  for (const Role& role : all_roles()) {
    for (const RoleColumn& column : role.columns) {
      const bool price = column.kind == ColumnKind::kMoney && column.name == "price";
      if (price && context.has_column(role.name, column.name)) {
        RETURN_IF_ERROR(check_price(context, role, column));
      }
    }
  }
  return {};
}

Status check_future_dates(CheckContext& context) {
  ASSIGN_OR_RETURN(const Tomorrow limit, tomorrow(context.project));
  for (const Role& role : all_roles()) {
    for (const RoleColumn& column : role.columns) {
      const bool moment = column.kind == ColumnKind::kTime || column.kind == ColumnKind::kDate;
      if (!moment || may_be_future(role.name) || !context.has_column(role.name, column.name)) {
        continue;
      }
      const std::string condition =
          fmt::format("{} >= {}", quote_name(column.name),
                      column.kind == ColumnKind::kTime ? limit.instant : limit.day);
      ASSIGN_OR_RETURN(const int64_t count, count_where(context, role.name, condition));
      RETURN_IF_ERROR(context.add_share(
          {.kind = CheckKind::kFutureDates,
           .table = std::string(role.name),
           .column = std::string(column.name),
           .count = count,
           .total = context.rows(role.name),
           .message = fmt::format("{} rows are later than {}", format_count(count), limit.today),
           .examples = fmt::format("SELECT {} FROM {} WHERE {}", quote_name(column.name),
                                   facts(role.name), condition),
           .mend = "check the time zone and the time format of the source, or leave such rows out "
                   "with 'drop'"}));
    }
  }
  return {};
}

Status check_guests(CheckContext& context) {
  bool any = false;
  for (const Role& role : all_roles()) {
    if (!context.keeps_missing(role.name, "customer_id") ||
        !context.has_column(role.name, "customer_id")) {
      continue;
    }
    any = true;
    ASSIGN_OR_RETURN(const int64_t count, count_where(context, role.name, "customer_id IS NULL"));
    RETURN_IF_ERROR(context.add_share(
        {.kind = CheckKind::kGuests,
         .table = std::string(role.name),
         .column = "customer_id",
         .count = count,
         .total = context.rows(role.name),
         .message = fmt::format("{} of {} rows are of guests", format_count(count),
                                format_count(context.rows(role.name))),
         .examples = "",
         .mend = "what guests do teaches nothing about customers: check that customer_id is mapped "
                 "rightly, or allow more in checks.guests.max_share"}));
  }
  if (!any) context.not_run(CheckKind::kGuests, "no source keeps guests");
  return {};
}

Status check_returns(CheckContext& context) {
  if (!context.has_column("transactions", "quantity")) {
    context.not_run(CheckKind::kReturns, "transactions have no quantity");
    return {};
  }
  ASSIGN_OR_RETURN(const int64_t count, count_where(context, "transactions", "quantity < 0"));
  return context.add_share(
      {.kind = CheckKind::kReturns,
       .table = "transactions",
       .column = "quantity",
       .count = count,
       .total = context.rows("transactions"),
       .message = fmt::format("{} rows are returns", format_count(count)),
       .examples = "",
       .mend = "check the sign of quantity, or allow more in checks.returns.max_share"});
}

}  // namespace coterie::data
