// Seeded mistakes in what a feature computes: what a user reads, whole.

#include "features/registry/mistakes_internal.h"

namespace coterie::features {
namespace {

const std::vector<Mistake> kValues = {
    {"broken expression", "- {name: spend, entity: customer, source: sales, column: price *}\n",
     "shop.yaml:8:65: features[0].column: expected a value, found the end\n"
     "  mend: write an expression such as price * quantity"},
    {"unknown function in expression",
     "- {name: spend, entity: customer, source: sales, column: \"log(price)\"}\n",
     "shop.yaml:8:59: features[0].column: unknown function 'log'\n"
     "  mend: write ln(x) for the natural logarithm or log10(x) for the decimal one"},
    {"types that do not fit",
     "- {name: buys, entity: customer, source: sales, transformation: lifetime_count}\n"
     "- {name: name, transformation: lower(buys)}\n",
     "shop.yaml:9:38: features[1].transformation: lower must be text, not int\n"
     "  mend: convert it with to_text(...)"},
    {"unknown aggregate",
     "- {name: spend, entity: customer, source: sales, aggregation: {function: avg, "
     "column: price}}\n",
     "shop.yaml:8:74: features[0].aggregation.function: there is no function 'avg'\n"
     "  mend: write mean"},
    {"misspelt short form",
     "- {name: spend, entity: customer, source: sales, transformation: "
     "rolling_man_30d, column: price}\n",
     "shop.yaml:8:66: features[0].transformation: there is no function 'man'\n"
     "  mend: did you mean 'rolling_mean_30d'?"},
    {"sum of nothing",
     "- {name: spend, entity: customer, source: sales, aggregation: {function: sum, "
     "window: 30d}}\n",
     "shop.yaml:8:63: features[0].aggregation: function 'sum' needs a column\n"
     "  mend: say of what: column: price; count alone counts rows"},
    {"bad window",
     "- {name: spend, entity: customer, source: sales, aggregation: {function: sum, "
     "column: price, window: 30 days}}\n",
     "shop.yaml:8:102: features[0].aggregation.window: '30 days' is not a duration\n"
     "  mend: write 30d for days, 30h for hours or 30m for minutes"},
    {"window in weeks",
     "- {name: spend, entity: customer, source: sales, transformation: "
     "rolling_sum_4w, column: price}\n",
     "shop.yaml:8:66: features[0].transformation: '4w' is not a duration\n"
     "  mend: write it in days: 28d"},
    {"top k without group",
     "- {name: favourite, entity: customer, source: sales, aggregation: {function: "
     "top_k, k: 3}}\n",
     "shop.yaml:8:67: features[0].aggregation: function 'top_k' needs 'group_by'\n"
     "  mend: name the column to group by: group_by: category_id"},
    {"group by for a sum",
     "- {name: spend, entity: customer, source: sales, aggregation: {function: sum, "
     "column: price, group_by: article_id}}\n",
     "shop.yaml:8:94: features[0].aggregation: 'group_by' means nothing to function "
     "'sum'\n"
     "  mend: remove it; it belongs to top_k and groups"},
    {"k out of range",
     "- {name: favourite, entity: customer, source: sales, aggregation: {function: "
     "top_k, group_by: article_id, k: 0}}\n",
     "shop.yaml:8:110: features[0].aggregation.k: must be between 1 and 100, not 0\n"
     "  mend: the reference of features says what the key takes"},
    {"groups without order",
     "- {name: channels, entity: customer, source: sales, aggregation: {function: "
     "groups, group_by: sales_channel_id}}\n",
     "shop.yaml:8:66: features[0].aggregation: nothing says which groups the vector "
     "holds\n"
     "  mend: list them, groups: [web, shop], or take the most frequent, group_count: "
     "10"},
    {"ratio without denominator",
     "- {name: share, entity: customer, source: sales, aggregation: {function: ratio, "
     "numerator: {function: count}}}\n",
     "shop.yaml:8:63: features[0].aggregation: function 'ratio' needs 'denominator'\n"
     "  mend: write denominator: {function: count}"},
    {"percentile out of range",
     "- {name: price_90, entity: customer, source: sales, aggregation: {function: "
     "percentile, column: price, quantile: 90}}\n",
     "shop.yaml:8:114: features[0].aggregation.quantile: a quantile lies between 0 "
     "and 1, not at 90\n"
     "  mend: write 0.9"},
    {"streak longer than its window",
     "- {name: weeks, entity: customer, source: sales, aggregation: {function: "
     "streak, period: 7d, window: 3d}}\n",
     "shop.yaml:8:90: features[0].aggregation.period: a streak of periods of 7d does "
     "not fit into a window of 3d\n"
     "  mend: give a longer window or a shorter period"},
    {"window over static rows",
     "- {name: people_30d, entity: customer, source: people, transformation: "
     "rolling_count_30d}\n",
     "shop.yaml:8:72: features[0].transformation: source 'people' is static: its rows "
     "have no time\n"
     "  mend: remove the window"},
    {"ttl of static rows",
     "- {name: age, entity: customer, source: people, column: age, ttl: 90d}\n",
     "shop.yaml:8:62: features[0]: source 'people' is static: its rows have no time\n"
     "  mend: remove 'ttl'"},
    {"ttl that is no duration",
     "- {name: spend, entity: customer, source: sales, column: price, ttl: 90}\n",
     "shop.yaml:8:70: features[0].ttl: '90' is not a duration\n"
     "  mend: write 90d for days, 90h for hours or 90m for minutes"},
    {"default that is no number",
     "- {name: spend, entity: customer, source: sales, column: price, default: none}\n",
     "shop.yaml:8:74: features[0].default: expected a number, found 'none'\n"
     "  mend: the default of a numeric feature is a number"},
    {"type that the value cannot have",
     "- {name: club, entity: customer, source: people, column: club_member_status, "
     "type: categorical, transformation: {one_hot: 5}}\n",
     "shop.yaml:8:84: features[0].type: feature 'club' cannot be categorical: its "
     "value is of type vector\n"
     "  mend: write type: vector"},
    {"buckets out of order",
     "- {name: spend, entity: customer, source: sales, column: price, transformation: "
     "{bucket: [0, 100, 10]}}\n",
     "shop.yaml:8:99: features[0].transformation.bucket[2]: bound 10 does not lie "
     "above 100\n"
     "  mend: write the bounds in ascending order"},
    {"encoding of a vector",
     "- {name: channels, entity: customer, source: sales, aggregation: {function: "
     "groups, group_by: sales_channel_id, group_count: 3}, transformation: log}\n",
     "shop.yaml:8:146: features[0].transformation: a vector cannot be encoded: log\n"
     "  mend: remove the transformation"},
    {"feature of nothing", "- {name: spend, entity: customer, source: sales}\n",
     "shop.yaml:8:3: features[0]: nothing says what 'spend' is of source 'sales'\n"
     "  mend: write aggregation: {function: sum, column: price, window: 30d}, or "
     "column: NAME for the newest row's value"},
    {"expression with a source",
     "- {name: spend, entity: customer, source: sales, transformation: price * "
     "quantity}\n",
     "shop.yaml:8:66: features[0].transformation: 'price * quantity' is neither a "
     "function over rows nor an encoding\n"
     "  mend: write for example rolling_mean_30d; an expression over the source's "
     "columns stands under 'column', one over other features has no 'source'"},
    {"short form without source",
     "- {name: spend, entity: customer, transformation: rolling_sum_30d, column: "
     "price}\n",
     "shop.yaml:8:68: features[0]: 'column' means nothing to a feature without source\n"
     "  mend: name the source of the rows: source: transactions"},
};

TEST(FeatureMistakes, OfValues) { expect_messages(kBeforeFeatures, kValues); }

}  // namespace
}  // namespace coterie::features
