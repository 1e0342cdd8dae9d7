#include "data/publish/publish.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/publish/publish_test_internal.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST_F(PublishTest, MakesTablesWithKeysIndicesCommentsAndProvenance) {
  world_->write_segments(3, "Loyal");
  world_->replace("sales", "SELECT DATE '2024-05-01' AS day, 7 AS sold", {.day_column = "day"});
  const PublishReport report = publish(
      {{"customer_segments", "who is who", {{"segment_name", "it's the name"}}}, {"sales", ""}});
  ASSERT_EQ(report.tables.size(), 2U);
  EXPECT_EQ(report.tables[0].rows, 3);
  EXPECT_FALSE(report.tables[0].skipped);
  EXPECT_EQ(report.schema, "public");
  EXPECT_THAT(report.server, Not(HasSubstr("cret")));
  EXPECT_EQ(world_->text("SELECT string_agg(concat_ws('|', customer_id, segment_name, run_id, "
                         "model_version IS NULL), ' ' ORDER BY 1) FROM customer_segments"),
            "0000|Loyal|run-Loyal|t 0001|Loyal|run-Loyal|t 0002|Loyal|run-Loyal|t");
  EXPECT_EQ(world_->text("SELECT string_agg(indexdef, E'\\n' ORDER BY indexname) FROM pg_indexes "
                         "WHERE tablename IN ('customer_segments', 'sales')"),
            "CREATE UNIQUE INDEX customer_segments_pkey ON public.customer_segments USING btree "
            "(customer_id)\nCREATE INDEX sales_day_idx ON public.sales USING btree (day)");
  EXPECT_EQ(world_->text("SELECT obj_description('customer_segments'::regclass)"),
            "who is who; published by coterie");
  EXPECT_EQ(world_->text("SELECT col_description('customer_segments'::regclass, 2)"),
            "it's the name");
  EXPECT_EQ(
      world_->text("SELECT string_agg(concat_ws('|', table_name, project, run_id, row_count), "
                   "' ' ORDER BY 1) FROM coterie_publications"),
      "customer_segments|shop|run-Loyal|3 sales|shop|run|1");
}

TEST_F(PublishTest, KeepsTypes) {
  world_->replace(
      "t",
      "SELECT 12.30::DECIMAL(18,2) AS price, TIMESTAMP '2024-03-31 01:30:00.25' AS at, DATE "
      "'2024-02-29' AS day, [0.5, NULL, 2]::FLOAT[] AS vector, [1, 2]::BIGINT[] AS ids, "
      "['a', 'b'] AS words, {'x': 1} AS point, true AS yes, 1e300 AS big, 5::TINYINT AS small, "
      "E'tab\\tand \\\\ new\\nline, Å' AS text UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, "
      "NULL, NULL, NULL, NULL, NULL, NULL");
  publish({{"t", ""}});
  EXPECT_EQ(world_->text("SELECT string_agg(format_type(atttypid, atttypmod), ',' ORDER BY attnum) "
                         "FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"),
            "numeric(18,2),timestamp with time zone,date,real[],bigint[],jsonb,jsonb,boolean,"
            "double precision,smallint,text,timestamp with time zone,text,text");
  EXPECT_EQ(world_->text("SELECT concat_ws('|', price, at AT TIME ZONE 'UTC', day, vector, ids, "
                         "words, point, yes, big, small, text) FROM t WHERE yes"),
            "12.30|2024-03-31 01:30:00.25|2024-02-29|{0.5,NULL,2}|{1,2}|[\"a\", \"b\"]|{\"x\": "
            "1}|t|1e+300|5|tab\tand \\ new\nline, Å");
  EXPECT_EQ(world_->text("SELECT num_nonnulls(price, at, day, vector, ids, words, point, yes, big, "
                         "small, text) FROM t WHERE yes IS NULL"),
            "0");
}

TEST_F(PublishTest, LeavesUnchangedTablesAlone) {
  publish_new_segments(3, "Loyal");
  const std::string before = world_->text("SELECT min(xmin::text) FROM customer_segments");
  const PublishReport again = publish_segments();
  EXPECT_TRUE(again.tables[0].skipped);
  EXPECT_EQ(again.tables[0].note, "unchanged");
  EXPECT_EQ(world_->text("SELECT min(xmin::text) FROM customer_segments"), before);
  const PublishReport forced = publish_segments(true);
  EXPECT_FALSE(forced.tables[0].skipped);
  EXPECT_NE(world_->text("SELECT min(xmin::text) FROM customer_segments"), before);
}

