#include "synth/retail_block.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "math/random_distributions.h"
#include "synth/people.h"

namespace coterie::synth {
namespace {

using enum ColumnType;

constexpr std::array<std::string_view, 4> kOrderStatuses = {"placed", "paid", "shipped",
                                                            "returned"};
constexpr std::array<std::string_view, 3> kClubStatuses = {"ACTIVE", "PRE-CREATE", "LEFT CLUB"};
constexpr std::array<std::string_view, 3> kNewsFrequencies = {"NONE", "Regularly", "Monthly"};

void fill(TextTable& table, std::span<const std::string_view> texts) {
  for (const std::string_view text : texts) table.add(text);
}

// "S000a1f20003": a letter, seven digits of the customer's number, four of its own.
uint32_t add_id(TextTable& table, char letter, int64_t customer, size_t number) {
  return table.add(fmt::format("{}{:07x}{:04x}", letter, customer, number));
}

uint32_t order_status(const RetailScale& scale, const Basket& basket, size_t returned) {
  if (returned == basket.lines) return 3;
  const int32_t age = scale.days - 1 - basket.day;
  return age == 0 ? 0 : age == 1 ? 1 : 2;
}

}  // namespace

RetailTexts::RetailTexts() {
  for (int k = 0; k < kEventKinds; ++k) event_kinds.add(event_kind_name(static_cast<EventKind>(k)));
  for (int k = 0; k < kChannels; ++k) channels.add(channel_name(k));
  for (int k = 0; k < kDevices; ++k) devices.add(device_name(k));
  for (int k = 0; k < 3; ++k) cart_statuses.add(cart_status_name(static_cast<CartStatus>(k)));
  fill(order_statuses, kOrderStatuses);
  fill(sales_channels, std::array<std::string_view, 2>{"1", "2"});
  fill(club_statuses, kClubStatuses);
  fill(news_frequencies, kNewsFrequencies);
  for (const Segment& segment : coterie::synth::segments()) segments.add(segment.name);
  for (const Country& country : coterie::synth::countries()) {
    countries.add(country.code);
    first_town.push_back(towns.size());
    fill(towns, country.towns);
  }
}

SalesLedger::SalesLedger(const RetailScale& scale, const Catalogue& catalogue) {
  size_t total = 0;
  for (const Article& article : catalogue.articles) {
    const int32_t first = std::clamp(article.launch_day, 0, scale.days);
    const int32_t end = std::clamp(article.end_day, first, scale.days);
    entries_.push_back({first, end - first, total});
    total += static_cast<size_t>(end - first);
  }
  units_ = std::vector<std::atomic<uint32_t>>(total);
}

void SalesLedger::add(int32_t article, int32_t day, int32_t units) {
  const Entry& entry = entries_[static_cast<size_t>(article)];
  units_[entry.offset + static_cast<size_t>(day - entry.first)].fetch_add(
      static_cast<uint32_t>(units), std::memory_order_relaxed);
}

int64_t SalesLedger::units(int32_t article, int32_t day) const {
  const Entry& entry = entries_[static_cast<size_t>(article)];
  return units_[entry.offset + static_cast<size_t>(day - entry.first)].load(
      std::memory_order_relaxed);
}

std::vector<std::string> BlockWriter::tables() {
  return {"customers", "transactions", "orders",   "order_items",     "cart",         "wishlist",
          "reviews",   "events",       "sessions", "truth/customers", "truth/reviews"};
}

BlockWriter::BlockWriter(const RetailWorld& world, const RetailTexts& texts, SalesLedger& ledger,
                         OutputFolder& output)
    : world_(world), texts_(texts), ledger_(ledger), output_(output) {
  const auto any = [&](std::initializer_list<const char*> names) {
    return std::ranges::any_of(names, [&](const char* name) { return output.wants(name); });
  };
  want_visits_ = any({"cart", "wishlist", "events", "sessions"});
  want_aftermath_ = any({"transactions", "orders", "reviews", "truth/reviews"});
  want_purchases_ = want_visits_ || want_aftermath_ || any({"order_items", "stock", "items"});
  declare_columns();
}

void BlockWriter::declare_columns() {
  const TextTable& articles = world_.catalogue.ids;
  const auto customer = [&] { return text_column("customer_id", customer_ids_); };
  const auto article = [&] { return text_column("article_id", articles); };
  const auto created = [] { return column_of("created_at", kTimestamp); };
  customers_ = {
      "customers",
      {customer(), text_column("first_name", first_names_), text_column("last_name", last_names_),
       text_column("email", emails_), column_of("age", kInteger, true),
       column_of("signup_date", kDate),
       text_column("club_member_status", texts_.club_statuses, true),
       text_column("fashion_news_frequency", texts_.news_frequencies, true),
       text_column("country", texts_.countries), text_column("postal_code", postal_codes_)}};
  transactions_ = {
      "transactions",
      {column_of("t_dat", kTimestamp), customer(), article(), column_of("price", kMoney),
       column_of("quantity", kInteger), text_column("sales_channel_id", texts_.sales_channels),
       text_column("order_id", order_ids_, true)}};
  orders_ = {"orders",
             {text_column("order_id", order_ids_), customer(), created(),
              text_column("status", texts_.order_statuses), column_of("total_amount", kMoney),
              text_column("sales_channel_id", texts_.sales_channels)}};
  order_items_ = {"order_items",
                  {text_column("order_id", order_ids_), article(), column_of("quantity", kInteger),
                   column_of("price", kMoney)}};
  cart_ = {
      "cart",
      {customer(), article(), text_column("session_id", session_ids_),
       column_of("quantity", kInteger), created(), text_column("status", texts_.cart_statuses)}};
  wishlist_ = {"wishlist", {customer(), article(), created()}};
  reviews_ = {
      "reviews",
      {text_column("review_id", review_ids_), customer(), article(), column_of("rating", kReal),
       text_column("review_text", review_texts_), column_of("helpful_votes", kInteger),
       column_of("total_votes", kInteger), created()}};
  events_ = {
      "events",
      {customer(), text_column("session_id", session_ids_),
       text_column("event_type", texts_.event_kinds), text_column("article_id", articles, true),
       created(), text_column("device", texts_.devices), text_column("location", texts_.towns),
       text_column("channel", texts_.channels)}};
  sessions_ = {
      "sessions",
      {text_column("session_id", session_ids_), customer(), column_of("started_at", kTimestamp),
       column_of("ended_at", kTimestamp), text_column("device", texts_.devices),
       text_column("location", texts_.towns), text_column("channel", texts_.channels)}};
  truth_reviews_ = {"truth/reviews",
                    {text_column("review_id", review_ids_), column_of("experience", kReal),
                     text_column("aspects_said", said_), column_of("abusive", kBool)}};
  for (int k = 0; k < kAspects; ++k) {
    truth_reviews_.columns.push_back(
        column_of(fmt::format("aspect_{}", aspect_name(static_cast<Aspect>(k))), kFloat));
  }
  truth_customers_ = {"truth/customers",
                      {customer(), text_column("segment", texts_.segments),
                       column_of("active_from", kDate), column_of("churned_on", kDate, true),
                       column_of("baskets_a_day", kReal), column_of("basket_articles", kReal),
                       column_of("price_sensitivity", kReal), column_of("online_share", kReal),
                       column_of("browsing_a_day", kReal), column_of("review_rate", kReal)}};
  for (int k = 1; k <= kCustomerStyles; ++k) {
    truth_customers_.columns.push_back(column_of(fmt::format("style_{}", k), kInteger, true));
    truth_customers_.columns.push_back(column_of(fmt::format("style_{}_share", k), kFloat));
  }
  for (int k = 0; k < kLatent; ++k) {
    truth_customers_.columns.push_back(column_of(fmt::format("taste_{:02d}", k), kFloat));
  }
}

void BlockWriter::clear() {
  for (TextTable* texts : {&customer_ids_, &session_ids_, &order_ids_, &review_ids_, &first_names_,
                           &last_names_, &emails_, &postal_codes_, &review_texts_, &said_}) {
    texts->clear();
  }
  for (TableBuffer* table :
       {&customers_, &transactions_, &orders_, &order_items_, &cart_, &wishlist_, &reviews_,
        &events_, &sessions_, &truth_customers_, &truth_reviews_}) {
    table->clear();
  }
}

Status BlockWriter::write(int64_t begin, int64_t end, int64_t part) {
  clear();
  for (int64_t index = begin; index < end; ++index) add_customer(index);
  for (const TableBuffer* table :
       {&customers_, &transactions_, &orders_, &order_items_, &cart_, &wishlist_, &reviews_,
        &events_, &sessions_, &truth_customers_, &truth_reviews_}) {
    RETURN_IF_ERROR(output_.write(*table, part));
  }
  return {};
}

void BlockWriter::add_customer(int64_t index) {
  const Customer customer = world_.customers.make(index);
  customer_code_ = customer_ids_.add(world_.customers.id(index));
  add_person(index, customer);
  add_truth(customer);
  if (!want_purchases_) return;
  draw_purchases(world_, index, customer, purchases_);
  for (const Basket& basket : purchases_.baskets) {
    for (const Line& line : purchases_.lines_of(basket)) {
      ledger_.add(line.article, basket.day, line.quantity);
    }
  }
  if (want_aftermath_) draw_aftermath(world_, index, customer, purchases_, aftermath_);
  add_orders(index);
  add_transactions(index);
  add_reviews(index);
  if (want_visits_) add_visits(index, customer);
}

void BlockWriter::add_person(int64_t index, const Customer& customer) {
  math::RandomStream stream = world_.scale.stream(Purpose::kPerson, index);
  const Country& country = countries()[static_cast<size_t>(customer.country)];
  const Person person = draw_person(country, customer.woman, stream);
  const double status = stream.uniform();
  const double left = customer.churned ? 0.25 : 0.004;
  uint32_t club = status < left ? 2 : status < left + 0.06 ? 1 : 0;
  if (stream.chance(0.004)) club = kNullText;
  // Who buys often reads the newsletter more.
  const double reads = std::min(0.22 + 3 * customer.rate, 0.75);
  const double news_draw = stream.uniform();
  uint32_t news = news_draw < reads ? 1 : news_draw < reads + 0.02 ? 2 : 0;
  if (stream.chance(0.010)) news = kNullText;
  const uint32_t postal = 10'000 + stream.below(89'999);
  RowWriter(customers_)
      .text(customer_code_)
      .text(first_names_.add(person.first_name))
      .text(last_names_.add(person.last_name))
      .text(emails_.add(email_of(person, stream)))
      .integer(customer.age < 0 ? kNullInteger : customer.age)
      .integer(world_.scale.date_of(customer.signup_day))
      .text(club)
      .text(news)
      .text(static_cast<uint32_t>(customer.country))
      .text(postal_codes_.add(fmt::format("{}", postal)));
}

