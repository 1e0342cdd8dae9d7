// Which role a table plays: the best assignment of its columns to each role's columns, judged by
// the required ones, by the table's name, and by what sets the role apart from its neighbours.

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "data/infer/column_names.h"
#include "data/infer/infer.h"
#include "data/project/roles.h"

namespace coterie::data {
namespace {

constexpr double kLeastColumnFit = 0.5;
constexpr double kLeastRoleFit = 0.55;
constexpr double kUnique = 0.98;  // share of distinct values in a key column

double type_fit(const ColumnProfile& column, ColumnKind kind) {
  if (column.present == 0) return 0.3;
  switch (kind) {
    case ColumnKind::kTime:
    case ColumnKind::kDate:
      return column.is_time() ? 1.0 : 0.0;
    case ColumnKind::kMoney:
    case ColumnKind::kReal:
      return column.is_number() ? 1.0 : 0.0;
    case ColumnKind::kInteger:
      return column.is_integer() || column.decimal_zero_share > 0.99 ? 1.0 : 0.0;
    case ColumnKind::kBool:
      return column.distinct <= 2 ? 1.0 : 0.0;
    case ColumnKind::kId:
      return column.is_time() && !column.is_number() ? 0.0 : 1.0;
    case ColumnKind::kText:
      return 1.0;
  }
  return 0.0;
}

constexpr double kReferenceFit = 0.95;
constexpr double kKeyFit = 0.8;
constexpr double kByValues = 0.8;  // a name that was itself a guess

// transaction_id, event_id, review_id: what tells the rows of a fact apart.
bool names_row(const Role& role, const RoleColumn& column) {
  if (!role.entity.empty() || column.kind != ColumnKind::kText) return false;
  return column.name.ends_with("_id") && &column == role.columns.data();
}

std::string reason_for(const ColumnProfile& column, double name_score) {
  if (!column.role_hint.empty()) return "foreign key to " + column.refers_to_table;
  if (column.is_key && name_score == kKeyFit) return "the server's primary key";
  const char* how = column.named_by_values ? "no header; by its place and values"
                    : name_score >= 1.0    ? "same name"
                    : name_score >= 0.9    ? "usual name for it"
                    : name_score >= 0.7    ? "vague name, fitting values"
                                           : "part of the name, fitting values";
  if (column.examples.empty()) return fmt::format("{}; no values in the sample", how);
  return fmt::format("{}; e.g. {}", how, column.examples.front());
}

double column_fit(const ColumnProfile& source, const Role& role, const RoleColumn& column) {
  const bool referred = column.kind == ColumnKind::kId && !source.role_hint.empty();
  if (referred && role.entity.empty()) {
    return source.role_hint == column.entity ? kReferenceFit : 0.0;
  }
  const double fit = name_fit(source.name, role.name, column.name) * type_fit(source, column.kind);
  return source.is_key && names_row(role, column) ? std::max(fit, kKeyFit) : fit;
}

struct Candidate {
  double fit;
  size_t role_column;
  size_t source_column;
};

// Greedy best-first assignment: a source column serves one role column and the other way round.
std::vector<ColumnGuess> assign_columns(const TableProfile& table, const Role& role) {
  std::vector<Candidate> candidates;
  for (size_t r = 0; r < role.columns.size(); ++r) {
    for (size_t s = 0; s < table.columns.size(); ++s) {
      const double fit = column_fit(table.columns[s], role, role.columns[r]);
      if (fit >= kLeastColumnFit) candidates.push_back({fit, r, s});
    }
  }
  std::ranges::stable_sort(candidates,
                           [](const Candidate& a, const Candidate& b) { return a.fit > b.fit; });
  std::set<size_t> roles_taken;
  std::set<size_t> sources_taken;
  std::vector<ColumnGuess> guesses;
  for (const Candidate& candidate : candidates) {
    if (roles_taken.contains(candidate.role_column)) continue;
    if (sources_taken.contains(candidate.source_column)) continue;
    roles_taken.insert(candidate.role_column);
    sources_taken.insert(candidate.source_column);
    const ColumnProfile& column = table.columns[candidate.source_column];
    const double fit = column.named_by_values ? kByValues * candidate.fit : candidate.fit;
    guesses.push_back({std::string(role.columns[candidate.role_column].name), column.name, fit,
                       reason_for(column, candidate.fit)});
  }
  return guesses;
}

bool maps(const std::vector<ColumnGuess>& guesses, std::string_view column) {
  return std::ranges::find(guesses, column, &ColumnGuess::role_column) != guesses.end();
}

bool is_unique(const TableProfile& table, const std::vector<ColumnGuess>& guesses,
               std::string_view column) {
  const auto guess = std::ranges::find(guesses, column, &ColumnGuess::role_column);
  if (guess == guesses.end()) return false;
  const ColumnProfile* profile = table.find(guess->source_column);
  return profile != nullptr && (profile->is_key || profile->distinct_share() >= kUnique);
}

// A line of a fact names a customer and an article; a master table names one of them.
bool names_other_side(const TableProfile& table, const Role& master,
                      const std::vector<ColumnGuess>& guesses) {
  const Role& other = *find_role(master.name == "items" ? "customers" : "items");
  const std::string own_id = std::string(master.entity) + "_id";
  const std::string other_id = std::string(other.entity) + "_id";
  const auto own = std::ranges::find(guesses, own_id, &ColumnGuess::role_column);
  const auto crossed = assign_columns(table, other);
  const auto found = std::ranges::find(crossed, other_id, &ColumnGuess::role_column);
  return found != crossed.end() && own != guesses.end() &&
         found->source_column != own->source_column;
}

// What tells neighbouring roles apart; 0 rules the role out.
double evidence(const TableProfile& table, const Role& role,
                const std::vector<ColumnGuess>& guesses) {
  const std::string_view name = role.name;
  const auto has = [&](std::string_view column) { return maps(guesses, column); };
  if (!role.entity.empty()) {
    const std::string id = std::string(role.entity) + "_id";
    if (!is_unique(table, guesses, id)) return 0;
    return names_other_side(table, role, guesses) ? 0.3 : 1.0;
  }
  if (name == "transactions") return has("price") || has("quantity") ? 1.0 : 0.4;
  if (name == "reviews") return has("rating") || has("review_text") ? 1.0 : 0.0;
  if (name == "events") return has("event_type") ? 1.0 : 0.3;
  if (name == "orders") return is_unique(table, guesses, "order_id") ? 1.0 : 0.0;
  if (name == "order_items") return has("quantity") || has("price") ? 0.8 : 0.3;
  if (name == "sessions") return is_unique(table, guesses, "session_id") ? 1.0 : 0.0;
  if (name == "categories") return has("parent_id") || has("category_name") ? 1.0 : 0.2;
  if (name == "cart" || name == "wishlist" || name == "stock" || name == "holidays") {
    return table_name_fit(table.name, name) > 0 ? 1.0 : 0.0;
  }
  return 1.0;
}

// A table of (user, item[, time]) pairs is a table of events whose kind is not written down; one of
// nothing but pairs is of events at no particular time.
void add_constants(const TableProfile& table, const Role& role, std::vector<ColumnGuess>& guesses) {
  if (role.name != "events") return;
  if (!maps(guesses, "customer_id") || !maps(guesses, "article_id")) return;
  if (!maps(guesses, "created_at") && table.columns.size() <= guesses.size() + 1) {
    guesses.push_back({"created_at", "= timestamp '2000-01-01 00:00:00'", 0.5,
                       "no column says when: time plays no part"});
  }
  if (maps(guesses, "event_type")) return;
  if (maps(guesses, "value")) {
    guesses.push_back({"event_type", "= 'rating'", 0.5, "no column says the kind; it has ratings"});
  } else {
    guesses.push_back({"event_type", "= 'view'", 0.5, "no column says the kind; taken as views"});
  }
}

// Below kLeastRoleFit it is no more than a possibility.
std::optional<RoleGuess> propose(const TableProfile& table, size_t index, const Role& role) {
  RoleGuess guess;
  guess.role = role.name;
  guess.table = index;
  guess.columns = assign_columns(table, role);
  add_constants(table, role, guess.columns);
  double required_fit = 1.0;
  int required = 0;
  for (const RoleColumn& column : role.columns) {
    if (!column.required) continue;
    const ColumnGuess* found = guess.find(column.name);
    if (found == nullptr) return std::nullopt;
    required_fit += found->confidence - 1.0;
    ++required;
  }
  required_fit = 1.0 + (required_fit - 1.0) / std::max(required, 1);
  const double told_apart = evidence(table, role, guess.columns);
  if (told_apart == 0) return std::nullopt;
  const double named = table_name_fit(table.name, role.name);
  const double optional_share =
      std::min(1.0, static_cast<double>(guess.columns.size() - static_cast<size_t>(required)) / 3);
  guess.confidence = 0.5 * required_fit + 0.25 * named + 0.15 * told_apart + 0.10 * optional_share;
  if (told_apart < 1.0) guess.confidence *= 0.6 + 0.4 * std::max(told_apart, named);
  guess.reason = named > 0 ? fmt::format("the name '{}' and its columns fit", table.name)
                           : std::string("its columns fit");
  return guess;
}

std::optional<RoleGuess> match(const TableProfile& table, size_t index, const Role& role) {
  auto guess = propose(table, index, role);
  if (guess && guess->confidence < kLeastRoleFit) return std::nullopt;
  return guess;
}

// How values are written decides rules that ingest needs.
void add_value_rules(const TableProfile& table, const Role& role, RoleGuess& guess) {
  for (const ColumnGuess& mapped : guess.columns) {
    const ColumnProfile* profile = table.find(mapped.source_column);
    const RoleColumn* column = role.find(mapped.role_column);
    if (profile == nullptr || column == nullptr) continue;
    if (column->kind == ColumnKind::kId && profile->decimal_zero_share > 0.99) {
      guess.integer_text.push_back(mapped.role_column);
    }
    if (column->required && profile->missing_share > 0) {
      // What a guest buys still counts for the article.
      const bool guest = role.entity.empty() && column->entity == "customer";
      (guest ? guess.keep_missing : guess.drop_missing).push_back(mapped.role_column);
      guess.notes.push_back(fmt::format("{:.1f} % of sampled rows have no {}: {}",
                                        100 * profile->missing_share, mapped.source_column,
                                        guest
                                            ? "guests, who count for articles and not for customers"
                                            : "they are left out and counted"));
    }
    if (column->kind == ColumnKind::kTime || column->kind == ColumnKind::kDate) {
      if (!profile->time_format.empty()) guess.time_format = profile->time_format;
      if (profile->time_format_ambiguous) {
        guess.notes.push_back(fmt::format("{} could be day-month or month-day: look at time_format",
                                          mapped.source_column));
      }
    }
    if (profile->decimal_comma && column->kind != ColumnKind::kText) guess.decimal_comma = true;
    if (mapped.role_column == "quantity" && profile->min_number < 0) {
      guess.notes.push_back("negative quantities are taken as returns");
    }
  }
}

// A server's primary key is the role's key where all of it is mapped and the role has another.
void add_key(const TableProfile& table, const Role& role, RoleGuess& guess) {
  std::vector<std::string> key;
  for (const std::string& column : table.key) {
    const auto mapped = std::ranges::find(guess.columns, column, &ColumnGuess::source_column);
    if (mapped == guess.columns.end()) return;
    key.push_back(mapped->role_column);
  }
  if (key != std::vector<std::string>(role.key.begin(), role.key.end())) guess.key = key;
}

// A master table that nobody delivered, made from what a fact table says beside its ids.
std::optional<RoleGuess> derive_master(const TableProfile& table, const RoleGuess& fact,
                                       const Role& role) {
  const std::string id = std::string(role.entity) + "_id";
  const ColumnGuess* fact_id = fact.find(id);
  if (fact_id == nullptr) return std::nullopt;
  std::set<std::string> taken;
  for (const ColumnGuess& column : fact.columns) taken.insert(column.source_column);
  RoleGuess guess;
  guess.role = role.name;
  guess.table = fact.table;
  guess.derived = true;
  guess.columns.push_back({id, fact_id->source_column, fact_id->confidence, fact_id->reason});
  for (ColumnGuess& column : assign_columns(table, role)) {
    if (column.role_column != id && !taken.contains(column.source_column)) {
      guess.columns.push_back(std::move(column));
    }
  }
  if (guess.columns.size() < 2) return std::nullopt;
  guess.confidence = 0.9 * fact.confidence;
  guess.reason =
      fmt::format("'{}' describes them beside its {}; the latest row wins", table.name, fact.role);
  return guess;
}

void derive_masters(const std::vector<TableProfile>& tables, std::vector<RoleGuess>& guesses) {
  for (const char* name : {"customers", "items"}) {
    if (std::ranges::find(guesses, name, &RoleGuess::role) != guesses.end()) continue;
    for (const char* fact_role : {"transactions", "reviews", "events"}) {
      const auto fact = std::ranges::find(guesses, fact_role, &RoleGuess::role);
      if (fact == guesses.end()) continue;
      auto derived = derive_master(tables[fact->table], *fact, *find_role(name));
      if (!derived) continue;
      guesses.push_back(*std::move(derived));
      break;
    }
  }
}

}  // namespace

const ColumnGuess* RoleGuess::find(std::string_view role_column) const {
  const auto found = std::ranges::find(columns, role_column, &ColumnGuess::role_column);
  return found == columns.end() ? nullptr : &*found;
}

std::string near_miss(const TableProfile& table, const std::vector<RoleGuess>& taken) {
  std::optional<RoleGuess> whole;
  for (const RoleGuess& other : taken) {
    auto guess = propose(table, 0, *find_role(other.role));
    if (guess && (!whole || guess->confidence > whole->confidence)) whole = std::move(guess);
  }
  if (whole) return fmt::format("fits {} as well, whose rows come from elsewhere", whole->role);
  std::string best;
  size_t fewest = 2;
  for (const Role& role : all_roles()) {
    const auto guesses = assign_columns(table, role);
    std::vector<std::string_view> missing;
    for (const RoleColumn& column : role.columns) {
      if (column.required && !maps(guesses, column.name)) missing.push_back(column.name);
    }
    // One column found says little: a table of cities has names too.
    if (missing.empty() || missing.size() > fewest || guesses.size() < 2) continue;
    fewest = missing.size() - 1;
    best = fmt::format("could be {} if it had {}", role.name, fmt::join(missing, " and "));
  }
  return best;
}

std::vector<RoleGuess> guess_roles(const std::vector<TableProfile>& tables) {
  std::vector<RoleGuess> all;
  for (size_t index = 0; index < tables.size(); ++index) {
    for (const Role& role : all_roles()) {
      if (auto guess = match(tables[index], index, role)) all.push_back(*std::move(guess));
    }
  }
  std::ranges::stable_sort(
      all, [](const RoleGuess& a, const RoleGuess& b) { return a.confidence > b.confidence; });
  std::set<size_t> tables_taken;
  std::vector<RoleGuess> chosen;
  for (RoleGuess& guess : all) {
    const bool role_taken = std::ranges::find(chosen, guess.role, &RoleGuess::role) != chosen.end();
    if (role_taken || !tables_taken.insert(guess.table).second) continue;
    chosen.push_back(std::move(guess));
  }
  derive_masters(tables, chosen);
  for (RoleGuess& guess : chosen) {
    add_value_rules(tables[guess.table], *find_role(guess.role), guess);
    add_key(tables[guess.table], *find_role(guess.role), guess);
  }
  std::ranges::stable_sort(chosen, {}, [](const RoleGuess& guess) {
    return find_role(guess.role) - all_roles().data();
  });
  return chosen;
}

}  // namespace coterie::data
