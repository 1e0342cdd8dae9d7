// Files of vectors through the build of dataset B.

#include "data/datasets/embeddings.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/datasets/dataset.h"
#include "data/datasets/random_world_internal.h"
#include "data/engine/sql_text.h"

namespace coterie::data {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Articles 0001, 0002, 0003 and 17850 of a project in a folder of its own.
class Embeddings : public ::testing::Test {
 protected:
  Embeddings() {
    Connection connection = *engine_.connect();
    EXPECT_TRUE((*warehouse_.snapshot()).attach(connection).ok());
    WriteTransaction load = *warehouse_.begin("load");
    // In this order, so that the codes are 0 to 3.
    const Status encoded =
        load.encode_ids("article", connection, "SELECT unnest(['0001', '0002', '0003', '17850'])");
    EXPECT_TRUE(encoded.ok()) << encoded.error().to_text();
    const auto written =
        load.replace("items", connection,
                     "SELECT range::INTEGER AS article_id, 'name' AS product_name FROM range(4)",
                     {.key = {"article_id"}, .entities = {{"article_id", "article"}}});
    EXPECT_TRUE(written.ok()) << written.error().to_text();
    EXPECT_TRUE(load.commit().ok());
  }

  void write(const std::string& name, std::string_view text) {
    std::filesystem::create_directories(std::filesystem::path(folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  void write_parquet(const std::string& name, const std::string& select) {
    std::filesystem::create_directories(std::filesystem::path(folder_ / name).parent_path());
    Connection connection = *engine_.connect();
    const Status done = connection.execute(
        fmt::format("COPY ({}) TO {} (FORMAT parquet)", select, quote_text(folder_ / name)));
    ASSERT_TRUE(done.ok()) << done.error().to_text();
  }

  Result<Project> project(const std::string& section) {
    return parse_project("config_version: 1\nproject: test\nsources: {items: {from: raw/items.csv" +
                             items_settings_ + "}}\ndatasets: {embeddings: {" + section + "}}\n",
                         "coterie.yaml", folder_.path());
  }
  Result<DatasetReport> build(const std::string& section) {
    ASSIGN_OR_RETURN(const Project settings, project(section));
    ASSIGN_OR_RETURN(const Snapshot snapshot, warehouse_.snapshot());
    ASSIGN_OR_RETURN(WriteTransaction transaction, warehouse_.begin("build"));
    ASSIGN_OR_RETURN(DatasetReport report,
                     build_dataset('B', {settings, snapshot, engine_, transaction}));
    RETURN_IF_ERROR(transaction.commit());
    return report;
  }
  std::string error_of(const std::string& section) {
    const auto report = build(section);
    return report ? "built" : report.error().to_text();
  }
  // "0001 [1.0, 2.0] null": text and image of each article.
  std::vector<std::string> stored() {
    const Snapshot snapshot = *warehouse_.snapshot();
    Connection connection = *engine_.connect();
    EXPECT_TRUE(snapshot.attach(connection).ok());
    std::vector<std::string> rows;
    const Status read = connection.for_each_chunk(
        "SELECT concat_ws(' ', article_id, coalesce(text_embedding::VARCHAR, 'null'), "
        "coalesce(image_embedding::VARCHAR, 'null')) FROM dataset_b_articles ORDER BY article_id",
        [&](const Chunk& chunk) -> Status {
          for (int64_t row = 0; row < chunk.rows(); ++row)
            rows.emplace_back(chunk.column(0).as_text(row));
          return {};
        });
    EXPECT_TRUE(read.ok()) << read.error().to_text();
    return rows;
  }
  void expect_texts(const std::string& section) {
    const auto report = build(section);
    ASSERT_TRUE(report.ok()) << report.error().to_text();
    EXPECT_THAT(stored(), ::testing::ElementsAre("0001 [1.0, -2.5] null", "0002 null null",
                                                 "0003 [0.25, 3.0] null", "17850 null null"));
    EXPECT_THAT(report->notes, ::testing::Contains("text_embedding: 2 of 4 articles, 2 numbers "
                                                   "each; left out 1 whose id no article has: "
                                                   "'0009'"));
  }

  TemporaryFolder folder_;
  Engine engine_ = *Engine::open({.threads = 2, .memory_bytes = int64_t{1} << 30});
  Warehouse warehouse_ = *Warehouse::open(folder_ / "warehouse");
  std::string items_settings_;
};

// The same vectors, however they are written.
TEST_F(Embeddings, ListsOfParquetCsvAndJsonLines) {
  for (const char* type : {"DOUBLE[]", "FLOAT[2]", "DECIMAL(9, 2)[]"}) {
    SCOPED_TRACE(type);
    write_parquet("raw/v.parquet",
                  fmt::format("SELECT * FROM (VALUES ('0003', [0.25, 3]::{0}), ('0001', [1, "
                              "-2.5]::{0}), ('0009', [7, 7]::{0}), ('0002', NULL)) "
                              "t(article_id, embedding)",
                              type));
    expect_texts("text: raw/v.parquet");
  }
  write("raw/v.csv",
        "article_id,embedding\n0003,\"[0.25, 3]\"\n0001,\"[1,-2.5]\"\n0009,\"[7, 7]\"\n0002,\n");
  expect_texts("text: raw/v.csv");
  write("raw/v.tsv", "embedding\tarticle_id\n[0.25, 3]\t0003\n[1,-2.5]\t0001\n[7, 7]\t0009\n");
  expect_texts("text: raw/v.tsv");
  write("raw/v.jsonl",
        "{\"article_id\": \"0003\", \"embedding\": [0.25, 3]}\n"
        "{\"article_id\": \"0001\", \"embedding\": [1, -2.5], \"model\": \"x\"}\n"
        "{\"article_id\": \"0002\", \"embedding\": null}\n"
        "{\"article_id\": \"0009\", \"embedding\": [7, 7]}\n");
  expect_texts("text: raw/v.jsonl");
}

TEST_F(Embeddings, ColumnsInTheOrderOfTheFile) {
  write("raw/v.csv", "article_id,note,v2,v1\n0003,a,0.25,3\n0001,b,1,-2.5\n0009,c,7,7\n0002,d,,\n");
  expect_texts("text: raw/v.csv");
  write_parquet("raw/v.parquet",
                "SELECT * FROM (VALUES (0.25::FLOAT, '0003', 'a', 3::DOUBLE), (1, '0001', 'b', "
                "-2.5), (7, '0009', 'c', 7), (NULL, '0002', 'd', NULL)) t(b, article_id, note, a)");
  expect_texts("text: raw/v.parquet");
}

TEST_F(Embeddings, SeveralFilesAndColumnsByName) {
  write("raw/t/1.csv", "sku;vector\n0003;[0.25, 3]\n");
  write("raw/t/2.csv", "vector;sku\n[1, -2.5];0001\n[7, 7];0009\n");
  expect_texts("text: {from: raw/t/*.csv, id: sku, column: vector}");
  expect_texts("text: {from: [raw/t/1.csv, raw/t/2.csv], id: sku, column: vector}");
  // The name that items has for its ids goes without saying.
  items_settings_ = ", columns: {article_id: sku}";
  expect_texts("text: {from: raw/t/*.csv, column: vector}");
}

TEST_F(Embeddings, TextAndImageSideBySide) {
  write("raw/t.csv", "article_id,a,b\n0001,1,2\n");
  write("raw/i.csv", "article_id,a,b,c\n0001,1,2,3\n0002,4,5,6\n");
  const auto report = build("text: raw/t.csv, image: raw/i.csv");
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_THAT(stored(),
              ::testing::ElementsAre("0001 [1.0, 2.0] [1.0, 2.0, 3.0]", "0002 null [4.0, 5.0, 6.0]",
                                     "0003 null null", "17850 null null"));
}

// Ids keep their written form, and the rule of items holds.
TEST_F(Embeddings, IdsAreThoseOfItems) {
  write("raw/v.csv", "article_id,a\n1,5\n17850.0,6\n");
  auto report = build("text: raw/v.csv");
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_THAT(report->notes,
              ::testing::Contains("text_embedding: 0 of 4 articles, 1 numbers each; left out 2 "
                                  "whose id no article has: '1', '17850.0' (ids are compared as "
                                  "they are written)"));
  items_settings_ = ", ids: {article_id: integer_text}";
  report = build("text: raw/v.csv");
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_THAT(stored(), ::testing::Contains("17850 [6.0] null"));
  write_parquet("raw/v.parquet", "SELECT 17850::DOUBLE AS article_id, [6] AS embedding");
  report = build("text: raw/v.parquet");
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_THAT(stored(), ::testing::Contains("17850 [6.0] null"));
}

// Every vector as a loop would place it.
TEST_F(Embeddings, EqualALoopOnRandomFiles) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  const std::vector<std::string> articles = {"0001", "0002", "0003", "17850", "x", "y"};
  for (int round = 0; round < 8; ++round) {
    std::map<std::string, std::string> expected;
    std::string csv = "article_id,embedding\n", json;
    const size_t length = 1 + random() % 5;
    std::vector<std::string> order = articles;
    std::ranges::shuffle(order, random);
    for (const std::string& article : order) {
      if (random() % 3 == 0) continue;
      std::vector<std::string> numbers;
      for (size_t i = 0; i < length; ++i)
        numbers.push_back(fmt::format("{:.2f}", static_cast<double>(random() % 64) / 4 - 8));
      csv += fmt::format("{},\"[{}]\"\n", article, fmt::join(numbers, ","));
      json += fmt::format("{{\"article_id\":\"{}\",\"embedding\":[{}]}}\n", article,
                          fmt::join(numbers, ","));
      for (std::string& number : numbers) {
        while (number.ends_with("0") && !number.ends_with(".0")) number.pop_back();
        if (number == "-0.0") number = "0.0";
      }
      expected[article] = fmt::format("[{}]", fmt::join(numbers, ", "));
    }
    if (expected.empty()) continue;
    write("raw/v.csv", csv);
    write("raw/v.jsonl", json);
    std::vector<std::string> rows;
    for (const char* article : {"0001", "0002", "0003", "17850"}) {
      const std::string vector = expected.contains(article) ? expected[article] : "null";
      rows.push_back(fmt::format("{} {} {}", article, vector, vector));
    }
    const auto report = build("text: raw/v.csv, image: raw/v.jsonl");
    ASSERT_TRUE(report.ok()) << report.error().to_text();
    EXPECT_EQ(stored(), rows) << csv;
  }
}

TEST_F(Embeddings, ErrorsOfTheSettingsNameTheKey) {
  write("raw/v.csv", "sku,vektor,note\n0001,\"[1, 2]\",a\n");
  write("truth/v.csv", "article_id,a\n0001,1\n");
  write_parquet("raw/n.parquet", "SELECT '1' AS article_id, 3 AS embedding, ['a'] AS words");
  EXPECT_THAT(error_of("text: raw/w.csv"),
              AllOf(HasSubstr("coterie.yaml:4:31: datasets.embeddings.text: no file matches "
                              "'raw/w.csv'"),
                    HasSubstr("mend: did you mean 'raw/v.csv'?")));
  EXPECT_THAT(error_of("text: {from: [raw/v.csv, raw/no/*.csv]}"),
              AllOf(HasSubstr("coterie.yaml:4:38: datasets.embeddings.text.from: no file matches "
                              "'raw/no/*.csv'"),
                    HasSubstr("does not exist")));
  EXPECT_THAT(error_of("text: raw/v.csv"),
              AllOf(HasSubstr("coterie.yaml:4:31: datasets.embeddings.text: there is no column "
                              "'article_id' in 'raw/v.csv'"),
                    HasSubstr("mend: say which one holds the articles' ids: {from: raw/v.csv, id: "
                              "COLUMN}; there are sku, vektor, note")));
  EXPECT_THAT(error_of("text: {from: raw/v.csv, id: skuu}"),
              AllOf(HasSubstr("coterie.yaml:4:53: datasets.embeddings.text.id: there is no column "
                              "'skuu'"),
                    HasSubstr("mend: did you mean 'sku'?")));
  EXPECT_THAT(error_of("image: {from: raw/v.csv, id: sku, column: vector}"),
              AllOf(HasSubstr("datasets.embeddings.image.column: there is no column 'vector'"),
                    HasSubstr("mend: did you mean 'vektor'?")));
  EXPECT_THAT(error_of("text: {from: raw/v.csv, id: sku}"),
              AllOf(HasSubstr("'raw/v.csv' has neither a column 'embedding' nor a numeric one"),
                    HasSubstr("column: COLUMN}; there are sku, vektor, note")));
  EXPECT_THAT(error_of("text: raw/n.parquet"),
              HasSubstr("column 'embedding' of 'raw/n.parquet' holds INTEGER, not lists of "
                        "numbers"));
  EXPECT_THAT(error_of("text: {from: raw/n.parquet, column: words}"),
              HasSubstr("column 'words' of 'raw/n.parquet' holds VARCHAR[], not lists of numbers"));
  EXPECT_THAT(error_of("text: {from: raw/n.parquet, id: words, column: words}"),
              HasSubstr("column 'words' holds VARCHAR[], which is no id"));
  EXPECT_THAT(error_of("text: truth/v.csv"), HasSubstr("truth/ holds the planted answers"));
}

TEST_F(Embeddings, ErrorsOfTheDataNameFileAndArticle) {
  const auto error = [&](const std::string& rows) {
    write("raw/v.csv", "article_id,embedding\n" + rows);
    return error_of("text: raw/v.csv");
  };
  EXPECT_THAT(error("0001,\"[1, 2]\"\n0002,\"[1, 2, 3]\"\n0003,\"[1, 2]\"\n"),
              AllOf(HasSubstr("raw/v.csv: datasets.embeddings.text: vectors differ in length: "
                              "article '0001' has 2 numbers, article '0002' 3"),
                    HasSubstr("mend: write all vectors with one model")));
  EXPECT_THAT(error("0001,\"[1, 2]\"\n0002,\"[1, nan]\"\n"),
              AllOf(HasSubstr("raw/v.csv: datasets.embeddings.text: the vector of article '0002' "
                              "cannot be used: number 2 is nan"),
                    HasSubstr("mend: every vector is a list of finite numbers")));
  EXPECT_THAT(error("0002,\"[-inf, 1]\"\n"), HasSubstr("number 1 is -inf"));
  EXPECT_THAT(error("0002,\"[1, 1e300]\"\n"), HasSubstr("number 2 is 1e+300"));
  EXPECT_THAT(error("0002,\"[1, null]\"\n"), HasSubstr("number 2 is no number"));
  EXPECT_THAT(error("0002,[]\n"), HasSubstr("article '0002' cannot be used: an empty list"));
  EXPECT_THAT(error("0002,1;2\n"), HasSubstr("not a list of numbers: 1;2"));
  EXPECT_THAT(error("0002,\"[1, 2]\"\n0009,[1]\n0002,\"[1, 2]\"\n"),
              AllOf(HasSubstr("raw/v.csv: datasets.embeddings.text: article '0002' has 2 vectors"),
                    HasSubstr("mend: keep one row an article")));
  EXPECT_THAT(error("0002,[1]\n,[1]\n"),
              HasSubstr("raw/v.csv: datasets.embeddings.text: rows without a usable id in column "
                        "'article_id': 1"));
  write("raw/v.csv", "article_id,a,b\n0001,1,2\n0002,3,\n");
  EXPECT_THAT(error_of("text: raw/v.csv"),
              HasSubstr("article '0002' cannot be used: column b is no number"));
  write("raw/v.csv", "article_id,a,b\n0001,inf,2\n0002,four,3\n");
  EXPECT_THAT(error_of("text: raw/v.csv"),
              HasSubstr("article '0001' cannot be used: column a is inf"));
  write("raw/v.parquet", "PAR1 and no more");
  EXPECT_THAT(
      error_of("text: raw/v.parquet"),
      AllOf(HasSubstr("raw/v.parquet: datasets.embeddings.text: the vectors cannot be read: "),
            HasSubstr("mend: write the file again: Parquet, CSV with a header line, or JSON "
                      "lines")));
  write("raw/v.jsonl", "{\"article_id\": \"0001\", \"embedding\": [1, 2}\n");
  EXPECT_THAT(error_of("text: raw/v.jsonl"),
              HasSubstr("raw/v.jsonl: datasets.embeddings.text: the vectors cannot be read: "));
  // Nothing of all this was written.
  EXPECT_FALSE((*warehouse_.snapshot()).has("dataset_b_articles"));
}

TEST_F(Embeddings, TheirSqlMakesTheSameRows) {
  write("raw/v.csv", "article_id,a,b\n0001,1,-2.5\n0003,0.25,3\n0009,7,7\n");
  expect_texts("text: raw/v.csv");
  const Project settings = *project("text: raw/v.csv");
  const Snapshot snapshot = *warehouse_.snapshot();
  const auto specs = datasets(settings, snapshot, engine_);
  ASSERT_TRUE(specs.ok()) << specs.error().to_text();
  const std::vector<std::string>& sql = (*specs)[1].sql;
  ASSERT_EQ(sql.size(), 2u);
  EXPECT_THAT(sql[0], HasSubstr("raw/v.csv"));
  Connection connection = *engine_.connect();
  ASSERT_TRUE(snapshot.attach(connection).ok());
  const Status made = connection.execute(sql[0]);
  ASSERT_TRUE(made.ok()) << made.error().to_text();
  const auto differ = connection.scalar_int(fmt::format(
      "SELECT count(*) FROM ((SELECT article_id, text_embedding FROM ({0}) EXCEPT SELECT "
      "article_id, text_embedding FROM facts.dataset_b_articles) UNION ALL (SELECT article_id, "
      "text_embedding FROM facts.dataset_b_articles EXCEPT SELECT article_id, text_embedding FROM "
      "({0})))",
      sql[1]));
  ASSERT_TRUE(differ.ok()) << differ.error().to_text();
  EXPECT_EQ(*differ, 0);
}

TEST_F(Embeddings, ACompressedFileThatWasCutOffIsNoShortOne) {
  std::filesystem::create_directories(folder_ / "raw");
  Connection connection = *engine_.connect();
  for (const char* format : {"csv", "json"}) {
    const std::string path = folder_ / fmt::format("raw/v.{}.gz", format);
    ASSERT_TRUE(connection
                    .execute(fmt::format(
                        "COPY (SELECT 'x' || range AS article_id, hash(range) AS a, "
                        "hash(-range) AS b FROM range(40000)) TO {} (FORMAT {}, COMPRESSION gzip)",
                        quote_text(path), format))
                    .ok());
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 9);
    EXPECT_EQ(error_of(fmt::format("text: raw/v.{}.gz", format)),
              path +
                  ": the compressed data ends early\n"
                  "  mend: the file is cut off: copy or download it again");
  }
}

TEST_F(Embeddings, TheirStateFollowsTheFiles) {
  write("raw/1.csv", "article_id,a\n0001,1\n");
  const auto state = [&](const std::string& section) {
    const auto text = embeddings_state(*project(section), engine_);
    EXPECT_TRUE(text.ok()) << text.error().to_text();
    return text.ok() ? *text : "";
  };
  EXPECT_THAT(state(""), IsEmpty());
  const std::string before = state("text: raw/*.csv");
  EXPECT_EQ(state("text: raw/*.csv"), before);
  EXPECT_NE(state("image: raw/*.csv"), before);
  write("raw/2.csv", "article_id,a\n0002,1\n");
  const std::string two = state("text: raw/*.csv");
  EXPECT_NE(two, before);
  write("raw/2.csv", "article_id,a\n0002,12\n");
  EXPECT_NE(state("text: raw/*.csv"), two);
}

}  // namespace
}  // namespace coterie::data
