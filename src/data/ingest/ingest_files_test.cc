// Files as they come: formats, encodings, damage; and the errors a user reads.
#include <gmock/gmock.h>

#include "data/ingest/ingest_test_internal.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

class FilesTest : public IngestTest {
 protected:
  const std::string transactions_ = "sources: {transactions: {from: t.csv}}\n";
  const std::string head_ = "t_dat,customer_id,article_id,price\n";
};

TEST_F(FilesTest, KeepsWrittenIdsAndTypesValues) {
  write("t.csv", head_ +
                     "2024-07-01,007,\"0108775015\",19.99\r\n"
                     "2024-07-01 10:00:00,\"a,b\",\"two\nlines\",-1.5\n");
  const RoleReport report = load_role(transactions_, "transactions");
  EXPECT_EQ(report.rows_loaded, 2);
  EXPECT_THAT(
      rows("SELECT t_dat, day, customer_id, article_id, price FROM transactions ORDER BY 1"),
      ElementsAre("2024-07-01 10:00:00|2024-07-01|a,b|two\nlines|-1.50",
                  "2024-07-01 23:59:59.999999|2024-07-01|007|0108775015|19.99"));
  EXPECT_THAT(report.columns, ElementsAre("t_dat", "customer_id", "article_id", "price"));
}

TEST_F(FilesTest, BadRowsAreKeptApartWithFileLineAndColumn) {
  write("t.csv", head_ +
                     "2024-07-01,c1,a1,1\n"
                     "2024-07-01,c1,\"a\n1\",2\n"  // lines 3 and 4
                     "2024-07-01,c1,a1,abc\n"
                     "2024-07-01,c1,a1,nan\n"
                     "\n"
                     "2024-07-01,c1\n"
                     "yesterday,c1,a1,1\n"
                     "2024-07-01,,a1,1\n"
                     "2024-07-01,c1,a1,\"1\"x\n"
                     "2024-07-01,c\xE9,a1,1\n"
                     "2024-07-01,c1,a1,\"open\n");
  const RoleReport report = load_role(
      "sources: {transactions: {from: t.csv, max_rejected_share: 0.9}}\n", "transactions");
  EXPECT_EQ(report.rows_read, 10);
  EXPECT_EQ(report.rows_loaded, 2);
  EXPECT_EQ(report.rows_rejected, 8);
  EXPECT_THAT(rows("SELECT file, line, column_name, reason, raw FROM rejected_transactions "
                   "ORDER BY line"),
              ElementsAre("t.csv|5|price|not an amount of money|abc",
                          "t.csv|6|price|not an amount of money|nan",
                          "t.csv|8|null|2 fields instead of 4|2024-07-01,c1",
                          "t.csv|9|t_dat|not a time (ISO 8601, from 1900 to 2199)|yesterday",
                          "t.csv|10|customer_id|missing|null",
                          "t.csv|11|null|text after a closing quote|2024-07-01,c1,a1,\"1\"x",
                          "t.csv|12|null|not UTF-8: byte 0xE9 at position 13 of the line|"
                          "2024-07-01,cé,a1,1",
                          "t.csv|13|null|a quote is never closed|2024-07-01,c1,a1,\"open"));
  EXPECT_EQ(report.examples[0].to_text(), "t.csv:5: price: not an amount of money: 'abc'");
}

TEST_F(FilesTest, TooManyBadRowsLoadNothing) {
  write("t.csv", head_ + "2024-07-01,c1,a1,x\n2024-07-01,c1,a1,2\n");
  EXPECT_EQ(load_error(transactions_),
            "table 'transactions': 1 of 2 rows cannot be used (50.00 %), more than "
            "max_rejected_share allows (1.00 %); nothing was loaded\n"
            "  t.csv:2: price: not an amount of money: 'x'\n"
            "  mend: correct the rows, map the column otherwise, leave such rows out with 'drop', "
            "or raise max_rejected_share of the source");
  EXPECT_THAT(rows("SELECT table_name FROM information_schema.tables WHERE table_name LIKE "
                   "'%transactions'"),
              IsEmpty());
}

