#include "synth/retail_sessions.h"

#include <algorithm>
#include <array>

#include "math/random_distributions.h"
#include "synth/people.h"

namespace coterie::synth {
namespace {

constexpr Micros kSecond = kMicrosPerSecond;
constexpr double kMeanGap = 35;  // seconds between two events
constexpr double kLongestGap = 300;
constexpr Micros kLongestPurchase = int64_t{2} * 3600 * kSecond;
constexpr Micros kLongestBrowse = int64_t{40} * 60 * kSecond;
constexpr Micros kPause = int64_t{10} * 60 * kSecond;  // at least, between two sessions

constexpr double kOtherStops = 2.6;     // articles looked at beside those bought
constexpr double kBrowseStops = 0.9;    // beyond the first
constexpr double kInterestDays = 12;    // how long before a purchase it shows
constexpr double kInterestShare = 0.6;  // of browsing sessions within that time
constexpr double kPreferredDevice = 0.85;
constexpr double kHomeTown = 0.93;

// Shares of stops that go on to each further kind of event.
struct Funnel {
  double click, wish, cart;
};
constexpr Funnel kBoughtFunnel = {0.85, 0.02, 1.0};
constexpr Funnel kKeenFunnel = {0.60, 0.12, 0.15};
constexpr Funnel kOtherFunnel = {0.30, 0.05, 0.07};

// Draws one session's events; times are relative until the session is placed.
class SessionWriter {
 public:
  SessionWriter(Visits& out, math::RandomStream& stream) : out_(out), stream_(stream) {
    first_event_ = out.events.size();
    first_cart_ = out.carts.size();
    first_wish_ = out.wishes.size();
    add(-1, EventKind::kSessionStart);
  }

  void visit(const Visits::Stop& stop) {
    const bool bought = stop.quantity > 0;
    const Funnel& funnel = bought ? kBoughtFunnel : stop.keen ? kKeenFunnel : kOtherFunnel;
    step(stop.article, EventKind::kView);
    const bool clicked = stream_.chance(funnel.click);
    if (clicked) step(stop.article, EventKind::kClick);
    if (!clicked && !bought) return;
    if (stream_.chance(funnel.wish / funnel.click)) {
      step(stop.article, EventKind::kWishlist);
      out_.wishes.push_back({stop.article, now_});
    }
    if (!bought && !stream_.chance(funnel.cart / funnel.click)) return;
    step(stop.article, EventKind::kCart);
    const CartStatus status = bought                 ? CartStatus::kBought
                              : stream_.chance(0.35) ? CartStatus::kRemoved
                                                     : CartStatus::kAbandoned;
    out_.carts.push_back({stop.article, static_cast<uint32_t>(out_.sessions.size()),
                          std::max(stop.quantity, 1), now_, status});
  }

  void pay() {
    pause();
    for (const Visits::Stop& stop : out_.stops) {
      if (stop.quantity > 0) add(stop.article, EventKind::kBuy);
    }
  }

  // Squeezes the session into `longest` and moves it so that it starts, or ends, at `at`.
  void place(Session& session, Micros at, bool at_end, Micros longest) {
    const double squeeze =
        now_ > longest ? static_cast<double>(longest) / static_cast<double>(now_) : 1;
    const auto squeezed = [&](Micros time) {
      return static_cast<Micros>(static_cast<double>(time) * squeeze);
    };
    const Micros shift = at_end ? at - squeezed(now_) : at;
    const auto move = [&](Micros& time) { time = squeezed(time) + shift; };
    for (size_t i = first_event_; i < out_.events.size(); ++i) move(out_.events[i].at);
    for (size_t i = first_cart_; i < out_.carts.size(); ++i) move(out_.carts[i].at);
    for (size_t i = first_wish_; i < out_.wishes.size(); ++i) move(out_.wishes[i].at);
    session.first_event = static_cast<uint32_t>(first_event_);
    session.events = static_cast<uint32_t>(out_.events.size() - first_event_);
    session.started_at = out_.events[first_event_].at;
    session.ended_at = out_.events.back().at;
  }

 private:
  void add(int32_t article, EventKind kind) { out_.events.push_back({now_, article, kind}); }
  void pause() {
    const double gap = std::min(math::exponential(stream_, 1 / kMeanGap), kLongestGap);
    now_ += 1000 * static_cast<Micros>(500 + 1000 * gap);
  }
  void step(int32_t article, EventKind kind) {
    pause();
    add(article, kind);
  }

