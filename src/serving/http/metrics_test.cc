#include "serving/http/metrics.h"

#include <cmath>
#include <thread>

#include <gmock/gmock.h>

namespace coterie::serving {
namespace {

std::string text_of(const Metrics& metrics) {
  std::string text;
  metrics.write(text);
  return text;
}

TEST(Metrics, TextFormat) {
  Metrics metrics;
  metrics.counter("events_total", "Events\\taken\nin.", {{"kind", "a \"b\"\\\n"}}).add(3);
  metrics.counter("events_total", "", {{"kind", "c"}});
  metrics.gauge("age_seconds", "Age.").set(1.5);
  metrics.gauge_of("queue", "Queue.", [] { return std::numeric_limits<double>::infinity(); });
  metrics.gauge("unknown", "Unknown.").set(std::nan(""));
  EXPECT_EQ(text_of(metrics),
            "# HELP events_total Events\\\\taken\\nin.\n"
            "# TYPE events_total counter\n"
            "events_total{kind=\"a \\\"b\\\"\\\\\\n\"} 3\n"
            "events_total{kind=\"c\"} 0\n"
            "# HELP age_seconds Age.\n"
            "# TYPE age_seconds gauge\n"
            "age_seconds 1.5\n"
            "# HELP queue Queue.\n"
            "# TYPE queue gauge\n"
            "queue +Inf\n"
            "# HELP unknown Unknown.\n"
            "# TYPE unknown gauge\n"
            "unknown NaN\n");
}

TEST(Metrics, BucketsAreCumulativeAndHoldTheirBound) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("d_seconds", "D.", {{"route", "/a"}});
  for (const int64_t nanos : {0, 49'999, 50'000, 50'001, 250'000, 1'000'000'000, 1'000'000'001})
    histogram.observe_ns(nanos);
  EXPECT_EQ(histogram.count(), 7);
  EXPECT_EQ(text_of(metrics),
            "# HELP d_seconds D.\n"
            "# TYPE d_seconds histogram\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.00005\"} 3\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.0001\"} 4\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.00025\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.0005\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.001\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.0025\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.005\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.01\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.025\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.05\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.1\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.25\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"0.5\"} 5\n"
            "d_seconds_bucket{route=\"/a\",le=\"1\"} 6\n"
            "d_seconds_bucket{route=\"/a\",le=\"+Inf\"} 7\n"
            "d_seconds_sum{route=\"/a\"} 2.000400001\n"
            "d_seconds_count{route=\"/a\"} 7\n");
}

TEST(Metrics, ThreadsLoseNothing) {
  Metrics metrics;
  constexpr int kThreads = 12;  // more than there are cells
  constexpr int kEach = 20'000;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&metrics, i] {
        for (int n = 0; n < kEach; ++n) {
          metrics.counter("n_total", "N.").add();
          metrics.histogram("h_seconds", "H.", {{"thread", std::to_string(i % 3)}}).observe_ns(n);
          metrics.gauge("g", "G.").add(n % 2 == 0 ? 1 : -1);
        }
      });
    }
  }
  EXPECT_EQ(metrics.counter("n_total", "").value(), kThreads * kEach);
  for (const char* name : {"0", "1", "2"})
    EXPECT_EQ(metrics.histogram("h_seconds", "", {{"thread", name}}).count(), kEach * kThreads / 3);
  EXPECT_EQ(metrics.gauge("g", "").value(), 0);
}

TEST(MetricsDeathTest, OneKindAName) {
  Metrics metrics;
  metrics.counter("n_total", "N.");
  EXPECT_DEATH(metrics.gauge("n_total", "N."), "place->kind == kind");
  EXPECT_DEATH(metrics.gauge("a-b", "N."), "is_name");
}

}  // namespace
}  // namespace coterie::serving