TEST_F(FilesTest, EmptyFilesAndHeadersAlone) {
  write("t.csv", "");
  EXPECT_EQ(load_error(transactions_),
            "t.csv: the file is empty: not even a header line\n"
            "  mend: remove the file, or write 'header: false' if it may be empty");
  write("t.csv", head_);
  EXPECT_EQ(load_role(transactions_, "transactions").rows_loaded, 0);
  EXPECT_THAT(rows("SELECT count(*), count(price) FROM transactions"), ElementsAre("0|0"));
}

TEST_F(FilesTest, HeadersThatCannotBeUsed) {
  write("t.csv", "t_dat,price,price\n");
  EXPECT_EQ(load_error(transactions_),
            "t.csv:1: the header names column 'price' twice\n"
            "  mend: rename one, or write 'header: false', 'skip_lines: 1' and 'names: [...]'");
  write("t.csv", "t_dat,price,Price\n");
  EXPECT_THAT(load_error(transactions_), HasSubstr("differ in letter case only"));
  write("t.csv", "t_dat,caf\xE9\n");
  EXPECT_THAT(load_error(transactions_),
              HasSubstr("t.csv:1: the header line cannot be read: not UTF-8"));
}

TEST_F(FilesTest, MappingsThatDoNotFitPointIntoTheConfiguration) {
  write("t.csv", "when,customer_id,article_id,Amount\n2024-07-01,c,a,1\n");
  EXPECT_EQ(load_error(transactions_),
            "coterie.yaml:3:25: sources.transactions: role 'transactions' needs the column "
            "'t_dat' (when it was bought), and 't.csv' has none of that name\n"
            "  mend: say which it is: columns: {t_dat: COLUMN}; there are when, customer_id, "
            "article_id, Amount");
  EXPECT_EQ(load_error("sources: {transactions: {from: t.csv, time: wen}}\n"),
            "coterie.yaml:3:45: sources.transactions.time: there is no column 'wen' in 't.csv'\n"
            "  mend: did you mean 'when'?");
  EXPECT_THAT(load_error("sources: {transactions: {from: t.csv, time: when, "
                         "columns: {price: \"= Amount * 2\"}}}\n"),
              HasSubstr("coterie.yaml:3:71: sources.transactions: "));
  EXPECT_THAT(load_error("sources: {transactions: {from: t.csv, time: when, "
                         "where: \"amount = '1'\"}}\n"),
              HasSubstr("'Amount'"));
  EXPECT_THAT(load_error("sources: {transactions: {from: t.csv, time: when, key: order_id}}\n"),
              HasSubstr("'order_id' is named as a key, but 't.csv' does not give it"));
}

TEST_F(FilesTest, MissingFilesNameWhatIsNear) {
  write("raw/transactions.csv", head_);
  EXPECT_EQ(load_error("sources: {transactions: {from: raw/transaction.csv}}\n"),
            "coterie.yaml:3:25: sources.transactions: no file matches 'raw/transaction.csv'\n"
            "  mend: did you mean 'raw/transactions.csv'?");
  EXPECT_THAT(load_error("sources: {transactions: {from: rav/x.csv}}\n"),
              EndsWith("/rav' does not exist"));
  const RoleReport off =
      load_role("sources: {transactions: {from: none/*.csv, optional: true}}\n", "transactions");
  EXPECT_EQ(off.mode, LoadMode::kOff);
  EXPECT_THAT(off.notes, ElementsAre("off: no file matches its source"));
}

TEST_F(FilesTest, FoldersGlobsAndNamesWithoutExtension) {
  write("a/2.csv", head_ + "2024-07-02,c,a,2\n");
  write("a/1.csv", head_ + "2024-07-01,c,a,1\n");
  write("a/_SUCCESS", "");
  write("a/.hidden.csv", "nonsense\n");
  write("a/deep/3.csv", head_ + "2024-07-03,c,a,3\n");
  const auto loaded = [&](const std::string& from) {
    const RoleReport report =
        load_role("sources: {transactions: {from: " + from + "}}\n", "transactions", true);
    return report.rows_loaded;
  };
  EXPECT_EQ(loaded("a"), 2);
  EXPECT_EQ(loaded("a/*.csv"), 2);
  EXPECT_EQ(loaded("a/**/*.csv"), 3);
  EXPECT_EQ(loaded("a/1"), 1);
  EXPECT_EQ(loaded("[a/1.csv, a/1.csv, a]"), 2);
}

