#pragma once
// Everything that all customers share: built once, then read by all threads.

#include "synth/retail_catalogue.h"
#include "synth/retail_customers.h"
#include "synth/retail_demand.h"
#include "synth/retail_prices.h"
#include "synth/retail_scale.h"
#include "synth/retail_tastes.h"

namespace coterie::synth {

// Immutable and neither copied nor moved (members refer to each other).
struct RetailWorld {
  RetailWorld(const RetailScale& resolved, ThreadPool& pool)
      : scale(resolved),
        tastes(scale),
        calendar(scale),
        catalogue(make_catalogue(scale, tastes, pool)),
        prices(scale, catalogue),
        availability(scale, catalogue),
        tables(scale, catalogue, prices, pool),
        customers(scale, tastes, calendar, pool) {}
  RetailWorld(const RetailWorld&) = delete;
  RetailWorld& operator=(const RetailWorld&) = delete;

  RetailScale scale;
  Tastes tastes;
  DemandCalendar calendar;
  Catalogue catalogue;
  PriceBook prices;
  Availability availability;
  DemandTables tables;
  CustomerModel customers;
};

}  // namespace coterie::synth
