#pragma once
// What a feature registry says, after small forms are expanded: entities, sources, features and
// services. docs/reference/features.md is the user's description, key by key.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/yaml.h"
#include "features/window/window_plan.h"

namespace coterie::features {

// What a feature is to a model.
enum class FeatureType : uint8_t { kNumeric, kCategorical, kBoolean, kVector, kText };

struct Entity {
  std::string name;                    // "customer"
  std::vector<std::string> join_keys;  // columns that name it in sources and spines
  std::string description;
  YamlNode node;
};

// Where values come from. Exactly one of `table`, `sql` and `request` is set.
struct Source {
  std::string name;
  std::string table;  // a role or any other table of the warehouse
  std::string sql;    // a SELECT over tables of the warehouse
  // Fields that a request brings, for on-demand features; expressions write "source.field".
  std::vector<std::pair<std::string, FeatureType>> request;
  // Further columns: name and expression over the table's columns and those before.
  std::vector<std::pair<std::string, std::string>> columns;
  std::string where;  // rows that count: an expression over the columns
  // When a row happened; "" = the role's own time column. A table without one must be declared
  // `static`: its rows are as they are now, and count at any time.
  std::string timestamp_field;
  std::string arrived_at;  // "" = the column arrived_at where the table has one
  bool is_static = false;
  std::string description;
  std::string owner;
  std::vector<std::string> tags;
  YamlNode node;
};

// An aggregate over an entity's rows in a window, or the ratio of two (`over` set: this divided by
// that; null where that is 0 or null).
struct Aggregation {
  Function function = Function::kCount;
  std::string column;    // an expression over the source's columns; "" where none is needed
  std::string filter;    // a condition over the source's columns; "" = all rows
  std::string group_by;  // a column: the result is a list by group
  Micros window = kLifetime;
  int k = 1;
  double quantile = 0.5;
  Micros period = kMicrosPerDay;
  bool share = false;             // groups as shares of their sum
  std::vector<Aggregation> over;  // none, or the one divisor
};

// What is done with a single value afterwards. Fitted: its statistics come from a snapshot and are
// kept with the feature's version (plan/fitted.h).
enum class EncodingKind : uint8_t {
  kNone,
  kLog,               // sign(x) * ln(1 + |x|)
  kBucket,            // 1 + how many of `bounds` are below the value; declared bounds
  kPercentileBucket,  // the same, `count` equal shares of the entities that have a value; fitted
  kOneHot,            // a vector; declared `values`, or the `count` most frequent; fitted then
  kHash,              // a bucket in [0, count): XXH64-like of the text, the same everywhere
  kScale,             // (x - centre) / spread by `scale`; fitted
};
enum class Scale : uint8_t { kStandard, kMinMax, kRobust };

struct Encoding {
  EncodingKind kind = EncodingKind::kNone;
  std::vector<double> bounds;       // ascending
  std::vector<std::string> values;  // one-hot, in the order of the vector
  int count = 0;
  bool descending = false;  // buckets count from the greatest value
  Scale scale = Scale::kStandard;

  bool fitted() const;
};

enum class FeatureKind : uint8_t {
  kAggregation,  // `source`, `aggregation`
  kLatest,       // `source`, `expression`: of the newest row (of the only row: static)
  kDerived,      // `expression` over other features, request columns, as_of and as_of_day
  kModel,        // `model`: the entity's vector in an artefact of a trained model
};

struct FeatureDefinition {
  std::string name;
  int version = 1;
  FeatureKind kind = FeatureKind::kAggregation;
  FeatureType type = FeatureType::kNumeric;
  std::string entity;
  std::string source;  // "" for kDerived and kModel
  std::optional<Aggregation> aggregation;
  std::string expression;  // of kLatest and kDerived
  // What a kDerived one's expression names, in order of first appearance: features, and fields of
  // requests as "source.field".
  std::vector<std::string> inputs;
  std::vector<std::string> requests;
  Encoding encoding;
  // The fixed order of a list's groups: declared, or fitted (the `count` most frequent).
  std::vector<std::string> groups;
  int group_count = 0;
  std::string model;
  Micros ttl = 0;                            // older than this at q = no value; 0 = never
  std::optional<std::string> default_value;  // instead of null, as text
  bool online = true;
  std::string description;
  std::string owner;
  std::string freshness;  // how fresh the source promises to be, e.g. 1h; shown, and checked online
  std::vector<std::string> tags;
  YamlNode node;

  // "spend_30d@2"
  std::string reference() const;
};

// What a model trains and serves with: features in the order of its columns.
struct FeatureService {
  std::string name;
  int version = 1;
  std::vector<std::string> features;
  std::string description;
  std::string owner;
  std::vector<std::string> tags;
  YamlNode node;
};

std::string_view feature_type_name(FeatureType type);
std::string_view function_name(Function function);
std::string_view scale_name(Scale scale);
// "30d", "12h", "15m", "lifetime".
std::string window_text(Micros window);
// The reverse, but for "lifetime": a whole number from 1 and d, h or m, at most 36,500 days.
Result<Micros> parse_duration(std::string_view text);
// "sum(price) 30d where quantity > 0": for lists, without what has its default.
std::string aggregation_text(const Aggregation& aggregation);
// "bucket [0, 10]", "" for kNone.
std::string encoding_text(const Encoding& encoding);

// Columns that outputs and expressions have besides the features, which so may not be called so.
const std::vector<std::string>& reserved_names();

}  // namespace coterie::features
