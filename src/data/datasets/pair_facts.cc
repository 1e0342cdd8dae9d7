#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "data/datasets/pair_facts_internal.h"
#include "data/datasets/sources_internal.h"

namespace coterie::data {
namespace {

constexpr int64_t kMostMoney = 999'999'999'999'999'999;  // DECIMAL(18, ...)

}  // namespace

// What the facts of one pair add up to.
class PairFacts::Sums {
 public:
  explicit Sums(const PairFacts& facts)
      : from_(facts), bought_(facts.facts_, facts.decay_), other_(facts.facts_, facts.decay_) {}

  void add(const Purchase& fact) {
    if (fact.price != parquet::kNullInteger) {
      has_price_ = true;
      spent_ += Wide{fact.price} * fact.quantity;
    }
    kept_units_ += fact.quantity;
    if (fact.quantity <= 0) return;
    bought_units_ += fact.quantity;
    ++lines_;
    first_ = lines_ == 1 ? fact.day : std::min(first_, fact.day);
    last_ = std::max(last_, fact.day);
    // Without returns there is no share to multiply with, and one sum is exact.
    (from_.facts_.has_returns ? bought_ : other_).add(from_.bought_terms_[age(fact.day)]);
  }

  void add(const Interaction& fact) {
    last_met_ = std::max(last_met_, fact.day);
    const Kind& kind = from_.known_kinds_[fact.kind];
    other_.add(kind.terms[age(fact.day)]);
    units_ += kind.units;
  }

  // False: the money does not fit.
  bool finish(int64_t buy_units, PairRow& row) {
    const bool returned = from_.facts_.has_returns && kept_units_ <= 0;
    row.purchases = returned ? 0 : lines_;
    row.spent = has_price_ ? static_cast<int64_t>(spent_) : parquet::kNullInteger;
    row.first_bought = first_;
    row.last_bought = last_;
    const int32_t met = last_ != kNoDay ? last_ : last_met_;
    row.recency = met == kNoDay ? kNoDay : from_.facts_.today - met;
    row.score = other_.total();
    if (from_.facts_.has_returns && bought_units_ > 0 && !returned)
      row.score +=
          bought_.total() * (static_cast<double>(kept_units_) / static_cast<double>(bought_units_));
    row.engagement = row.purchases * buy_units + units_;
    const bool fits = spent_ >= -kMostMoney && spent_ <= kMostMoney;
    clear();
    return fits;
  }

 private:
  __extension__ using Wide = __int128;

  size_t age(int32_t day) const { return static_cast<size_t>(from_.facts_.today - day); }

  void clear() {
    bought_.clear();
    other_.clear();
    spent_ = 0;
    has_price_ = false;
    kept_units_ = bought_units_ = lines_ = units_ = 0;
    first_ = last_ = last_met_ = kNoDay;
  }