TEST_F(FilesTest, DelimitersEncodingsAndFilesWithoutHeader) {
  write("t.csv", "a comment\n2024-07-01|c1|caf\xE9 |1,5|NA\n2024-07-01|NA|x|2|7\n");
  const RoleReport report = load_role(
      "sources: {transactions: {from: t.csv, delimiter: '|', quote: none, encoding: latin-1, "
      "skip_lines: 1, names: [t_dat, customer_id, article_id, price, quantity], decimal: ',', "
      "nulls: [NA], missing: {customer_id: drop}}}\n",
      "transactions");
  EXPECT_EQ(report.rows_loaded, 1);
  EXPECT_THAT(report.dropped, ElementsAre(testing::Pair("without customer_id", 1)));
  EXPECT_THAT(rows("SELECT article_id, price, quantity FROM transactions"),
              ElementsAre("café |1.50|null"));
  write("n.csv", "2024-07-01\tc\ta\n");
  load_role(
      "sources: {transactions: {from: n.csv, header: false, time: c1, "
      "columns: {customer_id: c2, article_id: c3}}}\n",
      "transactions");
  EXPECT_THAT(rows("SELECT customer_id, article_id FROM transactions"), ElementsAre("c|a"));
}

TEST_F(FilesTest, ALongField) {
  const std::string big(10 << 20, 'x');
  write("r.csv", "review_id,article_id,review_text\n1,a,\"" + big + "\"\n");
  load_role("sources: {reviews: {from: r.csv}}\n", "reviews");
  EXPECT_THAT(rows("SELECT length(review_text) FROM reviews"), ElementsAre("10485760"));
}

TEST_F(FilesTest, DamagedFilesLoadNothingAndAreNamed) {
  write("t.csv", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10));
  EXPECT_EQ(load_error(transactions_), folder_ / "t.csv" +
                                           ": the compressed data ends early\n  mend: the file is "
                                           "cut off: copy or download it again");
  write("t.parquet", "PAR1 and then nothing");
  EXPECT_THAT(load_error("sources: {transactions: {from: t.parquet}}\n"),
              HasSubstr("t.parquet: this is no whole Parquet file: "));
}

TEST_F(FilesTest, FilesOfOneSourceHaveOneFormat) {
  write("a/1.csv", head_);
  write_parquet("a/2.parquet", "SELECT 1 AS t_dat");
  EXPECT_EQ(load_error("sources: {transactions: {from: a}}\n"),
            "a/2.parquet: this file is parquet, but 'a/1.csv' is csv\n"
            "  mend: files of one source have one format; narrow the pattern, or say 'format:'");
}

TEST_F(FilesTest, JsonLines) {
  write("e.jsonl",
        "{\"user\": {\"id\": 17}, \"item\": \"a\", \"kind\": \"view\", \"at\": "
        "\"2024-07-01T10:00:00Z\", \"n\": 17850.0}\n"
        "{\"user\": {\"id\": 18}, \"kind\": \"session_start\", \"at\": \"2024-07-01T11:00:00Z\"}\n"
        "{\"user\": {\"id\": 19\n"
        "[1, 2]\n");
  const RoleReport report = load_role(
      "sources: {events: {from: e.jsonl, max_rejected_share: 0.5, time: at, columns: "
      "{customer_id: user.id, article_id: item, event_type: kind, value: n}}}\n",
      "events");
  EXPECT_EQ(report.rows_loaded, 2);
  EXPECT_THAT(rows("SELECT customer_id, article_id, event_type, created_at, value FROM events "
                   "ORDER BY 1"),
              ElementsAre("17|a|view|2024-07-01 10:00:00|17850.0",
                          "18|null|session_start|2024-07-01 11:00:00|null"));
  EXPECT_THAT(rows("SELECT line, reason, raw FROM rejected_events ORDER BY 1"),
              ElementsAre("3|malformed JSON|{\"user\": {\"id\": 19", "4|not a JSON object|[1, 2]"));
}

