// Whether tables agree with each other.
#include <fmt/format.h>

#include "base/clock.h"
#include "data/check/checker_internal.h"

namespace coterie::data {
namespace {

std::string facts(std::string_view table) { return "facts." + quote_name(table); }

struct Reference {
  std::string_view table, column, target, target_column;
};

// References besides those to customers and articles.
constexpr Reference kReferences[] = {
    {"items", "category_id", "categories", "category_id"},
    {"categories", "parent_id", "categories", "category_id"},
    {"order_items", "order_id", "orders", "order_id"},
    {"transactions", "order_id", "orders", "order_id"},
    {"events", "session_id", "sessions", "session_id"},
    {"cart", "session_id", "sessions", "session_id"},
};

Status check_reference(CheckContext& context, CheckKind kind, const Reference& reference,
                       const std::string& mend) {
  const std::string missing =
      fmt::format("FROM {{0}}{} t ANTI JOIN {{0}}{} m ON m.{} = t.{} WHERE t.{} IS NOT NULL",
                  quote_name(reference.table), quote_name(reference.target),
                  quote_name(reference.target_column), quote_name(reference.column),
                  quote_name(reference.column));
  const std::string stored = fmt::format(fmt::runtime(missing), "facts.");
  const std::string shown = fmt::format(fmt::runtime(missing), "main.");
  ASSIGN_OR_RETURN(const int64_t count, context.connection.scalar_int("SELECT count(*) " + stored));
  return context.add_share(
      {.kind = kind,
       .table = std::string(reference.table),
       .column = std::string(reference.column),
       .count = count,
       .total = context.rows(reference.table),
       .message = fmt::format("the {} of {} rows is not in '{}'", reference.column,
                              format_count(count), reference.target),
       .examples = fmt::format("SELECT t.{} {}", quote_name(reference.column), shown),
       .mend = mend});
}

Status check_entity(CheckContext& context, CheckKind kind, std::string_view entity,
                    std::string_view master) {
  if (!context.has(master)) {
    context.not_run(kind, fmt::format("there is no table '{}'", master));
    return {};
  }
  for (const Role& role : all_roles()) {
    if (role.name == master || !context.has(role.name)) continue;
    for (const RoleColumn& column : role.columns) {
      if (column.entity != entity || !context.has_column(role.name, column.name)) continue;
      RETURN_IF_ERROR(check_reference(
          context, kind, {role.name, column.name, master, column.name},
          fmt::format("complete '{}', leave such rows out with 'unknown_ids: reject' in the "
                      "source of '{}', or allow a share in checks.{}",
                      master, role.name, check_name(kind))));
    }
  }
  return {};
}

// A condition between columns of one table that must not hold.
struct Contradiction {
  std::string_view table, column, other, condition, message;
};

constexpr Contradiction kContradictions[] = {
    {"promotions", "start_date", "end_date", "end_date < start_date", "end before they begin"},
    {"sessions", "started_at", "ended_at", "ended_at < started_at", "end before they begin"},
    {"reviews", "helpful_votes", "total_votes", "helpful_votes > total_votes",
     "have more helpful votes than votes"},
};

Status check_contradiction(CheckContext& context, const Contradiction& contradiction) {
  const std::string from = fmt::format("FROM main.{} WHERE {}", quote_name(contradiction.table),
                                       contradiction.condition);
  ASSIGN_OR_RETURN(const int64_t count, context.connection.scalar_int("SELECT count(*) " + from));
  const Role* role = find_role(contradiction.table);
  return context.add_share(
      {.kind = CheckKind::kRelationships,
       .table = std::string(contradiction.table),
       .column = fmt::format("{}+{}", contradiction.column, contradiction.other),
       .count = count,
       .total = context.rows(contradiction.table),
       .message = fmt::format("{} rows {}", format_count(count), contradiction.message),
       .examples = fmt::format("SELECT {} {}", quote_name(role->key[0]), from),
       .mend = "correct the rows, or leave them out with 'drop' in the source"});
}

// Categories that are their own ancestors: they never reach a root.
Status check_category_circles(CheckContext& context) {
  const std::string circles = fmt::format(
      "WITH RECURSIVE reached(category_id) AS (SELECT category_id FROM {0} c WHERE parent_id IS "
      "NULL OR parent_id NOT IN (SELECT category_id FROM {0}) UNION SELECT c.category_id FROM {0} "
      "c JOIN reached r ON c.parent_id = r.category_id) SELECT category_id FROM {0} ANTI JOIN "
      "reached USING (category_id)",
      facts("categories"));
  ASSIGN_OR_RETURN(const int64_t count,
                   context.connection.scalar_int("SELECT count(*) FROM (" + circles + ")"));
  return context.add_share(
      {.kind = CheckKind::kRelationships,
       .table = "categories",
       .column = "parent_id",
       .count = count,
       .total = context.rows("categories"),
       .message =
           fmt::format("{} categories are in or below a circle of parents", format_count(count)),
       .examples = circles,
       .mend = "correct parent_id: a root has none"});
}

}  // namespace

Status check_unknown_customers(CheckContext& context) {
  return check_entity(context, CheckKind::kUnknownCustomers, "customer", "customers");
}

Status check_unknown_articles(CheckContext& context) {
  return check_entity(context, CheckKind::kUnknownArticles, "article", "items");
}

Status check_relationships(CheckContext& context) {
  for (const Reference& reference : kReferences) {
    if (!context.has_column(reference.table, reference.column) ||
        !context.has_column(reference.target, reference.target_column)) {
      continue;
    }
    RETURN_IF_ERROR(
        check_reference(context, CheckKind::kRelationships, reference,
                        fmt::format("complete '{}', or map {}.{} to null", reference.target,
                                    reference.table, reference.column)));
  }
  if (context.has_column("categories", "parent_id")) {
    RETURN_IF_ERROR(check_category_circles(context));
  }
  for (const Contradiction& contradiction : kContradictions) {
    if (context.has_column(contradiction.table, contradiction.column) &&
        context.has_column(contradiction.table, contradiction.other)) {
      RETURN_IF_ERROR(check_contradiction(context, contradiction));
    }
  }
  return {};
}

}  // namespace coterie::data
