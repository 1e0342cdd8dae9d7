#pragma once
// One customer's visits to the online store: what is looked at, clicked, wished, put into the cart
// and bought. Every online basket ends a session; other sessions only browse, often at what is
// bought within the next days, online or in a shop.

#include <cstdint>
#include <string_view>
#include <vector>

#include "synth/retail_purchases.h"
#include "synth/retail_world.h"

namespace coterie::synth {

enum class EventKind : uint8_t { kView, kClick, kWishlist, kCart, kBuy, kSessionStart };
inline constexpr int kEventKinds = 6;
std::string_view event_kind_name(EventKind kind);

inline constexpr int kChannels = 5;
std::string_view channel_name(int channel);  // app, web, email, social, search

enum class CartStatus : uint8_t { kBought, kRemoved, kAbandoned };
std::string_view cart_status_name(CartStatus status);

struct Event {
  Micros at = 0;
  int32_t article = -1;  // -1 for session_start
  EventKind kind = EventKind::kSessionStart;
};

struct Session {
  Micros started_at = 0, ended_at = 0;
  int device = 0, channel = 0, town = 0;
  int32_t basket = -1;  // index into Purchases::baskets, or -1
  uint32_t first_event = 0, events = 0;
};

struct CartEntry {
  int32_t article = 0;
  uint32_t session = 0;  // of the customer
  int32_t quantity = 1;
  Micros at = 0;
  CartStatus status = CartStatus::kBought;
};

struct Wish {
  int32_t article = 0;
  Micros at = 0;
};

// Sessions ascend and do not overlap; events ascend inside each. Buffers are reused.
struct Visits {
  std::vector<Session> sessions;
  std::vector<Event> events;
  std::vector<CartEntry> carts;
  std::vector<Wish> wishes;

  // Scratch of draw_visits.
  struct Stop {
    int32_t article = 0;
    int32_t quantity = 0;  // > 0: bought
    bool keen = false;     // will be bought soon
  };
  struct Plan {
    Micros at = 0;  // the order's time, or the start of a browsing session
    int32_t basket = -1;
  };
  std::vector<Plan> plans;
  std::vector<Stop> stops;
};

void draw_visits(const RetailWorld& world, int64_t index, const Customer& customer,
                 const Purchases& purchases, Visits& out);

}  // namespace coterie::synth
