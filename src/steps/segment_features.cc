#include "steps/segment_features.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace coterie::steps {
namespace {

// Recency, frequency and money decide; the rest colours.
constexpr double kSideWeight = 0.5;

void standardise(SegmentTable& table) {
  const size_t width = table.features.size();
  const size_t rows = table.customers.size();
  for (size_t f = 0; f < width; ++f) {
    SegmentFeature& feature = table.features[f];
    double sum = 0;
    int64_t present = 0;
    for (size_t r = 0; r < rows; ++r) {
      const float value = table.values[r * width + f];
      if (std::isnan(value)) continue;
      sum += value;
      ++present;
    }
    feature.mean = present > 0 ? sum / static_cast<double>(present) : 0;
    double squares = 0;
    for (size_t r = 0; r < rows; ++r) {
      const float value = table.values[r * width + f];
      if (!std::isnan(value)) squares += (value - feature.mean) * (value - feature.mean);
    }
    feature.deviation = present > 0 ? std::sqrt(squares / static_cast<double>(present)) : 0;
    const double scale = feature.deviation > 1e-9 ? feature.weight / feature.deviation : 0;
    for (size_t r = 0; r < rows; ++r) {
      float& value = table.values[r * width + f];
      value = std::isnan(value) ? 0.0F : static_cast<float>((value - feature.mean) * scale);
    }
  }
}

double* trait_of(SegmentTraits& traits, const std::string& feature) {
  if (feature == "recency") return &traits.recency;
  if (feature == "frequency") return &traits.frequency;
  if (feature == "monetary") return &traits.monetary;
  if (feature == "avg_order_value") return &traits.order_value;
  if (feature == "tenure") return &traits.tenure;
  return &traits.engagement;
}

// A source of purchases of which nobody bought still says that nobody did: frequencies are then 0.
Result<SegmentBasis> find_basis(data::Connection& connection, const ProfileSources& sources,
                                std::string& activity) {
  ASSIGN_OR_RETURN(const int64_t buyers,
                   connection.scalar_int("SELECT count(recency) FROM facts.dataset_c_customers"));
  if (buyers > 0) return SegmentBasis::kPurchases;
  if (sources.interactions) {
    ASSIGN_OR_RETURN(const int64_t pairs,
                     connection.scalar_int("SELECT count(*) FROM facts.dataset_a_interactions"));
    if (pairs > 0) return SegmentBasis::kActivity;
  }
  ASSIGN_OR_RETURN(activity, sources.activity());
  if (!activity.empty()) return SegmentBasis::kEvents;
  ASSIGN_OR_RETURN(const int64_t asked,
                   connection.scalar_int("SELECT count(frequency) FROM facts.dataset_c_customers"));
  return asked > 0 ? SegmentBasis::kPurchases : SegmentBasis::kNothing;
}

}  // namespace

Result<SegmentBasis> make_profiles(data::Connection& connection, const ProfileSources& sources) {
  std::string activity;
  ASSIGN_OR_RETURN(const SegmentBasis basis, find_basis(connection, sources, activity));
  std::string profiles = "c.*";
  if (basis == SegmentBasis::kActivity) {
    profiles = "c.* REPLACE (a.recency AS recency, a.frequency AS frequency), a.interest";
    activity =
        "SELECT customer_id, min(recency_days) AS recency, count(*) AS frequency, "
        "CAST(sum(engagement) AS DOUBLE) / count(*) AS interest FROM "
        "facts.dataset_a_interactions GROUP BY customer_id";
  } else if (basis == SegmentBasis::kEvents) {
    profiles =
        "c.* REPLACE (a.recency AS recency, a.active_days AS frequency), a.events / a.active_days "
        "AS intensity, coalesce(c.signup_age, a.known_days) AS tenure";
  }
  RETURN_IF_ERROR(connection.execute(fmt::format(
      "CREATE TEMP VIEW profiles AS SELECT {} FROM facts.dataset_c_customers c{}", profiles,
      activity.empty()
          ? ""
          : fmt::format(" LEFT JOIN ({}) a ON a.customer_id = c.customer_id", activity))));
  return basis;
}

std::vector<SegmentFeature> segment_features(SegmentBasis basis) {
  if (basis == SegmentBasis::kActivity) {
    return {{.name = "recency", .sql = "recency", .weight = 1},
            {.name = "frequency", .sql = "frequency", .weight = 1},
            {.name = "interest", .sql = "interest", .weight = 1}};
  }
  if (basis == SegmentBasis::kEvents) {
    return {{.name = "recency", .sql = "recency", .weight = 1},
            {.name = "frequency", .sql = "frequency", .weight = 1},
            {.name = "intensity", .sql = "intensity", .weight = 1},
            {.name = "tenure", .sql = "tenure", .weight = kSideWeight}};
  }
  return {{.name = "recency", .sql = "recency", .weight = 1},
          {.name = "frequency", .sql = "frequency", .weight = 1},
          {.name = "monetary", .sql = "monetary", .weight = 1},
          {.name = "avg_order_value", .sql = "avg_order_value", .weight = kSideWeight},
          {.name = "tenure", .sql = "signup_age", .weight = kSideWeight},
          {.name = "engagement",
           .sql = "coalesce(session_events, 0) + coalesce(wishlist_size, 0)",
           .weight = kSideWeight}};
}

Result<SegmentTable> read_segment_table(data::Connection& connection,
                                        const std::vector<SegmentFeature>& features) {
  SegmentTable table;
  table.features = features;
  std::string select = "SELECT customer_id";
  for (const SegmentFeature& feature : features) {
    // Refunds can make a sum negative; below nothing there is only nothing.
    select += fmt::format(", ln(1 + greatest(0, CAST({} AS DOUBLE)))", feature.sql);
  }
  select += " FROM profiles WHERE recency IS NOT NULL ORDER BY customer_id";
  RETURN_IF_ERROR(connection.for_each_chunk(select, [&](const data::Chunk& chunk) -> Status {
    std::vector<data::ColumnView> columns;
    for (int c = 0; c < chunk.columns(); ++c) columns.push_back(chunk.column(c));
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      table.customers.push_back(static_cast<int32_t>(columns[0].as_int(row)));
      for (size_t c = 1; c < columns.size(); ++c) {
        table.values.push_back(columns[c].is_null(row)
                                   ? std::numeric_limits<float>::quiet_NaN()
                                   : static_cast<float>(columns[c].as_real(row)));
      }
    }
    return {};
  }));
  standardise(table);
  return table;
}

std::vector<SegmentTraits> segment_traits(const SegmentTable& table,
                                          const std::vector<int32_t>& segments, int count) {
  const size_t width = table.features.size();
  std::vector<double> sums(static_cast<size_t>(count) * width, 0.0);
  std::vector<int64_t> sizes(static_cast<size_t>(count), 0);
  for (size_t r = 0; r < segments.size(); ++r) {
    const auto segment = static_cast<size_t>(segments[r]);
    ++sizes[segment];
    for (size_t f = 0; f < width; ++f) sums[segment * width + f] += table.values[r * width + f];
  }
  std::vector<SegmentTraits> traits(static_cast<size_t>(count));
  for (size_t s = 0; s < traits.size(); ++s) {
    for (size_t f = 0; f < width && sizes[s] > 0; ++f) {
      const SegmentFeature& feature = table.features[f];
      *trait_of(traits[s], feature.name) =
          sums[s * width + f] / static_cast<double>(sizes[s]) / feature.weight;
    }
  }
  return traits;
}

}  // namespace coterie::steps
