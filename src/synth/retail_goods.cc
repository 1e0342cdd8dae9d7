#include "synth/retail_goods.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "data/parquet/text_codes.h"
#include "math/random_distributions.h"
#include "synth/calendar.h"

namespace coterie::synth {

Status write_stock(const RetailWorld& world, const SalesLedger& ledger, ThreadPool& pool,
                   OutputFolder& output, std::vector<int64_t>& on_hand);

namespace {

using enum ColumnType;

constexpr double kWatchedShare = 0.15;  // of articles of mean popularity are watched elsewhere

TableBuffer categories_table(TextTable& ids, TextTable& names) {
  TableBuffer table{"categories",
                    {text_column("category_id", ids), text_column("parent_id", ids, true),
                     text_column("category_name", names)}};
  const auto add = [&](const std::string& id, uint32_t parent, std::string_view name) {
    const uint32_t code = ids.add(id);
    RowWriter(table).text(code).text(parent).text(names.add(name));
    return code;
  };
  for (int g = 0; g < kIndexGroups; ++g) {
    const IndexGroup& index_group = index_groups()[static_cast<size_t>(g)];
    const uint32_t root = add(std::string(index_group.slug), kNullText, index_group.name);
    for (const std::string_view group : product_groups()) {
      std::vector<size_t> types;
      for (size_t t = 0; t < product_types().size(); ++t) {
        if (product_types()[t].group == group && product_types()[t].shares[g] > 0) {
          types.push_back(t);
        }
      }
      if (types.empty()) continue;
      const uint32_t parent = add(fmt::format("{}.{}", index_group.slug, slug(group)), root, group);
      for (const size_t t : types) {
        add(category_id(g, static_cast<int>(t)), parent, product_types()[t].name);
      }
    }
  }
  return table;
}

// "Womens Everyday Basics": by index group, and by what kind of article it is.
std::string section_name(const Article& article) {
  const IndexGroup& group = index_groups()[static_cast<size_t>(article.index_group)];
  const ProductType& type = product_types()[static_cast<size_t>(article.type)];
  const std::string_view kind = article.basic                     ? "Everyday Basics"
                                : type.shape == Shape::kShoe      ? "Shoes"
                                : type.shape == Shape::kAccessory ? "Accessories"
                                : type.shape == Shape::kIntimate  ? "Underwear & Swim"
                                : article.tier > 0.4              ? "Premium"
                                : type.garment_group == "Dressed" ||
                                        type.garment_group == "Shirts" ||
                                        type.garment_group == "Blouses"
                                    ? "Tailoring"
                                    : "Casual";
  return fmt::format("{} {}", group.section, kind);
}

Status write_items(const RetailWorld& world, const std::vector<int64_t>& on_hand,
                   OutputFolder& output) {
  parquet::TextCodes texts;
  const TextTable& t = texts.texts();
  const Catalogue& catalogue = world.catalogue;
  TableBuffer table{
      "items",
      {text_column("article_id", catalogue.ids), text_column("product_name", catalogue.names),
       text_column("detail_desc", catalogue.descriptions, true),
       text_column("product_type_name", t), text_column("product_group_name", t),
       text_column("garment_group_name", t), text_column("section_name", t),
       text_column("colour_group_name", t), text_column("index_group_name", t),
       text_column("brand", t), text_column("category_id", t), column_of("price", kMoney),
       column_of("stock", kInteger), column_of("created_at", kTimestamp),
       column_of("last_updated", kTimestamp)}};
  for (int32_t a = 0; a < world.scale.articles; ++a) {
    const Article& article = catalogue.articles[static_cast<size_t>(a)];
    const ProductType& type = product_types()[static_cast<size_t>(article.type)];
    math::RandomStream stream = world.scale.stream(Purpose::kStock, -1 - int64_t{a});
    const Micros opening = int64_t{6} * 3600 * kMicrosPerSecond;
    const int32_t last_day = std::min(article.end_day, world.scale.days) - 1;
    const int32_t touched = std::max(article.launch_day, last_day - stream.between(0, 20));
    const bool described = !stream.chance(0.004);
    const auto code = static_cast<uint32_t>(a);
    RowWriter(table)
        .text(code)
        .text(code)
        .text(described ? code : kNullText)
        .text(texts.encode(type.name))
        .text(texts.encode(type.group))
        .text(texts.encode(type.garment_group))
        .text(texts.encode(section_name(article)))
        .text(texts.encode(colours()[static_cast<size_t>(article.colour)].name))
        .text(texts.encode(index_groups()[static_cast<size_t>(article.index_group)].name))
        .text(texts.encode(brands()[static_cast<size_t>(article.brand)].name))
        .text(texts.encode(category_id(article.index_group, article.type)))
        .integer(world.prices.list_price(a))
        .integer(on_hand[static_cast<size_t>(a)])
        .integer(world.scale.midnight(article.launch_day) + opening)
        .integer(world.scale.midnight(touched) + opening + stream.below(36'000) * kMicrosPerSecond);
  }
  return output.write(table, 0);
}

// One competitor's prices of one article: a level of its own that moves now and then.
void add_competitor(const RetailWorld& world, int32_t a, uint32_t competitor,
                    math::RandomStream& stream, TableBuffer& table) {
  const Article& article = world.catalogue.articles[static_cast<size_t>(a)];
  double level = math::log_normal(stream, 0, 0.09);
  for (int32_t week = 0; week < world.scale.weeks(); ++week) {
    const int32_t day = std::max(world.scale.week_start(week), 0);
    if (stream.chance(0.08)) level *= math::log_normal(stream, 0, 0.05);
    level = std::clamp(level, 0.7, 1.4);
    const double offer = stream.chance(0.07) ? 0.8 : 1;
    if (day < article.launch_day || day >= article.end_day) continue;
    const double price = article.base_price * level * offer;
    const auto rounded = static_cast<int64_t>(std::llround((price + 1) / 50) * 50 - 1);
    RowWriter(table)
        .text(static_cast<uint32_t>(a))
        .text(competitor)
        .integer(world.scale.date_of(day))
        .integer(std::max<int64_t>(rounded, 99));
  }
}

Status write_competitors(const RetailWorld& world, OutputFolder& output) {
  TextTable names;
  for (const std::string_view name : competitor_names()) names.add(name);
  TableBuffer table{
      "competitor_prices",
      {text_column("article_id", world.catalogue.ids), text_column("competitor", names),
       column_of("date", kDate), column_of("price", kMoney)}};
  for (int32_t a = 0; a < world.scale.articles; ++a) {
    const Article& article = world.catalogue.articles[static_cast<size_t>(a)];
    math::RandomStream stream = world.scale.stream(Purpose::kCompetitor, a);
    const double watched = std::min(kWatchedShare * std::sqrt(article.popularity), 0.8);
    for (uint32_t competitor = 0; competitor < names.size(); ++competitor) {
      if (stream.chance(watched)) add_competitor(world, a, competitor, stream, table);
    }
  }
  return output.write(table, 0);
}

Status write_promotions(const RetailWorld& world, OutputFolder& output) {
  parquet::TextCodes ids;
  TableBuffer table{"promotions",
                    {text_column("promotion_id", ids.texts()),
                     text_column("article_id", world.catalogue.ids), column_of("start_date", kDate),
                     column_of("end_date", kDate), column_of("discount_share", kReal)}};
  for (const Promotion& promotion : world.prices.promotions()) {
    RowWriter(table)
        .text(ids.encode(promotion.id))
        .text(static_cast<uint32_t>(promotion.article))
        .integer(world.scale.date_of(promotion.start_day))
        .integer(world.scale.date_of(promotion.end_day))
        .real(promotion.discount);
  }
  return output.write(table, 0);
}

// Also of the coming year: forecasts need to know them.
Status write_holidays(const RetailWorld& world, OutputFolder& output) {
  TextTable names;
  TableBuffer table{"holidays", {column_of("date", kDate), text_column("name", names)}};
  for (const NamedDay& named :
       named_days(world.scale.first_day, world.scale.date_of(world.scale.days - 1) + 365)) {
    RowWriter(table).integer(named.day).text(names.add(named.name));
  }
  return output.write(table, 0);
}

}  // namespace

std::vector<std::string> goods_tables() {
  return {"items", "categories", "stock", "competitor_prices", "promotions", "holidays"};
}

Status write_goods(const RetailWorld& world, const SalesLedger& ledger, ThreadPool& pool,
                   OutputFolder& output) {
  std::vector<int64_t> on_hand;
  if (output.wants("stock") || output.wants("items")) {
    RETURN_IF_ERROR(write_stock(world, ledger, pool, output, on_hand));
  }
  if (output.wants("items")) RETURN_IF_ERROR(write_items(world, on_hand, output));
  TextTable ids, names;
  RETURN_IF_ERROR(output.write(categories_table(ids, names), 0));
  if (output.wants("competitor_prices")) RETURN_IF_ERROR(write_competitors(world, output));
  RETURN_IF_ERROR(write_promotions(world, output));
  return write_holidays(world, output);
}

}  // namespace coterie::synth