TEST_F(FilesTest, ParquetKeepsItsTypes) {
  write_parquet("t.parquet",
                "SELECT DATE '2024-07-01' AS t_dat, 17850::INTEGER AS customer_id, '007' AS "
                "article_id, 0.05084745762711864::DOUBLE AS price, 3::TINYINT AS quantity UNION "
                "ALL SELECT DATE '2024-07-02', 5, '', 'nan'::DOUBLE, 1 UNION ALL "
                "SELECT DATE '2024-07-02', 6, 'x', 1.005, 2");
  const RoleReport report = load_role(
      "sources: {transactions: {from: t.parquet, max_rejected_share: 0.5}}\n", "transactions");
  EXPECT_EQ(report.rows_rejected, 1);
  EXPECT_THAT(rows("SELECT t_dat, customer_id, article_id, price, quantity FROM transactions"),
              ElementsAre("2024-07-01 23:59:59.999999|17850|007|0.05|3",
                          "2024-07-02 23:59:59.999999|6|x|1.00|2"));
  EXPECT_THAT(rows("SELECT typeof(customer_id), typeof(article_id), typeof(price) "
                   "FROM transactions LIMIT 1"),
              ElementsAre("BIGINT|VARCHAR|DECIMAL(18,2)"));
  EXPECT_THAT(rows("SELECT file, line, column_name, reason FROM rejected_transactions"),
              ElementsAre("t.parquet|2|article_id|missing"));
}

TEST_F(FilesTest, ParquetWithATypeThatCannotBe) {
  write_parquet("t.parquet",
                "SELECT DATE '2024-07-01' AS t_dat, 'c' AS customer_id, 'a' AS article_id, [1.5] "
                "AS price");
  EXPECT_EQ(load_error("sources: {transactions: {from: t.parquet}}\n"),
            "coterie.yaml:3:25: sources.transactions: column 'price' of role 'transactions' "
            "cannot be made of DECIMAL(2,1)[]\n  mend: map a column of numbers");
  write_parquet("t.parquet", "SELECT 1700000000 AS t_dat, 'c' AS customer_id, 'a' AS article_id");
  EXPECT_THAT(load_error("sources: {transactions: {from: t.parquet}}\n"),
              HasSubstr("write 'time_format: unix_s'"));
}

TEST_F(FilesTest, DaysAreOfTheProjectsTimeZone) {
  write("t.csv",
        head_ + "2024-07-01,c,a,1\n2024-07-01 23:30:00,c,a,2\n2024-07-01T23:30:00Z,c,a,3\n");
  load_role("timezone: Europe/Stockholm\n" + transactions_, "transactions");
  EXPECT_THAT(
      rows("SELECT price, t_dat, day FROM transactions ORDER BY 1"),
      ElementsAre("1.00|2024-07-01 21:59:59.999999|2024-07-01",
                  "2.00|2024-07-01 21:30:00|2024-07-01", "3.00|2024-07-01 23:30:00|2024-07-02"));
}