TEST_F(PublishTest, DoesNotReplaceWhatIsNewer) {
  publish_new_segments(3, "Loyal");
  ASSERT_TRUE(world_->database
                  .execute("UPDATE coterie_publications SET updated_at = now() + '1 day', version "
                           "= 900, run_id = 'elsewhere'")
                  .ok());
  const PublishReport report = publish_segments();
  EXPECT_TRUE(report.tables[0].skipped);
  EXPECT_EQ(report.tables[0].note,
            "left alone: the database has a newer one, of run elsewhere; --force replaces it");
  EXPECT_FALSE(publish_segments(true).tables[0].skipped);
}

TEST_F(PublishTest, KeepsWhatOthersPutOnATable) {
  publish_new_segments(3, "Loyal");
  ASSERT_TRUE(world_->database
                  .execute("CREATE ROLE backend_keeps; GRANT SELECT ON customer_segments TO "
                           "backend_keeps; GRANT SELECT (segment_name) ON customer_segments TO "
                           "PUBLIC; CREATE VIEW loyal AS SELECT * FROM customer_segments; CREATE "
                           "INDEX theirs ON customer_segments (segment_name); ALTER TABLE "
                           "customer_segments ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON "
                           "customer_segments USING (true)")
                  .ok());
  const std::string rights =
      "SELECT concat_ws(' ', relacl::text, relrowsecurity, (SELECT count(*) FROM pg_policy), "
      "(SELECT string_agg(attacl::text, ',') FROM pg_attribute WHERE attrelid = c.oid), (SELECT "
      "count(*) FROM pg_index WHERE indrelid = c.oid)) FROM pg_class c WHERE relname = "
      "'customer_segments'";
  const std::string before = world_->text(rights);
  EXPECT_THAT(before, HasSubstr("backend_keeps=r"));
  world_->write_segments(4, "Gone");
  publish_segments();
  EXPECT_EQ(world_->text("SELECT string_agg(segment_name, ',') FROM loyal"), "Gone,Gone,Gone,Gone");
  EXPECT_EQ(world_->text(rights), before);
  ASSERT_TRUE(
      world_->database.execute("DROP OWNED BY backend_keeps; DROP ROLE backend_keeps").ok());
}

TEST_F(PublishTest, FollowsNewColumnsTypesAndKeys) {
  world_->replace("t", "SELECT 1 AS a, 'x' AS b, 2 AS c", {.key = {"a"}});
  publish({{"t", ""}});
  ASSERT_TRUE(world_->database.execute("CREATE INDEX theirs ON t (b)").ok());
  world_->replace("t", "SELECT 1 AS a, 'x' AS b, 2.5 AS c, 3 AS d UNION ALL SELECT 1, 'y', 4, 5",
                  {.key = {"a", "b"}, .reshape = true});
  const PublishReport report = publish({{"t", ""}});
  EXPECT_EQ(report.tables[0].note, "its columns or keys changed");
  EXPECT_EQ(world_->text("SELECT string_agg(concat_ws('|', a, b, c, d), ' ' ORDER BY b) FROM t"),
            "1|x|2.5|3 1|y|4.0|5");
  EXPECT_EQ(
      world_->text("SELECT string_agg(indexdef, ';' ORDER BY indexname) FROM pg_indexes WHERE "
                   "tablename = 't'"),
      "CREATE UNIQUE INDEX t_pkey ON public.t USING btree (a, b);CREATE INDEX theirs ON "
      "public.t USING btree (b)");
  EXPECT_TRUE(publish({{"t", ""}}).tables[0].skipped);
}

TEST_F(PublishTest, AColumnThatAViewNeedsIsNotTakenAway) {
  world_->replace("t", "SELECT 1 AS a, 'x' AS b");
  publish({{"t", ""}});
  ASSERT_TRUE(world_->database.execute("CREATE VIEW v AS SELECT b FROM t").ok());
  world_->replace("t", "SELECT 2 AS a", {.reshape = true});
  const auto report = world_->publish({{"t", ""}});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kConflict);
  EXPECT_THAT(report.error().to_text(),
              testing::AllOf(
                  HasSubstr("table 't', column 'b': this column is gone or has another type now"),
                  HasSubstr("view v depends on column b of table t"),
                  HasSubstr("drop those views, publish, and create them again")));
  EXPECT_EQ(world_->text("SELECT b FROM v"), "x");
}