  Visits& out_;
  math::RandomStream& stream_;
  size_t first_event_, first_cart_, first_wish_;
  Micros now_ = 0;
};

void plan_sessions(const RetailWorld& world, const Customer& customer, const Purchases& purchases,
                   math::RandomStream& stream, Visits& out) {
  out.plans.clear();
  for (size_t b = 0; b < purchases.baskets.size(); ++b) {
    const Basket& basket = purchases.baskets[b];
    if (basket.online) out.plans.push_back({basket.at, static_cast<int32_t>(b)});
  }
  const double from = world.calendar.before(customer.active_from);
  const double until = world.calendar.before(customer.active_until);
  const int64_t browses = math::poisson(stream, customer.browse_rate * (until - from));
  for (int64_t i = 0; i < browses; ++i) {
    const int32_t day = std::clamp(world.calendar.day_at(stream.uniform(from, until)),
                                   customer.active_from, customer.active_until - 1);
    out.plans.push_back({world.scale.midnight(day) + draw_second(true, stream) * kSecond, -1});
  }
  std::ranges::sort(out.plans, {}, &Visits::Plan::at);
}

// Whether a browsing session planned at `i` keeps clear of the purchase that follows it; what comes
// before is known when its turn comes.
bool clear_of_next(const std::vector<Visits::Plan>& plans, size_t i) {
  const Micros clear_at = plans[i].at + kLongestPurchase + kLongestBrowse + kPause;
  for (size_t next = i + 1; next < plans.size() && plans[next].at <= clear_at; ++next) {
    if (plans[next].basket >= 0) return false;
  }
  return true;
}

// An article that is bought within the next days, or -1.
int32_t coming_purchase(const Purchases& purchases, Micros at, int32_t day,
                        const RetailWorld& world, math::RandomStream& stream) {
  const auto next = std::ranges::upper_bound(purchases.baskets, at, {}, &Basket::at);
  if (next == purchases.baskets.end()) return -1;
  if (next->at - at > static_cast<Micros>(kInterestDays) * kMicrosPerDay) return -1;
  if (!stream.chance(kInterestShare)) return -1;
  const auto lines = purchases.lines_of(*next);
  const int32_t article = lines[stream.below(static_cast<uint32_t>(lines.size()))].article;
  return world.catalogue.articles[static_cast<size_t>(article)].launch_day <= day ? article : -1;
}

void choose_stops(const RetailWorld& world, const Customer& customer, const Purchases& purchases,
                  const Visits::Plan& plan, math::RandomStream& stream, Visits& out) {
  out.stops.clear();
  const auto day = static_cast<int32_t>((plan.at - world.scale.midnight(0)) / kMicrosPerDay);
  const int32_t week = world.scale.week_of(day);
  int64_t others = 0;
  if (plan.basket >= 0) {
    const Basket& basket = purchases.baskets[static_cast<size_t>(plan.basket)];
    for (const Line& line : purchases.lines_of(basket)) {
      out.stops.push_back({line.article, line.quantity, false});
    }
    others = math::poisson(stream, kOtherStops);
  } else {
    const int32_t keen = coming_purchase(purchases, plan.at, day, world, stream);
    if (keen >= 0) out.stops.push_back({keen, 0, true});
    others = (keen < 0 ? 1 : 0) + math::geometric(stream, 1 / (1 + kBrowseStops));
  }
  const int style = draw_style(customer, stream);
  for (int64_t i = 0; i < std::min<int64_t>(others, 40); ++i) {
    const int32_t article = draw_article(world, week, style, stream);
    if (article < 0) continue;
    if (world.catalogue.articles[static_cast<size_t>(article)].launch_day > day) continue;
    out.stops.push_back({article, 0, false});
  }
  for (size_t i = out.stops.size(); i > 1; --i) {
    std::swap(out.stops[i - 1], out.stops[stream.below(static_cast<uint32_t>(i))]);
  }
}

void choose_place(const Customer& customer, math::RandomStream& stream, Session& session) {
  constexpr std::array<double, kChannels> kMobile = {0.55, 0.77, 0.87, 0.95, 1};
  constexpr std::array<double, kChannels> kOthers = {0.05, 0.60, 0.75, 0.80, 1};
  session.device =
      stream.chance(kPreferredDevice) ? customer.device : static_cast<int>(stream.below(kDevices));
  const auto& shares = session.device == 0 ? kMobile : kOthers;
  session.channel = static_cast<int>(std::ranges::upper_bound(shares, stream.uniform() * 0.999999) -
                                     shares.begin());
  const auto& towns = countries()[static_cast<size_t>(customer.country)].towns;
  session.town = stream.chance(kHomeTown)
                     ? customer.town
                     : static_cast<int>(stream.below(static_cast<uint32_t>(towns.size())));
}

}  // namespace

std::string_view event_kind_name(EventKind kind) {
  constexpr std::array<std::string_view, kEventKinds> kNames = {"view", "click", "wishlist",
                                                                "cart", "buy",   "session_start"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view channel_name(int channel) {
  constexpr std::array<std::string_view, kChannels> kNames = {"app", "web", "email", "social",
                                                              "search"};
  return kNames[static_cast<size_t>(channel)];
}

std::string_view cart_status_name(CartStatus status) {
  constexpr std::array<std::string_view, 3> kNames = {"bought", "removed", "abandoned"};
  return kNames[static_cast<size_t>(status)];
}

void draw_visits(const RetailWorld& world, int64_t index, const Customer& customer,
                 const Purchases& purchases, Visits& out) {
  out.sessions.clear();
  out.events.clear();
  out.carts.clear();
  out.wishes.clear();
  if (customer.active_until <= customer.active_from) return;
  math::RandomStream stream = world.scale.stream(Purpose::kBrowse, index);
  plan_sessions(world, customer, purchases, stream, out);
  Micros free_from = INT64_MIN;
  for (size_t i = 0; i < out.plans.size(); ++i) {
    const Visits::Plan& plan = out.plans[i];
    const bool buys = plan.basket >= 0;
    if (!buys && (plan.at < free_from || !clear_of_next(out.plans, i))) continue;
    choose_stops(world, customer, purchases, plan, stream, out);
    Session session;
    session.basket = plan.basket;
    choose_place(customer, stream, session);
    SessionWriter writer(out, stream);
    for (const Visits::Stop& stop : out.stops) writer.visit(stop);
    if (buys) writer.pay();
    writer.place(session, plan.at, buys, buys ? kLongestPurchase : kLongestBrowse);
    free_from = session.ended_at + kPause;
    out.sessions.push_back(session);
  }
}

}  // namespace coterie::synth
