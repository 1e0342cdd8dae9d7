#pragma once
// The facts under the datasets as sub-selects with fixed columns, whatever roles a project has.
// Every function returns the text of a SELECT, or "" when no role offers that kind of fact.
// `scope` is a condition on the columns named, "" = all rows. Of facts of all times every row has,
// as its last column, known_at: when it came to be visible (conventions.h, Time).

#include <set>
#include <string>

#include "data/datasets/facts_internal.h"

namespace coterie::data {

// Where purchases come from: `transactions`; without it `orders` with `order_items` (cancelled and
// returned orders count as not bought); without these, events of kind buy.
enum class PurchaseSource { kTransactions, kOrders, kEvents, kNone };
PurchaseSource purchase_source(const Facts& facts);
bool has_prices(const Facts& facts);

// customer_id, article_id, day, quantity (units; negative = returned; never 0), price (a unit, may
// be null), amount (price x quantity), channel (VARCHAR), basket (VARCHAR, null = the day)
std::string purchases_sql(const Facts& facts, const std::string& scope);

// Everything that counts towards interest besides purchases, of kinds with a weight:
// customer_id, article_id, day, kind. None of the ids is null. Carts and wishes come from events;
// where events have none of that kind, from the role's own table.
std::string interactions_sql(const Facts& facts, const std::string& scope);
// The same in pieces, for whoever tells kinds apart faster than SQL: lower-case kinds of events
// that count; customer_id, article_id, day, kind (any, may be null) of all events with both ids;
// and what comes from other roles.
std::set<std::string> interaction_kinds(const Facts& facts);
std::string events_of_articles_sql(const Facts& facts, const std::string& scope);
std::string role_interactions_sql(const Facts& facts, const std::string& scope);

// customer_id, article_id, day, bought (BOOLEAN, null = not said). From the role cart, else from
// events of kind cart.
std::string carts_sql(const Facts& facts, const std::string& scope);
// customer_id, article_id. From the role wishlist, else from events of kind wishlist.
std::string wishes_sql(const Facts& facts);
// customer_id (not null), in_session (whether the event belongs to a session). From the role
// events.
std::string visits_sql(const Facts& facts);

// article_id (unique), product_name (code), category (readable, may be null).
std::string articles_sql(const Facts& facts);
// Which column of items says what the category is: the first that exists of category_id,
// product_type_name, garment_group_name, product_group_name, section_name, index_group_name; "" if
// none does.
std::string category_column(const Facts& facts);

}  // namespace coterie::data