void BlockWriter::add_truth(const Customer& customer) {
  const RetailScale& scale = world_.scale;
  RowWriter row(truth_customers_);
  row.text(customer_code_)
      .text(static_cast<uint32_t>(customer.segment))
      .integer(scale.date_of(customer.active_from))
      .integer(customer.churned ? scale.date_of(customer.active_until) : kNullInteger)
      .real(customer.rate)
      .real(customer.basket_articles)
      .real(customer.sensitivity)
      .real(customer.online_share)
      .real(customer.browse_rate)
      .real(customer.review_rate);
  std::array<double, kLatent> taste{};
  for (int k = 0; k < kCustomerStyles; ++k) {
    const auto i = static_cast<size_t>(k);
    const bool has = k < customer.style_count;
    row.integer(has ? customer.styles[i] : kNullInteger).real(has ? customer.style_weights[i] : 0);
    if (!has) continue;
    const Latent& centre = world_.tastes.styles()[static_cast<size_t>(customer.styles[i])].centre;
    for (size_t d = 0; d < kLatent; ++d) taste[d] += customer.style_weights[i] * centre[d];
  }
  for (const double x : taste) row.real(x);
}

void BlockWriter::add_orders(int64_t index) {
  first_order_code_ = order_ids_.size();
  for (uint32_t b = 0; b < purchases_.baskets.size(); ++b) {
    const Basket& basket = purchases_.baskets[b];
    if (!basket.online) continue;
    const uint32_t order = add_id(order_ids_, 'O', index, b);
    const auto returned =
        static_cast<size_t>(std::ranges::count(aftermath_.returns, b, &Return::basket));
    int64_t total = 0;
    for (const Line& line : purchases_.lines_of(basket)) {
      total += int64_t{line.price} * line.quantity;
      RowWriter(order_items_)
          .text(order)
          .text(static_cast<uint32_t>(line.article))
          .integer(line.quantity)
          .integer(line.price);
    }
    RowWriter(orders_)
        .text(order)
        .text(customer_code_)
        .integer(basket.at)
        .text(order_status(world_.scale, basket, returned))
        .integer(total)
        .text(1);
  }
}

