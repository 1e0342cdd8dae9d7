#include "synth/retail_block.h"

#include <algorithm>

#include <fmt/format.h>

#include "math/random_distributions.h"
#include "synth/people.h"

namespace coterie::synth {
namespace {

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

BlockWriter::BlockWriter(const RetailWorld& world, const RetailTexts& texts, SalesLedger& ledger,
                         OutputFolder& output)
    : world_(world), texts_(texts), ledger_(ledger), output_(output), t_(texts, world.catalogue) {
  const auto any = [&](std::initializer_list<const char*> names) {
    return std::ranges::any_of(names, [&](const char* name) { return output.wants(name); });
  };
  want_visits_ = any({"cart", "wishlist", "events", "sessions"});
  want_aftermath_ = any({"transactions", "orders", "reviews", "truth/reviews"});
  want_purchases_ = want_visits_ || want_aftermath_ || any({"order_items", "stock", "items"});
}

Status BlockWriter::write(int64_t begin, int64_t end, int64_t part) {
  t_.clear();
  for (int64_t index = begin; index < end; ++index) add_customer(index);
  for (const TableBuffer* table : t_.all()) {
    RETURN_IF_ERROR(output_.write(*table, part));
  }
  return {};
}

void BlockWriter::add_customer(int64_t index) {
  const Customer customer = world_.customers.make(index);
  customer_code_ = t_.customer_ids.add(world_.customers.id(index));
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
  add_transactions();
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
  RowWriter(t_.customers)
      .text(customer_code_)
      .text(t_.first_names.add(person.first_name))
      .text(t_.last_names.add(person.last_name))
      .text(t_.emails.add(email_of(person, stream)))
      .integer(customer.age < 0 ? kNullInteger : customer.age)
      .integer(world_.scale.date_of(customer.signup_day))
      .text(club)
      .text(news)
      .text(static_cast<uint32_t>(customer.country))
      .text(t_.postal_codes.add(fmt::format("{}", postal)));
}

void BlockWriter::add_truth(const Customer& customer) {
  const RetailScale& scale = world_.scale;
  RowWriter row(t_.truth_customers);
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
  first_order_code_ = t_.order_ids.size();
  for (uint32_t b = 0; b < purchases_.baskets.size(); ++b) {
    const Basket& basket = purchases_.baskets[b];
    if (!basket.online) continue;
    const uint32_t order = add_id(t_.order_ids, 'O', index, b);
    const auto returned =
        static_cast<size_t>(std::ranges::count(aftermath_.returns, b, &Return::basket));
    int64_t total = 0;
    for (const Line& line : purchases_.lines_of(basket)) {
      total += int64_t{line.price} * line.quantity;
      RowWriter(t_.order_items)
          .text(order)
          .text(static_cast<uint32_t>(line.article))
          .integer(line.quantity)
          .integer(line.price);
    }
    RowWriter(t_.orders)
        .text(order)
        .text(customer_code_)
        .integer(basket.at)
        .text(order_status(world_.scale, basket, returned))
        .integer(total)
        .text(1);
  }
}

void BlockWriter::add_transactions() {
  std::vector<uint32_t> order_codes;  // by basket
  uint32_t next_order = first_order_code_;
  const auto add = [&](const Basket& basket, uint32_t order, const Line& line, Micros at,
                       int64_t quantity) {
    RowWriter(t_.transactions)
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
  const uint32_t first_session = t_.session_ids.size();
  const uint32_t first_town = texts_.first_town[static_cast<size_t>(customer.country)];
  for (size_t s = 0; s < visits_.sessions.size(); ++s) {
    const Session& session = visits_.sessions[s];
    const uint32_t id = add_id(t_.session_ids, 'S', index, s);
    const auto device = static_cast<uint32_t>(session.device);
    const auto channel = static_cast<uint32_t>(session.channel);
    const uint32_t town = first_town + static_cast<uint32_t>(session.town);
    RowWriter(t_.sessions)
        .text(id)
        .text(customer_code_)
        .integer(session.started_at)
        .integer(session.ended_at)
        .text(device)
        .text(town)
        .text(channel);
    for (uint32_t e = 0; e < session.events; ++e) {
      const Event& event = visits_.events[session.first_event + e];
      RowWriter(t_.events)
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
    RowWriter(t_.cart)
        .text(customer_code_)
        .text(static_cast<uint32_t>(entry.article))
        .text(first_session + entry.session)
        .integer(entry.quantity)
        .integer(entry.at)
        .text(static_cast<uint32_t>(entry.status));
  }
  for (const Wish& wish : visits_.wishes) {
    RowWriter(t_.wishlist)
        .text(customer_code_)
        .text(static_cast<uint32_t>(wish.article))
        .integer(wish.at);
  }
}

void BlockWriter::add_reviews(int64_t index) {
  for (size_t r = 0; r < aftermath_.reviews.size(); ++r) {
    const Review& review = aftermath_.reviews[r];
    const uint32_t id = add_id(t_.review_ids, 'R', index, r);
    RowWriter(t_.reviews)
        .text(id)
        .text(customer_code_)
        .text(static_cast<uint32_t>(review.article))
        .real(review.rating)
        .text(t_.review_texts.add(review.text))
        .integer(review.helpful_votes)
        .integer(review.total_votes)
        .integer(review.at);
    std::string said;
    for (const int aspect : review.said) {
      if (!said.empty()) said += ',';
      said += aspect_name(static_cast<Aspect>(aspect));
    }
    RowWriter row(t_.truth_reviews);
    row.text(id).real(review.experience).text(t_.said.add(said)).integer(review.abusive ? 1 : 0);
    for (const double aspect : review.aspects) row.real(aspect);
  }
}

}  // namespace coterie::synth
