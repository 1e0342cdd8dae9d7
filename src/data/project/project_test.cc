#include "data/project/project.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/secret.h"
#include "base/temporary_folder.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr std::string_view kHead = "config_version: 1\nproject: shop\n";

Result<Project> parse(const std::string& text) {
  return parse_project(text, "coterie.yaml", "/srv/shop");
}

// The error of a project whose settings behind the two head lines are `text`.
std::string error_of(const std::string& text) {
  const auto project = parse(std::string(kHead) + text);
  return project ? "no error" : project.error().to_text();
}

// The error of one source: `sources: {NAME: {TEXT}}` on line 3.
std::string source_error(const std::string& name, const std::string& text) {
  return error_of("sources: {" + name + ": {" + text + "}}\n");
}

TEST(Project, ReadsTheDesignsExample) {
  setenv("COTERIE_TEST_USER", "anna-secret", 1);
  const auto project = parse(R"yaml(
config_version: 1
project: acme-fashion
timezone: Europe/Stockholm            # what a DATE means
warehouse: parquet:warehouse
online_store: lmdb:online
tracking: sqlite:tracking.db
sources:
  customers:    {from: raw/customers.parquet}
  items:        {from: raw/articles.csv, key: article_id, text: [product_name, detail_desc]}
  transactions: {from: raw/transactions/*.parquet, time: t_dat}
models:
  cf: {kind: als, factors: 64}
publish: postgres://${COTERIE_TEST_USER}@db/ml
resources: {threads: 2, memory: 8GiB}
)yaml");
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  EXPECT_EQ(project->name, "acme-fashion");
  EXPECT_EQ(project->timezone, "Europe/Stockholm");
  EXPECT_EQ(project->warehouse_folder, "/srv/shop/warehouse");
  EXPECT_EQ(project->publish_url, "postgres://anna-secret@db/ml");
  EXPECT_EQ(redact(project->publish_url).find("anna-secret"), std::string::npos);
  EXPECT_EQ(project->resources.threads, 2);
  EXPECT_EQ(project->resources.memory_bytes, int64_t{8} << 30);
  EXPECT_FALSE(project->resources.disk_bytes.has_value());
  ASSERT_EQ(project->sources.size(), 3u);
  EXPECT_EQ(project->sources[1].role, "items");
  EXPECT_THAT(project->sources[1].key, ElementsAre("article_id"));
  EXPECT_THAT(project->sources[1].text, ElementsAre("product_name", "detail_desc"));
  EXPECT_THAT(project->sources[2].columns, ElementsAre(Pair("t_dat", "t_dat")));
  EXPECT_THAT(project->sources[2].files, ElementsAre("raw/transactions/*.parquet"));
  ASSERT_TRUE(project->models.has_value());
  EXPECT_TRUE(project->models->find("cf").has_value());
  EXPECT_EQ(project->find_source("items"), &project->sources[1]);
  EXPECT_EQ(project->find_source("stock"), nullptr);
}

TEST(Project, ReadsEverySettingOfASource) {
  const auto project = parse(std::string(kHead) + R"yaml(
sources:
  lines:
    role: none
    from: [a.csv.gz, b/*.csv]
    delimiter: tab
    quote: none
    encoding: latin-1
    header: false
    names: [u, i, r]
    nulls: [NA]
    decimal: ","
    skip_lines: 2
  transactions:
    sql: SELECT * FROM lines
    time_format: unix_s
    columns: {article_id: i, customer_id: "= upper(u)", price: null}
    where: r > 3
    drop: {postage: i = 'POST', fees: i = 'FEE'}
    count: {returns: quantity < 0}
    key: [customer_id, article_id]
    latest_by: t_dat
    exact_duplicates: drop
    watermark: changed
    ids: {customer_id: integer_text}
    missing: {customer_id: keep}
    unknown_ids: reject
    vanished_files: remove
    max_rejected_share: 0.05
    optional: true
)yaml");
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  const SourceConfig& lines = project->sources[0];
  EXPECT_EQ(lines.role, "");
  EXPECT_THAT(lines.files, ElementsAre("a.csv.gz", "b/*.csv"));
  EXPECT_EQ(lines.delimiter, "\t");
  EXPECT_EQ(lines.quote, "none");
  EXPECT_EQ(lines.encoding, "latin-1");
  EXPECT_EQ(lines.header, std::optional<bool>(false));
  EXPECT_THAT(lines.names, ElementsAre("u", "i", "r"));
  EXPECT_THAT(lines.null_texts, ElementsAre("NA"));
  EXPECT_EQ(lines.decimal, ",");
  EXPECT_EQ(lines.skip_lines, 2);
  const SourceConfig& facts = project->sources[1];
  EXPECT_EQ(facts.sql, "SELECT * FROM lines");
  EXPECT_EQ(facts.time_format, "unix_s");
  EXPECT_THAT(facts.columns, ElementsAre(Pair("article_id", "i"), Pair("customer_id", "= upper(u)"),
                                         Pair("price", "")));
  EXPECT_EQ(facts.where, "r > 3");
  ASSERT_EQ(facts.drop.size(), 2u);
  EXPECT_EQ(facts.drop[1].name, "fees");
  EXPECT_EQ(facts.count[0].condition, "quantity < 0");
  EXPECT_THAT(facts.key, ElementsAre("customer_id", "article_id"));
  EXPECT_EQ(facts.latest_by, "t_dat");
  EXPECT_EQ(facts.watermark, "changed");
  EXPECT_TRUE(facts.exact_duplicates_dropped && facts.unknown_ids_rejected && facts.optional &&
              facts.vanished_files_removed);
  EXPECT_EQ(facts.missing.at("customer_id"), MissingRule::kKeep);
  EXPECT_EQ(facts.id_rules.at("customer_id"), "integer_text");
  EXPECT_EQ(facts.max_rejected_share, 0.05);
}

TEST(Project, ReadsMoneyEventsAndDay) {
  const auto project = parse(std::string(kHead) + R"yaml(
money: {currency: JPY, decimals: 0, rounding: half_up}
events: {half_life_days: 14, weights: {view: 0.2, purchase: 1}}
as_of: 2024-06-30
sources: {events: {from: e.csv}}
)yaml");
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  EXPECT_EQ(project->money.currency, "JPY");
  EXPECT_EQ(project->money.decimals, 0);
  EXPECT_EQ(project->money.rounding, MoneyRounding::kHalfUp);
  EXPECT_EQ(project->half_life_days, 14);
  EXPECT_EQ(project->event_weights.at("view"), 0.2);
  EXPECT_EQ(project->event_weights.at("purchase"), 1);
  EXPECT_EQ(project->event_weights.at("cart"), default_event_weights().at("cart"));
  EXPECT_EQ(project->as_of, "2024-06-30");
}

TEST(Project, UnknownKeysNameTheNearest) {
  EXPECT_EQ(error_of("souces: {}\n"),
            "coterie.yaml:3:1: unknown key 'souces'\n  mend: did you mean 'sources'?");
  EXPECT_EQ(source_error("items", "form: a.csv"),
            "coterie.yaml:3:19: sources.items: unknown key 'form'\n"
            "  mend: did you mean 'from'?");
  EXPECT_EQ(source_error("items", "from: a.csv, columns: {prize: p}"),
            "coterie.yaml:3:42: sources.items.columns: 'prize' is not a column of role "
            "'items'\n  mend: did you mean 'price'?");
  EXPECT_THAT(source_error("custmers", "from: a.csv"),
              HasSubstr("sources.custmers: 'custmers' is not a role\n  mend: did you mean "
                        "'customers'?; roles are customers, items,"));
}

TEST(Project, DuplicateAndMissingKeys) {
  EXPECT_THAT(error_of("project: again\n"),
              HasSubstr("coterie.yaml:3:1: duplicate key 'project', first at line 2"));
  EXPECT_EQ(error_of(""),
            "coterie.yaml:1:1: missing key 'sources'\n"
            "  mend: name your tables: sources: {transactions: {from: FILE}}");
  EXPECT_EQ(parse("project: x\n").error().to_text(),
            "coterie.yaml:1:1: missing key 'config_version'\n  mend: write 'config_version: 1'");
  EXPECT_EQ(source_error("items", "header: true"),
            "coterie.yaml:3:18: sources.items: missing key 'from'\n"
            "  mend: say where the table is: from: raw/FILE.parquet");
  EXPECT_THAT(source_error("items", "from: postgres://h/db"), HasSubstr("missing key 'table'"));
}

TEST(Project, WrongTypesAndValues) {
  EXPECT_THAT(error_of("timezone: Europe/Stokholm\nsources: {}\n"),
              HasSubstr("coterie.yaml:3:11: timezone: 'Europe/Stokholm' is not an IANA time zone\n"
                        "  mend: did you mean 'Europe/Stockholm'?"));
  EXPECT_THAT(error_of("money: {currency: kr}\n"),
              HasSubstr("money.currency: a currency is its three-letter code"));
  EXPECT_THAT(error_of("money: {decimals: 7}\n"), HasSubstr("money.decimals: must be between"));
  EXPECT_THAT(error_of("as_of: 2024-02-30\n"),
              HasSubstr("as_of: '2024-02-30' is neither a date nor 'now' nor 'newest'"));
  EXPECT_THAT(error_of("template: retial\n"), HasSubstr("did you mean 'retail'?"));
  EXPECT_THAT(error_of("sources: [a]\n"), HasSubstr("sources: expected a map of roles to tables"));
  EXPECT_THAT(error_of("sources: {items: a.csv}\n"),
              HasSubstr("sources.items: expected a map\n"
                        "  mend: write 'items: {from: raw/FILE.parquet}'"));
  EXPECT_THAT(error_of("events: {weights: {view: -1}}\n"),
              HasSubstr("events.weights.view: a weight is from 0 to 1000"));
  EXPECT_THAT(error_of("resources: {memory: 8 parsecs}\n"), HasSubstr("resources.memory: "));
  EXPECT_THAT(error_of("resources: {memory: 63MiB}\n"),
              HasSubstr("resources.memory: '63MiB' is too little\n  mend: give at least 64.0 MiB"));
  EXPECT_THAT(parse("config_version: 2\nproject: x\n").error().to_text(),
              HasSubstr("coterie.yaml:1:17: config_version: this program reads config_version 1, "
                        "not 2\n  mend: use a newer version of coterie"));
  EXPECT_THAT(parse("config_version: 1\nproject: a b\n").error().to_text(),
              HasSubstr("project: a project's name is 1 to 64 letters"));
}

TEST(Project, SourcesContradictingThemselves) {
  EXPECT_THAT(source_error("items", "from: a.csv, sql: SELECT 1"),
              HasSubstr("a source has 'from' or 'sql', not both"));
  EXPECT_THAT(source_error("items", "from: a.csv, table: t"),
              HasSubstr("'table' belongs to a database in 'from'"));
  EXPECT_THAT(source_error("items", "from: a.csv, time: x"), HasSubstr("role 'items' has no time"));
  EXPECT_THAT(source_error("events", "from: a.csv, time: x, columns: {created_at: y}"),
              HasSubstr("'columns' maps 'created_at' already"));
  EXPECT_THAT(source_error("items", "from: a.csv, key: [article_id, article_id]"),
              HasSubstr("column 'article_id' is named twice"));
  EXPECT_THAT(source_error("items", "from: a.csv, text: price"),
              HasSubstr("column 'price' holds no text"));
  EXPECT_THAT(source_error("items", "from: a.csv, ids: {price: keep}"),
              HasSubstr("column 'price' is no id"));
  EXPECT_THAT(source_error("items", "from: a.csv, ids: {article_id: integer}"),
              HasSubstr("sources.items.ids.article_id: 'integer' is none of keep, integer_text"));
  EXPECT_THAT(source_error("items", "role: none, from: a.csv"),
              HasSubstr("'items' is the name of a role"));
  EXPECT_THAT(source_error("lines", "role: none, from: a.csv, key: x"),
              HasSubstr("'key' needs a role, and this table has none"));
  EXPECT_THAT(source_error("items", "from: a.csv, names: [a], header: true"),
              HasSubstr("names are for files without a header line"));
  EXPECT_THAT(source_error("items", "from: mysql://h/db, table: t"),
              HasSubstr("'mysql://h/db' is not a URL this key takes\n"
                        "  mend: write postgres://… or postgresql://…"));
}

TEST(Project, WarehousesNotOfferedYetAreRefusedAsSuch) {
  const auto project = parse(std::string(kHead) + "warehouse: clickhouse://h/db\n");
  ASSERT_FALSE(project.ok());
  EXPECT_EQ(project.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(project.error().to_text(),
            "coterie.yaml:3:12: warehouse: a warehouse at clickhouse:// is not offered yet\n"
            "  mend: keep it in a folder: warehouse: parquet:warehouse; 'publish' writes the "
            "outputs to your database");
  EXPECT_THAT(error_of("warehouse: duckdb:file\n"),
              HasSubstr("'duckdb:file' is not a URL this key takes\n  mend: write parquet:…"));
  EXPECT_THAT(error_of("online_store: memcached://h\n"), HasSubstr("write lmdb:… or redis://…"));
  EXPECT_THAT(error_of("online_store: rediss://h\n"), HasSubstr("write lmdb:… or redis://…"));
  EXPECT_THAT(error_of("tracking: mlflow://h\n"), HasSubstr("mlflow+http://…"));
}

TEST(Project, IsFoundFromFoldersBelow) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "raw/deep");
  EXPECT_THAT(load_project(folder.path()).error().to_text(),
              HasSubstr("coterie.yaml' does not exist\n  mend: go to a project's folder, or make "
                        "one: coterie init DIR --template retail"));
  EXPECT_FALSE(find_project_folder(folder / "raw/deep").ok());
  std::ofstream(folder / "coterie.yaml") << kHead << "sources: {events: {from: e.csv}}\n";
  const auto found = find_project_folder(folder / "raw/deep");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, folder.path());
  const auto project = load_project(*found);
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  EXPECT_EQ(project->warehouse_folder, folder / "warehouse");
}

TEST(Project, PublishMayNameASchema) {
  const auto with = [](const std::string& text) {
    return parse(std::string(kHead) + text + "sources: {events: {from: e.csv}}\n");
  };
  const auto in_schema = with("publish: {to: postgres://db/ml, schema: shop}\n");
  ASSERT_TRUE(in_schema.ok()) << in_schema.error().to_text();
  EXPECT_EQ(in_schema->publish_url, "postgres://db/ml");
  EXPECT_EQ(in_schema->publish_schema, "shop");
  EXPECT_EQ(with("publish: postgres://db/ml\n")->publish_schema, "public");
  EXPECT_THAT(error_of("publish: {to: postgres://db/ml, scheme: shop}\n"),
              HasSubstr("unknown key 'scheme'\n  mend: did you mean 'schema'?"));
  EXPECT_THAT(error_of("publish: {schema: shop}\n"),
              HasSubstr("missing key 'to'\n  mend: write to: postgres://"));
  EXPECT_THAT(error_of("publish: {to: mysql://db/ml}\n"),
              HasSubstr("publish.to: 'mysql://db/ml' is not a URL this key takes"));
}

TEST(Project, AMissingSecretIsAFaultOfThoseWhoNeedIt) {
  const auto project = parse_project(
      "config_version: 1\nproject: p\npublish: postgres://a:${PROJECT_TEST_UNSET}@h/d\nsources:\n"
      "  items: {from: \"postgres://a:${PROJECT_TEST_UNSET_TOO}@h/d\", table: goods}\n",
      "coterie.yaml", "/");
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  const Status secrets = project->check_secrets();
  ASSERT_FALSE(secrets.ok());
  EXPECT_EQ(secrets.error().to_text(),
            "coterie.yaml:5:17: sources.items.from: the environment variable "
            "PROJECT_TEST_UNSET_TOO is not set\n  mend: export PROJECT_TEST_UNSET_TOO before "
            "running");
  ASSERT_TRUE(project->publish_missing);
  EXPECT_THAT(project->publish_missing->to_text(),
              testing::AllOf(HasSubstr("coterie.yaml:3:10: publish: "),
                             HasSubstr("PROJECT_TEST_UNSET is not set")));
}

// The error of `datasets: {TEXT}` on line 4.
std::string datasets_error(const std::string& text) {
  return error_of("sources: {items: {from: a.csv}}\ndatasets: {" + text + "}\n");
}

TEST(Project, ReadsEmbeddingsInBothForms) {
  const auto project = parse(std::string(kHead) + R"yaml(
sources: {items: {from: a.csv}}
datasets:
  embeddings:
    text: raw/text.parquet
    image: {from: [raw/a.csv, raw/b.csv], id: sku, column: vector}
)yaml");
  ASSERT_TRUE(project.ok()) << project.error().to_text();
  ASSERT_TRUE(project->text_embeddings.has_value());
  EXPECT_THAT(project->text_embeddings->source.files, ElementsAre("raw/text.parquet"));
  EXPECT_EQ(project->text_embeddings->id, "");
  EXPECT_EQ(project->text_embeddings->column, "");
  ASSERT_TRUE(project->image_embeddings.has_value());
  EXPECT_EQ(project->image_embeddings->source.name, "datasets.embeddings.image");
  EXPECT_THAT(project->image_embeddings->source.files, ElementsAre("raw/a.csv", "raw/b.csv"));
  EXPECT_EQ(project->image_embeddings->id, "sku");
  EXPECT_EQ(project->image_embeddings->column, "vector");
  EXPECT_FALSE(parse(std::string(kHead) + "sources: {items: {from: a.csv}}\n")->text_embeddings);
}

TEST(Project, RefusesWrongEmbeddings) {
  EXPECT_EQ(datasets_error("embedings: {text: a.csv}"),
            "coterie.yaml:4:12: datasets: unknown key 'embedings'\n  mend: did you mean "
            "'embeddings'?");
  EXPECT_THAT(datasets_error("embeddings: {texts: a.csv}"),
              HasSubstr("unknown key 'texts'\n  mend: did you mean 'text'?"));
  EXPECT_THAT(datasets_error("embeddings: {text: {form: a.csv}}"),
              HasSubstr("unknown key 'form'\n  mend: did you mean 'from'?"));
  EXPECT_THAT(datasets_error("embeddings: {text: {id: sku}}"),
              HasSubstr("datasets.embeddings.text: missing key 'from'\n  mend: say where the "
                        "vectors are: from: raw/text_vectors.parquet"));
  EXPECT_THAT(datasets_error("embeddings: {text: []}"), HasSubstr("no file is named"));
  EXPECT_THAT(datasets_error("embeddings: {text: ''}"), HasSubstr("a file's name is empty"));
  EXPECT_THAT(datasets_error("embeddings: {image: postgres://db/x}"),
              HasSubstr("datasets.embeddings.image: vectors are read from files, not from a "
                        "server"));
  EXPECT_THAT(datasets_error("embeddings: {text: {from: a.csv, id: ''}}"),
              HasSubstr("datasets.embeddings.text.id: a column's name is empty"));
  EXPECT_THAT(datasets_error("embeddings: a.csv"), HasSubstr("expected a map"));
}

}  // namespace
}  // namespace coterie::data
