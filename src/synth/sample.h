#pragma once
// A small, key-consistent cut of a project's raw role tables that may be published: a few thousand
// customers with all that refers to them, names and e-mail addresses replaced by invented ones.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/engine/engine.h"

namespace coterie::synth {

struct SampleOptions {
  std::string folder;  // <role>.csv or <role>.parquet go here; created
  int64_t users = 2'000;
  int64_t events = 20'000;
  int64_t reviews = 5'000;
  std::string format = "csv";  // or "parquet"
  // Customers, sessions, orders and reviews get new ids (16 hexadecimal digits of a salted
  // SHA-256), the same in every table. Article and category ids stay: they name goods, not people.
  bool rehash_ids = false;
  std::string salt;   // of the new ids; empty = random, so that nobody can recompute them
  uint64_t seed = 1;  // which customers are drawn
  bool replace = false;
};

struct SampledTable {
  std::string role;
  int64_t rows = 0;
  int64_t rows_in_source = 0;
  std::string path;
};

struct SampleReport {
  std::vector<SampledTable> tables;
  std::vector<std::string> notes;  // what was replaced, emptied or left out, and why
};

// Reads views named after roles (schema `main` of `connection`: a warehouse snapshot attached, or
// views over Parquet); roles without a view are left out, columns beyond a role's own too.
//  - Customers with facts are preferred; which ones depends on `seed` and their ids alone.
//  - Whole sessions are kept until `events` is reached; a cart row refers to a kept session or
//  none.
//  - Reviews beyond those of the sampled customers are filled up from others with customer_id
//    emptied.
//  - Articles are those that a sampled fact refers to; categories with all ancestors.
//  - Columns that roles.h marks personal are replaced (names, e-mail) or emptied (others).
// Rows are in a fixed order: same source and options (with `salt`), same bytes.
// Errors: kNotFound when no role has a view, kInvalidInput for an unknown format, kConflict for a
// file that exists without `replace`.
Result<SampleReport> cut_sample(data::Connection& connection, const SampleOptions& options);

}  // namespace coterie::synth
