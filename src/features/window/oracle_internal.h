#pragma once
// The functions of the oracle, one by one: each sees the events that count and nothing else.

#include <string>
#include <vector>

#include "features/window/oracle.h"

namespace coterie::features::oracle {

__extension__ using Wide = __int128;

// What is asked: an aggregate at a time, with the cell and pool of its column.
struct Question {
  const Aggregate* aggregate = nullptr;
  Micros at = 0;
  Cell cell = Cell::kInteger;
  const TextPool* pool = nullptr;
  const TextPool* group_pool = nullptr;
};

// An event that counts, with its x; null where the aggregate has no column.
struct Item {
  const OracleEvent* event = nullptr;
  const EventValue* value = nullptr;
};

std::string text_of(const TextPool* pool, int32_t code);  // "#7" without a pool
OracleValue integer_result(Wide value);                   // null beyond 64 bits

// Of at least one item.
OracleValue sum_or_mean(const Question& question, const std::vector<Item>& items);
OracleValue deviation(const Question& question, const std::vector<Item>& items);
OracleValue distinct(const Question& question, const std::vector<Item>& items);
OracleValue hyper_log_log(const Question& question, const std::vector<Item>& items);
OracleValue groups(const Question& question, const std::vector<Item>& items);
OracleValue streak(const Question& question, const std::vector<Item>& items);
OracleValue entropy(const Question& question, const std::vector<Item>& items);
OracleValue percentile(const Question& question, const std::vector<Item>& items);
OracleValue time_since(const Question& question, const std::vector<Item>& items);

}  // namespace coterie::features::oracle