void BlockWriter::add_transactions(int64_t) {
  std::vector<uint32_t> order_codes;  // by basket
  uint32_t next_order = first_order_code_;
  const auto add = [&](const Basket& basket, uint32_t order, const Line& line, Micros at,
                       int64_t quantity) {
    RowWriter(transactions_)
        .integer(at)
        .text(customer_code_)
        .text(static_cast<uint32_t>(line.article))
        .integer(line.price)
        .integer(quantity)
        .text(basket.online ? 1 : 0)
        .text(order);
  };
  for (const Basket& basket : purchases_.baskets) {
    order_codes.push_back(basket.online ? next_order++ : kNullText);
    for (const Line& line : purchases_.lines_of(basket)) {
      add(basket, order_codes.back(), line, basket.at, line.quantity);
    }
  }
  for (const Return& back : aftermath_.returns) {
    const Line& line = purchases_.lines[back.line];
    add(purchases_.baskets[back.basket], order_codes[back.basket], line, back.at, -line.quantity);
  }
}

void BlockWriter::add_visits(int64_t index, const Customer& customer) {
  draw_visits(world_, index, customer, purchases_, visits_);
  const uint32_t first_session = session_ids_.size();
  const uint32_t first_town = texts_.first_town[static_cast<size_t>(customer.country)];
  for (size_t s = 0; s < visits_.sessions.size(); ++s) {
    const Session& session = visits_.sessions[s];
    const uint32_t id = add_id(session_ids_, 'S', index, s);
    const auto device = static_cast<uint32_t>(session.device);
    const auto channel = static_cast<uint32_t>(session.channel);
    const uint32_t town = first_town + static_cast<uint32_t>(session.town);
    RowWriter(sessions_)
        .text(id)
        .text(customer_code_)
        .integer(session.started_at)
        .integer(session.ended_at)
        .text(device)
        .text(town)
        .text(channel);
    for (uint32_t e = 0; e < session.events; ++e) {
      const Event& event = visits_.events[session.first_event + e];
      RowWriter(events_)
          .text(customer_code_)
          .text(id)
          .text(static_cast<uint32_t>(event.kind))
          .text(event.article < 0 ? kNullText : static_cast<uint32_t>(event.article))
          .integer(event.at)
          .text(device)
          .text(town)
          .text(channel);
    }
  }
  for (const CartEntry& entry : visits_.carts) {
    RowWriter(cart_)
        .text(customer_code_)
        .text(static_cast<uint32_t>(entry.article))
        .text(first_session + entry.session)
        .integer(entry.quantity)
        .integer(entry.at)
        .text(static_cast<uint32_t>(entry.status));
  }
  for (const Wish& wish : visits_.wishes) {
    RowWriter(wishlist_)
        .text(customer_code_)
        .text(static_cast<uint32_t>(wish.article))
        .integer(wish.at);
  }
}

void BlockWriter::add_reviews(int64_t index) {
  for (size_t r = 0; r < aftermath_.reviews.size(); ++r) {
    const Review& review = aftermath_.reviews[r];
    const uint32_t id = add_id(review_ids_, 'R', index, r);
    RowWriter(reviews_)
        .text(id)
        .text(customer_code_)
        .text(static_cast<uint32_t>(review.article))
        .real(review.rating)
        .text(review_texts_.add(review.text))
        .integer(review.helpful_votes)
        .integer(review.total_votes)
        .integer(review.at);
    std::string said;
    for (const int aspect : review.said) {
      if (!said.empty()) said += ',';
      said += aspect_name(static_cast<Aspect>(aspect));
    }
    RowWriter row(truth_reviews_);
    row.text(id).real(review.experience).text(said_.add(said)).integer(review.abusive ? 1 : 0);
    for (const double aspect : review.aspects) row.real(aspect);
  }
}

}  // namespace coterie::synth
