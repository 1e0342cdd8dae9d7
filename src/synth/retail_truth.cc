#include "synth/retail_truth.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "synth/calendar.h"

namespace coterie::synth {
namespace {

using enum ColumnType;
using nlohmann::ordered_json;

void add_latent_columns(TableBuffer& table) {
  for (int k = 0; k < kLatent; ++k) {
    table.columns.push_back(column_of(fmt::format("taste_{:02d}", k), kFloat));
  }
}

Status write_articles(const RetailWorld& world, OutputFolder& output) {
  TableBuffer table{"truth/articles",
                    {text_column("article_id", world.catalogue.ids), column_of("product", kInteger),
                     column_of("basic", kBool), column_of("on_sale_from", kDate),
                     column_of("on_sale_until", kDate), column_of("base_price", kMoney),
                     column_of("price_tier", kReal), column_of("quality", kReal),
                     column_of("elasticity", kReal), column_of("popularity", kReal),
                     column_of("peak_week", kReal), column_of("season_amplitude", kReal)}};
  for (int m = 1; m <= kMemberships; ++m) {
    table.columns.push_back(column_of(fmt::format("style_{}", m), kInteger));
    table.columns.push_back(column_of(fmt::format("style_{}_affinity", m), kFloat));
  }
  for (int k = 0; k < kAspects; ++k) {
    table.columns.push_back(
        column_of(fmt::format("aspect_{}", aspect_name(static_cast<Aspect>(k))), kFloat));
  }
  add_latent_columns(table);
  for (int32_t a = 0; a < world.scale.articles; ++a) {
    const Article& article = world.catalogue.articles[static_cast<size_t>(a)];
    const ProductType& type = product_types()[static_cast<size_t>(article.type)];
    RowWriter row(table);
    row.text(static_cast<uint32_t>(a))
        .integer(article.product)
        .integer(article.basic ? 1 : 0)
        .integer(world.scale.date_of(article.launch_day))
        .integer(world.scale.date_of(article.end_day))
        .integer(article.base_price)
        .real(article.tier)
        .real(article.quality)
        .real(article.elasticity)
        .real(article.popularity)
        .real(type.peak_week)
        .real(type.season_amplitude);
    for (size_t m = 0; m < kMemberships; ++m) {
      row.integer(article.styles[m]).real(double{article.affinities[m]});
    }
    for (const float aspect : article.aspects) row.real(double{aspect});
    for (const float x : article.latent) row.real(double{x});
  }
  return output.write(table, 0);
}

Status write_styles(const RetailWorld& world, OutputFolder& output) {
  TextTable names;
  TableBuffer table{
      "truth/styles",
      {column_of("style", kInteger), text_column("name", names), column_of("price_tier", kReal)}};
  add_latent_columns(table);
  for (size_t z = 0; z < world.tastes.styles().size(); ++z) {
    const Style& style = world.tastes.styles()[z];
    RowWriter row(table);
    row.integer(static_cast<int64_t>(z)).text(names.add(style.name)).real(style.tier);
    for (const float x : style.centre) row.real(double{x});
  }
  RETURN_IF_ERROR(output.write(table, 0));

  TextTable segment_names;
  TableBuffer shares{"truth/segment_styles",
                     {text_column("segment", segment_names), column_of("style", kInteger),
                      column_of("share", kReal)}};
  for (int s = 0; s < kSegments; ++s) {
    const uint32_t name = segment_names.add(segments()[static_cast<size_t>(s)].name);
    for (int z = 0; z < kStyles; ++z) {
      const double share = world.tastes.style_shares(s)[static_cast<size_t>(z)];
      RowWriter(shares).text(name).integer(z).real(share);
    }
  }
  return output.write(shares, 0);
}

Status write_stock_outs(const RetailWorld& world, OutputFolder& output) {
  TableBuffer table{"truth/stock_outs",
                    {text_column("article_id", world.catalogue.ids), column_of("first_day", kDate),
                     column_of("back_on", kDate)}};
  for (int32_t a = 0; a < world.scale.articles; ++a) {
    for (const StockOut& out : world.availability.stock_outs(a)) {
      RowWriter(table)
          .text(static_cast<uint32_t>(a))
          .integer(world.scale.date_of(out.first_day))
          .integer(world.scale.date_of(out.end_day));
    }
  }
  return output.write(table, 0);
}

Status write_days(const RetailWorld& world, OutputFolder& output) {
  TableBuffer table{
      "truth/days",
      {column_of("date", kDate), column_of("weight", kReal), column_of("season", kReal),
       column_of("weekday", kReal), column_of("named_day", kReal)}};
  for (int32_t day = 0; day < world.scale.days; ++day) {
    const int32_t date = world.scale.date_of(day);
    RowWriter(table)
        .integer(date)
        .real(world.calendar.weight(day))
        .real(DemandCalendar::season(date))
        .real(DemandCalendar::weekday_factor(date))
        .real(DemandCalendar::named_day_factor(date));
  }
  return output.write(table, 0);
}

ordered_json segments_json() {
  ordered_json list = ordered_json::array();
  for (const Segment& segment : segments()) {
    ordered_json groups;
    for (int g = 0; g < kIndexGroups; ++g) {
      groups[std::string(index_groups()[static_cast<size_t>(g)].name)] =
          segment.index_group_shares[g];
    }
    list.push_back({{"name", segment.name},
                    {"share", segment.share},
                    {"age_mean", segment.age_mean},
                    {"age_sd", segment.age_sd},
                    {"relative_rate", segment.rate},
                    {"basket_articles", segment.basket_articles},
                    {"churn_a_year", segment.churn_a_year},
                    {"price_sensitivity", segment.price_sensitivity},
                    {"online_share", segment.online_share},
                    {"index_groups", groups}});
  }
  return list;
}

std::string truth_json(const RetailWorld& world) {
  const RetailScale& scale = world.scale;
  const auto date_text = [](int32_t date) {
    const CivilDate civil = civil_date(date);
    return fmt::format("{:04d}-{:02d}-{:02d}", civil.year, civil.month, civil.day);
  };
  ordered_json trends;
  for (size_t t = 0; t < product_types().size(); ++t) {
    trends[std::string(product_types()[t].name)] = world.tables.type_trend(static_cast<int>(t));
  }
  ordered_json aspects;
  for (int k = 0; k < kAspects; ++k) {
    const auto aspect = static_cast<Aspect>(k);
    aspects[std::string(aspect_name(aspect))] = aspect_weight(aspect);
  }
  const ordered_json truth = {
      {"world", "retail"},
      {"version", 1},
      {"seed", scale.seed},
      {"customers", scale.customers},
      {"articles", scale.articles},
      {"transactions_asked", scale.transactions},
      {"first_date", date_text(scale.first_day)},
      {"last_date", date_text(scale.date_of(scale.days - 1))},
      {"latent_dimensions", kLatent},
      {"styles", kStyles},
      {"styles_per_article", kMemberships},
      {"style_focus", kFocus},
      {"segments", segments_json()},
      {"type_log_growth_a_year", trends},
      {"aspect_weights", aspects},
      {"demand",
       "P(article | customer, week) = sum over styles of share(customer, style) * share(article | "
       "style, week); share(article | style, week) ~ popularity * affinity * life curve * "
       "exp(amplitude * cos(2 pi (week - peak_week) / 52.18)) * exp(growth * years) * (price / "
       "base_price)^(-elasticity * sensitivity(customer)); nothing is sold in a stock-out"},
      {"competitors", "their prices do not change demand in this world"},
  };
  return truth.dump(2) + "\n";
}

}  // namespace

std::vector<std::string> truth_tables() {
  return {"truth/articles", "truth/styles", "truth/segment_styles", "truth/stock_outs",
          "truth/days"};
}

Status write_truth(const RetailWorld& world, OutputFolder& output) {
  RETURN_IF_ERROR(write_articles(world, output));
  RETURN_IF_ERROR(write_styles(world, output));
  RETURN_IF_ERROR(write_stock_outs(world, output));
  RETURN_IF_ERROR(write_days(world, output));
  return output.write_text("truth/truth.json", truth_json(world));
}

}  // namespace coterie::synth
