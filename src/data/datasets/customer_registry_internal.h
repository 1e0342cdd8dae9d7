#pragma once
// The features of dataset C over different rows: one definition of each, for whoever asks as of any
// moment and for the builds of today.

#include <string>
#include <string_view>
#include <vector>

#include "data/datasets/facts_internal.h"

namespace coterie::data {

enum class CustomerRows {
  kOfAllTimes,  // sources are SELECTs over the stored tables
  kOfToday,     // sources are the tables today_table(), summed up as of today
  kKept,        // what customers did is in the table kKeptCustomers, by customer; what they said in
                // today_table(kAttributes)
};

// The table that holds the rows of a source (dataset_c_sources_internal.h) as of today.
inline std::string today_table(std::string_view source) { return "today_" + std::string(source); }
// customer_id and CustomerRegistry::kept.
inline constexpr std::string_view kKeptCustomers = "kept_customers";

struct CustomerRegistry {
  std::string text;                  // YAML, see features/registry/registry.h
  std::vector<std::string> members;  // of the service dataset_c, in the order of the table
  std::vector<std::string> kept;     // features that nothing but what the customer did decides
  // Features of no other use than that customers with nothing else are rows, too: those who said
  // something about themselves, and those who did something.
  std::vector<std::string> said, did;
};

// `facts` are of all times for these rows, else of today.
CustomerRegistry customer_registry(const Facts& facts, CustomerRows rows);

}  // namespace coterie::data
