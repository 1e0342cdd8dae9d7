#pragma once
// What a running server tells about itself, in the text format of Prometheus (version 0.0.4).
//
//   Metrics metrics;
//   Counter& events = metrics.counter("coterie_events_total", "Events taken in.", {{"kind",
//   "buy"}}); events.add();                           // hot path: one atomic addition, no lock
//   router.add(Method::kGet, "/metrics", metrics_handler(metrics));
//
// Each value is kept in several cells, one cache line each; a thread always adds to the same cell,
// so threads do not wait for each other. Reading sums the cells and is consistent for each value,
// not across values.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "serving/http/router.h"

namespace coterie::serving {

inline constexpr int kMetricCells = 8;
// The calling thread's cell, in [0, kMetricCells).
int metric_cell();

class Counter {
 public:
  void add(uint64_t count = 1) {
    cells_[static_cast<size_t>(metric_cell())].value.fetch_add(count, std::memory_order_relaxed);
  }
  uint64_t value() const;

 private:
  struct alignas(64) Cell {
    std::atomic<uint64_t> value{0};
  };
  std::array<Cell, kMetricCells> cells_;
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double change) { value_.fetch_add(change, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Durations, in buckets from 50 µs to 1 s.
class Histogram {
 public:
  // A duration equal to a bound counts in its bucket.
  static constexpr std::array<int64_t, 14> kBounds_us = {
      50,     100,    250,    500,     1'000,   2'500,   5'000,
      10'000, 25'000, 50'000, 100'000, 250'000, 500'000, 1'000'000};

  void observe_ns(int64_t nanos);
  uint64_t count() const;

 private:
  friend class Metrics;
  struct alignas(64) Cell {
    std::array<std::atomic<uint64_t>, kBounds_us.size() + 1> buckets{};  // the last: above all
    std::atomic<int64_t> sum_ns{0};
  };
  std::array<Cell, kMetricCells> cells_;
};

// Owns the values. References stay valid as long as this lives. Thread-safe.
class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  // The value of that name and these labels, made at the first call. Names and labels' names are
  // the program's own (CHECK: letters, digits, '_'; one kind a name); labels' values may be any
  // text.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels = {});
  // A gauge that is asked when somebody reads: the age of what is served, a queue's length.
  // `read` must not call this object.
  void gauge_of(std::string_view name, std::string_view help, std::function<double()> read,
                const Labels& labels = {});

  // Families in order of their first registration.
  void write(std::string& out) const;

 private:
  enum class Kind { kCounter, kGauge, kHistogram };
  struct Value {
    std::string labels;  // as written: a="b",c="d"
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> read;
  };
  struct Family {
    std::string name;
    std::string help;
    Kind kind;
    std::vector<std::unique_ptr<Value>> values;
  };
  Value& value_of(std::string_view name, std::string_view help, Kind kind, const Labels& labels);
  static void write_value(const Family& family, const Value& value, std::string& out);
  static void write_histogram(const Family& family, const Value& value, std::string& out);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Family>> families_;
};

// Answers GET /metrics. `metrics` outlives the server.
Handler metrics_handler(const Metrics& metrics);

}  // namespace coterie::serving
