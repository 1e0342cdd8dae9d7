#include "serving/http/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/check.h"

namespace coterie::serving {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Prometheus escapes backslash and line end everywhere, the quote in labels only.
std::string escaped(std::string_view text, bool quote) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (quote && c == '"')) {
      out += {'\\', c};
    } else {
      out += c;
    }
  }
  return out;
}

void append_number(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
}

void append_sample(std::string_view name, std::string_view labels, double value, std::string& out) {
  out += name;
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out += ' ';
  append_number(value, out);
  out += '\n';
}

}  // namespace

int metric_cell() {
  static std::atomic<int> threads{0};
  thread_local const int cell = threads.fetch_add(1, std::memory_order_relaxed) % kMetricCells;
  return cell;
}

uint64_t Counter::value() const {
  uint64_t total = 0;
  for (const Cell& cell : cells_) total += cell.value.load(std::memory_order_relaxed);
  return total;
}

void Histogram::observe_ns(int64_t nanos) {
  const int64_t micros_up = (nanos + 999) / 1'000;
  const auto bound = std::lower_bound(kBounds_us.begin(), kBounds_us.end(), micros_up);
  Cell& cell = cells_[static_cast<size_t>(metric_cell())];
  cell.buckets[static_cast<size_t>(bound - kBounds_us.begin())].fetch_add(
      1, std::memory_order_relaxed);
  cell.sum_ns.fetch_add(nanos, std::memory_order_relaxed);
}

uint64_t Histogram::count() const {
  uint64_t total = 0;
  for (const Cell& cell : cells_) {
    for (const auto& bucket : cell.buckets) total += bucket.load(std::memory_order_relaxed);
  }
  return total;
}

Metrics::Value& Metrics::value_of(std::string_view name, std::string_view help, Kind kind,
                                  const Labels& labels) {
  CHECK(is_name(name));
  std::string text;
  for (const auto& [label, value] : labels) {
    CHECK(is_name(label));
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", label, escaped(value, true));
  }
  const std::lock_guard lock(mutex_);
  const auto family = std::find_if(families_.begin(), families_.end(),
                                   [&](const auto& other) { return other->name == name; });
  Family* place = family != families_.end() ? family->get() : nullptr;
  if (place == nullptr) {
    families_.push_back(
        std::make_unique<Family>(Family{std::string(name), std::string(help), kind, {}}));
    place = families_.back().get();
  }
  CHECK(place->kind == kind);
  for (const auto& value : place->values) {
    if (value->labels == text) return *value;
  }
  auto value = std::make_unique<Value>();
  value->labels = std::move(text);
  if (kind == Kind::kCounter) value->counter = std::make_unique<Counter>();
  if (kind == Kind::kGauge) value->gauge = std::make_unique<Gauge>();
  if (kind == Kind::kHistogram) value->histogram = std::make_unique<Histogram>();
  place->values.push_back(std::move(value));
  return *place->values.back();
}

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return *value_of(name, help, Kind::kCounter, labels).counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return *value_of(name, help, Kind::kGauge, labels).gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, const Labels& labels) {
  return *value_of(name, help, Kind::kHistogram, labels).histogram;
}

void Metrics::gauge_of(std::string_view name, std::string_view help, std::function<double()> read,
                       const Labels& labels) {
  Value& value = value_of(name, help, Kind::kGauge, labels);
  const std::lock_guard lock(mutex_);
  value.read = std::move(read);
}

void Metrics::write_histogram(const Family& family, const Value& value, std::string& out) {
  std::array<uint64_t, Histogram::kBounds_us.size() + 1> buckets{};
  int64_t sum_ns = 0;
  for (const Histogram::Cell& cell : value.histogram->cells_) {
    for (size_t i = 0; i < buckets.size(); ++i)
      buckets[i] += cell.buckets[i].load(std::memory_order_relaxed);
    sum_ns += cell.sum_ns.load(std::memory_order_relaxed);
  }
  const std::string comma = value.labels.empty() ? "" : ",";
  uint64_t total = 0;
  for (size_t i = 0; i < buckets.size(); ++i) {
    total += buckets[i];
    std::string bound = "+Inf";
    if (i < Histogram::kBounds_us.size()) {
      const double seconds = static_cast<double>(Histogram::kBounds_us[i]) / 1e6;
      bound = fmt::format("{:.5f}", seconds);
      bound.erase(bound.find_last_not_of("0.") + 1);
    }
    append_sample(family.name + "_bucket", fmt::format("{}{}le=\"{}\"", value.labels, comma, bound),
                  static_cast<double>(total), out);
  }
  append_sample(family.name + "_sum", value.labels, static_cast<double>(sum_ns) / 1e9, out);
  append_sample(family.name + "_count", value.labels, static_cast<double>(total), out);
}

void Metrics::write_value(const Family& family, const Value& value, std::string& out) {
  if (value.histogram != nullptr) {
    write_histogram(family, value, out);
  } else if (value.counter != nullptr) {
    append_sample(family.name, value.labels, static_cast<double>(value.counter->value()), out);
  } else {
    append_sample(family.name, value.labels, value.read ? value.read() : value.gauge->value(), out);
  }
}

void Metrics::write(std::string& out) const {
  constexpr std::array<std::string_view, 3> kinds = {"counter", "gauge", "histogram"};
  const std::lock_guard lock(mutex_);
  for (const auto& family : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", family->name, escaped(family->help, false),
                       family->name, kinds[static_cast<size_t>(family->kind)]);
    for (const auto& value : family->values) write_value(*family, *value, out);
  }
}

Handler metrics_handler(const Metrics& metrics) {
  return [&metrics](const Request&, Response& response) -> Status {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    metrics.write(response.body);
    return {};
  };
}

}  // namespace coterie::serving