  const PairFacts& from_;
  DecaySum bought_, other_;
  Wide spent_ = 0;
  bool has_price_ = false;
  int64_t kept_units_ = 0, bought_units_ = 0, lines_ = 0, units_ = 0;
  int32_t first_ = kNoDay, last_ = kNoDay, last_met_ = kNoDay;
};

Result<PairFacts> PairFacts::create(const Facts& facts, CustomerBuckets buckets, int64_t articles) {
  ASSIGN_OR_RETURN(const DecayPlan decay, plan_decay(facts));
  return PairFacts(facts, buckets, articles, decay);
}

PairFacts::PairFacts(const Facts& facts, CustomerBuckets buckets, int64_t articles, DecayPlan decay)
    : facts_(facts),
      customers_(buckets),
      article_bits_(std::bit_width(static_cast<uint64_t>(std::max<int64_t>(1, articles)))),
      decay_(decay),
      purchases_(buckets.count()),
      others_(buckets.count()),
      bought_terms_(decay_terms(facts, decay, facts.weights.at("buy"))) {}

Status PairFacts::read(Connection& connection, const std::string& scope) {
  RETURN_IF_ERROR(read_purchases(connection, scope));
  counting_ = interaction_kinds(facts_);
  if (!counting_.empty()) RETURN_IF_ERROR(read_events(connection, scope));
  // These roles yield rows only where events of their kind do not count.
  counting_.insert({"cart", "wishlist"});
  return read_other_roles(connection, scope);
}

Status PairFacts::read_purchases(Connection& connection, const std::string& scope) {
  const std::string purchases = purchases_sql(facts_, scope);
  if (purchases.empty()) return {};
  return connection.for_each_chunk(
      fmt::format("SELECT customer_id, article_id, day, quantity, price FROM ({}) WHERE "
                  "customer_id IS NOT NULL AND article_id IS NOT NULL",
                  purchases),
      [&](const Chunk& chunk) -> Status {
        const ColumnView customers = chunk.column(0), articles = chunk.column(1);
        const ColumnView days = chunk.column(2), quantities = chunk.column(3);
        const ColumnView prices = chunk.column(4);
        for (int64_t i = 0; i < chunk.rows(); ++i) {
          const auto customer = static_cast<int32_t>(customers.as_int(i));
          purchases_[customers_.of(customer)].push(
              {quantities.as_int(i), prices.is_null(i) ? parquet::kNullInteger : prices.as_int(i),
               customer, static_cast<int32_t>(articles.as_int(i)), days.as_days(i)});
        }
        return {};
      });
}

Status PairFacts::read_events(Connection& connection, const std::string& scope) {
  return connection.for_each_chunk(events_of_articles_sql(facts_, scope),
                                   [&](const Chunk& chunk) -> Status {
                                     add_interactions(chunk);
                                     return {};
                                   });
}

Status PairFacts::read_other_roles(Connection& connection, const std::string& scope) {
  const std::string others = role_interactions_sql(facts_, scope);
  if (others.empty()) return {};
  return connection.for_each_chunk(
      fmt::format("SELECT customer_id, article_id, day, kind FROM ({})", others),
      [&](const Chunk& chunk) -> Status {
        add_interactions(chunk);
        return {};
      });
}

void PairFacts::add_interactions(const Chunk& chunk) {
  const ColumnView customers = chunk.column(0), articles = chunk.column(1);
  const ColumnView days = chunk.column(2), kinds = chunk.column(3);
  for (int64_t i = 0; i < chunk.rows(); ++i) {
    if (kinds.is_null(i)) continue;
    const uint32_t kind = kinds_.encode(kinds.as_text(i));
    if (!counts(kind)) continue;
    const auto customer = static_cast<int32_t>(customers.as_int(i));
    others_[customers_.of(customer)].push(
        {customer, static_cast<int32_t>(articles.as_int(i)), days.as_days(i), kind});
  }
}

bool PairFacts::counts(uint32_t kind) {
  if (kind < known_kinds_.size()) return known_kinds_[kind].counts;
  Kind& known = known_kinds_.emplace_back();
  const std::string name(kinds_.texts().at(kind));
  known.counts = counting_.contains(name);
  if (!known.counts) return false;
  const double weight = facts_.weights.at(name);
  known.units = weight_units(weight);
  known.terms = decay_terms(facts_, decay_, weight);
  return true;
}

// Purchases first, then the others, by pair: `row` counts through both.
std::vector<SortedRow> PairFacts::in_order(const RowBlocks<Purchase>& purchases,
                                           const RowBlocks<Interaction>& others) const {
  std::vector<SortedRow> order(purchases.size() + others.size());
  const auto key = [&](const auto& fact) {
    return uint64_t{static_cast<uint32_t>(fact.customer)} << article_bits_ |
           static_cast<uint32_t>(fact.article);
  };
  for (size_t i = 0; i < purchases.size(); ++i)
    order[i] = {key(purchases[i]), static_cast<uint32_t>(i)};
  for (size_t i = 0; i < others.size(); ++i) {
    const size_t place = purchases.size() + i;
    order[place] = {key(others[i]), static_cast<uint32_t>(place)};
  }
  std::vector<SortedRow> scratch;
  radix_sort(order, scratch);
  return order;
}

Result<std::vector<PairRow>> PairFacts::sum(int64_t bucket) {
  auto& purchases = purchases_[static_cast<size_t>(bucket)];
  auto& others = others_[static_cast<size_t>(bucket)];
  const std::vector<SortedRow> order = in_order(purchases, others);
  const int64_t buy_units = weight_units(facts_.weights.at("buy"));
  std::vector<PairRow> pairs;
  Sums sums(*this);
  for (size_t i = 0; i < order.size(); ++i) {
    const size_t row = order[i].row;
    if (row < purchases.size()) {
      sums.add(purchases[row]);
    } else {
      sums.add(others[row - purchases.size()]);
    }
    if (i + 1 < order.size() && order[i + 1].key == order[i].key) continue;
    PairRow& pair = pairs.emplace_back();
    pair.customer = static_cast<int32_t>(order[i].key >> article_bits_);
    pair.article = static_cast<int32_t>(order[i].key & ((uint64_t{1} << article_bits_) - 1));
    if (!sums.finish(buy_units, pair))
      return invalid_input(
                 "dataset A: the money that a customer spent on one article has over 18 digits")
          .with_mend("check the prices in the source");
  }
  purchases.release();
  others.release();
  return pairs;
}

}  // namespace coterie::data