TEST_F(PublishTest, DoesNotTouchTablesOfOthers) {
  world_->write_segments(3, "Loyal");
  ASSERT_TRUE(world_->database
                  .execute("CREATE TABLE customer_segments (mine int); INSERT INTO "
                           "customer_segments VALUES (42)")
                  .ok());
  const auto refused = world_->publish_segments(true);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_THAT(refused.error().to_text(),
              testing::AllOf(HasSubstr("table 'customer_segments': test_"),
                             HasSubstr("schema 'public' has something of this name that coterie "
                                       "did not publish"),
                             HasSubstr("publish into a schema of its own")));
  EXPECT_EQ(world_->text("SELECT mine FROM customer_segments"), "42");
  EXPECT_EQ(world_->text("SELECT to_regclass('coterie_publications') IS NULL"), "t");

  world_->project.publish_schema = "ml \"own\"";
  ASSERT_TRUE(world_->publish_segments().ok());
  EXPECT_EQ(world_->text("SELECT count(*) FROM \"ml \"\"own\"\"\".customer_segments"), "3");
  world_->project.name = "another";
  const auto other = world_->publish_segments();
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().message, HasSubstr("has this table from the project 'shop'"));
}

TEST_F(PublishTest, RefusesATableThatForeignKeysReferTo) {
  publish_new_segments(3, "Loyal");
  ASSERT_TRUE(world_->database
                  .execute("CREATE TABLE mails (customer_id text REFERENCES customer_segments ON "
                           "DELETE CASCADE); INSERT INTO mails VALUES ('0001')")
                  .ok());
  world_->write_segments(3, "Gone");
  const auto refused = world_->publish_segments();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().to_text(),
              HasSubstr("the foreign key mails_customer_id_fkey of table mails refers to this "
                        "table"));
  EXPECT_EQ(world_->text("SELECT count(*) FROM mails"), "1");
  EXPECT_EQ(world_->segment_names(), "Loyal3");
}

TEST_F(PublishTest, NamesWhatItPublishedBeforeAndNoMore) {
  world_->write_segments(3, "Loyal");
  world_->replace("old", "SELECT 1 AS a");
  publish({{"customer_segments", ""}, {"old", ""}});
  const PublishReport report = publish_segments();
  EXPECT_THAT(report.left_over, ElementsAre("old"));
}

TEST_F(PublishTest, NamesThatTheServerWouldCutAreRefused) {
  const std::string longest(63, 'n');
  world_->replace(longest, fmt::format("SELECT 1 AS {}", std::string(63, 'c')),
                  {.key = {std::string(63, 'c')}});
  world_->replace("t", fmt::format("SELECT 1 AS {}", std::string(64, 'c')));
  publish({{longest, ""}});
  const auto refused = world_->publish({{"t", ""}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
  EXPECT_THAT(refused.error().to_text(),
              HasSubstr("has 64 bytes, and PostgreSQL cuts names at 63"));
}

TEST_F(PublishTest, AKeyThatRepeatsIsAnErrorAndTheOldRowsStay) {
  world_->replace("t", "SELECT 1 AS a", {.key = {"a"}});
  publish({{"t", ""}});
  world_->append("t", "SELECT 1 AS a");
  const auto report = world_->publish({{"t", ""}});
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().to_text(),
              testing::AllOf(HasSubstr("duplicate key value violates unique constraint \"t_pkey\""),
                             HasSubstr("Key (a)=(1) already exists")));
  EXPECT_EQ(world_->text("SELECT count(*) FROM t"), "1");
}

TEST_F(PublishTest, SaysWhichPrivilegeIsMissing) {
  world_->write_segments(3, "Loyal");
  ASSERT_TRUE(
      world_->database.execute("CREATE ROLE reader_only LOGIN PASSWORD 'guess-me-not'").ok());
  const std::string database = world_->url.substr(world_->url.rfind('/') + 1);
  world_->project.publish_url = server_->url(database, "reader_only", "guess-me-not");
  const auto refused = world_->publish_segments();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kPermission);
  EXPECT_THAT(refused.error().to_text(),
              testing::AllOf(HasSubstr("permission denied for schema public"),
                             HasSubstr("GRANT USAGE, CREATE ON SCHEMA public TO reader_only"),
                             Not(HasSubstr("guess-me-not"))));
}

}  // namespace
}  // namespace coterie::data