TEST_F(FilesTest, OneFileFeedsSeveralRolesAndRowsAreCountedByName) {
  write("lines.csv",
        "Invoice,Sku,Name,Qty,At,Price,Who\n"
        "1,a,Apple,2,2024-07-01 10:00:00,1.5,17850.0\n"
        "1,a,Apple,2,2024-07-01 10:00:00,1.5,17850.0\n"
        "1,POST,Postage,1,2024-07-01 10:00:00,4,17850.0\n"
        "2,b,Bread,-1,2024-07-02 10:00:00,3,\n"
        "3,b,,1,2024-07-03 10:00:00,3,17.5\n");
  const auto report = load(R"yaml(
sources:
  lines: {role: none, from: lines.csv}
  customers: {sql: SELECT DISTINCT Who AS customer_id FROM lines, ids: {customer_id: integer_text},
              missing: {customer_id: drop}}
  items: {sql: "SELECT Sku AS article_id, max(Name) AS product_name, max(Price::DECIMAL(9,2)) AS
                price FROM lines GROUP BY 1", where: article_id <> 'POST'}
  transactions:
    from: lines.csv
    time: At
    columns: {customer_id: Who, article_id: Sku, price: Price, quantity: Qty, order_id: Invoice}
    ids: {customer_id: integer_text}
    missing: {customer_id: keep}
    exact_duplicates: drop
    drop: {postage: Sku = 'POST'}
    count: {returns: to_int(Qty) < 0, guests: Who is null}
)yaml");
  ASSERT_TRUE(report.ok()) << report.error().to_text();
  EXPECT_THAT(rows("SELECT customer_id FROM customers ORDER BY 1"), ElementsAre("17.5", "17850"));
  EXPECT_THAT(rows("SELECT article_id, product_name, price FROM items ORDER BY 1"),
              ElementsAre("a|Apple|1.50", "b|Bread|3.00"));
  EXPECT_THAT(rows("SELECT customer_id, article_id, quantity FROM transactions ORDER BY t_dat"),
              ElementsAre("17850|a|2", "null|b|-1", "17.5|b|1"));
  const RoleReport& lines = *report->find("transactions");
  EXPECT_EQ(lines.rows_read, 5);
  EXPECT_EQ(lines.rows_duplicate, 1);
  EXPECT_THAT(lines.dropped, ElementsAre(testing::Pair("postage", 1)));
  EXPECT_THAT(lines.counted, ElementsAre(testing::Pair("returns", 1), testing::Pair("guests", 1)));
  EXPECT_THAT(lines.unused_columns, ElementsAre("Name"));
  EXPECT_EQ(report->find("items")->rows_filtered, 1);
}

TEST_F(FilesTest, SqlThatFailsPointsIntoTheConfiguration) {
  write("t.csv", head_);
  EXPECT_THAT(load_error("sources:\n  x: {role: none, from: t.csv}\n"
                         "  items: {sql: SELECT nothing FROM x}\n"),
              testing::AllOf(HasSubstr("coterie.yaml:5:16: sources.items.sql: the SQL fails: "),
                             HasSubstr("nothing")));
  EXPECT_THAT(load_error("sources:\n  items: {sql: DROP TABLE x}\n"),
              HasSubstr("sources.items.sql: the SQL fails: "));
  EXPECT_THAT(load_error("sources:\n  items: {sql: SELECT * FROM customers}\n"
                         "  customers: {sql: SELECT * FROM items}\n"),
              HasSubstr("SQL sources read each other in a circle: "));
}

TEST_F(FilesTest, UnknownIdsAreKeptOrRejected) {
  write("c.csv", "customer_id\nc1\n");
  write("t.csv", head_ + "2024-07-01,c1,a,1\n2024-07-01,c2,a,1\n");
  const std::string customers = "sources:\n  customers: {from: c.csv}\n";
  EXPECT_EQ(load_role(customers + "  transactions: {from: t.csv}\n", "transactions").rows_loaded,
            2);
  const RoleReport report = load_role(
      customers + "  transactions: {from: t.csv, unknown_ids: reject, max_rejected_share: 0.5}\n",
      "transactions");
  EXPECT_EQ(report.rows_loaded, 1);
  EXPECT_THAT(rows("SELECT line, column_name, reason, raw FROM rejected_transactions"),
              ElementsAre("3|customer_id|no such customer in its table|c2"));
  // Unchanged customers are known too.
  write("t.csv", head_ + "2024-07-01,c1,a,1\n2024-07-01,c2,a,1\n2024-07-02,c1,a,1\n");
  EXPECT_EQ(load_role(customers + "  transactions: {from: t.csv, unknown_ids: reject, "
                                  "max_rejected_share: 0.5}\n",
                      "transactions")
                .rows_in_table,
            2);
}

}  // namespace
}  // namespace coterie::data
