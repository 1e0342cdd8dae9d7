#include "features/registry/history.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/temporary_folder.h"
#include "base/test_results.h"
#include "features/registry/registry_diff.h"

namespace coterie::features {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kHead = R"(registry_version: 1
entities: [{name: customer, join_keys: [customer_id]}]
)";
constexpr const char* kSource = "sources: [{name: sales, table: transactions}]\n";
constexpr const char* kSpend =
    "- {name: spend, entity: customer, source: sales, transformation: rolling_sum_30d, "
    "column: price}\n";
constexpr const char* kDouble = "- {name: double, transformation: spend * 2}\n";
constexpr const char* kService = "feature_services: [{name: s, features: [double, spend]}]\n";

Registry parse(const std::string& text) { return take(Registry::parse({{"f.yaml", text}})); }

Registry shop(const std::string& spend = kSpend, const std::string& rest = kService,
              const std::string& source = kSource) {
  return parse(kHead + source + "features:\n" + spend + kDouble + rest);
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  CHECK(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string meaning(const Registry& registry, const char* name = "spend") {
  return registry.meaning(*registry.feature(name));
}

TEST(Meaning, IsWrittenLineByLine) {
  EXPECT_EQ(meaning(shop()),
            "kind: aggregation\ntype: numeric\nentity: customer [\"customer_id\"]\n"
            "table: transactions\ntime: t_dat\nfunction: sum\ncolumn: price\nwindow: 30d\n");
  EXPECT_THAT(meaning(shop(), "double"),
              HasSubstr("kind: derived\ntype: numeric\nentity: customer [\"customer_id\"]\n"
                        "expression: spend * 2\ninput spend: "));
}

// Whatever is written in another way, or decides no value, leaves the meaning as it is.
TEST(Meaning, IsTheSameForWhatMeansTheSame) {
  const std::string wanted = meaning(shop(), "double");
  for (const std::string& spend :
       {with(kSpend, "30d", "720h"), with(kSpend, "column: price", "column: \" ( price ) \""),
        with(kSpend, "name: spend", "name: spend, version: 7, online: false, description: d"),
        with(kSpend, "name: spend", "name: spend, owner: o, tags: [a], freshness: 1h"),
        with(kSpend, "transformation: rolling_sum_30d, column: price",
             "aggregation: {column: price, function: sum, window: 30d}")}) {
    EXPECT_EQ(meaning(shop(spend), "double"), wanted) << spend;
  }
  for (const char* source :
       {"sources: [{name: sales, table: transactions, timestamp_field: t_dat, owner: o}]\n",
        "sources: [{name: sales, table: transactions, columns: {unused: price * 2}}]\n"}) {
    EXPECT_EQ(meaning(shop(kSpend, kService, source), "double"), wanted) << source;
  }
}

TEST(Meaning, ChangesWithWhateverDecidesAValue) {
  const std::string before = meaning(shop(), "double");
  for (const std::string& spend :
       {with(kSpend, "30d", "31d"), with(kSpend, "sum", "mean"),
        with(kSpend, "column: price", "column: price + 1"),
        with(kSpend, "name: spend", "name: spend, default: 0"),
        with(kSpend, "name: spend", "name: spend, ttl: 5d"),
        with(kSpend, "transformation: rolling_sum_30d, column: price",
             "aggregation: {column: price, function: sum, window: 30d}, transformation: log"),
        with(kSpend, "transformation: rolling_sum_30d, column: price",
             "aggregation: {column: price, function: sum, window: 30d, filter: price > 0}")}) {
    EXPECT_NE(meaning(shop(spend), "double"), before) << spend;
  }
  for (const char* source :
       {"sources: [{name: sales, table: orders}]\n",
        "sources: [{name: sales, table: transactions, where: price > 0}]\n",
        "sources: [{name: sales, table: transactions, columns: {price: price * 2}}]\n",
        "sources: [{name: sales, table: transactions, timestamp_field: arrived_at}]\n",
        "sources: [{name: sales, table: transactions, static: true}]\n"}) {
    const std::string spend = std::string(source).find("static") == std::string::npos
                                  ? kSpend
                                  : with(kSpend, "rolling_sum_30d", "lifetime_sum");
    EXPECT_NE(meaning(shop(spend, kService, source), "double"), before) << source;
  }
}

TEST(Meaning, SqlCountsWithoutBlanksAndComments) {
  const auto of = [](const std::string& sql) {
    return meaning(shop(with(kSpend, "price", "x"), kService,
                        "sources:\n- name: sales\n  timestamp_field: t\n  sql: |\n" + sql));
  };
  const std::string wanted = of("    select x, t from a where s = 'a  b'\n");
  EXPECT_EQ(of("    select x,   t -- it's\n    from a\n    where /* y */ s = 'a  b';\n"), wanted);
  EXPECT_NE(of("    select x, t from a where s = 'a b'\n"), wanted);
  EXPECT_NE(of("    select x, t from b where s = 'a  b'\n"), wanted);
}

TEST(History, RefusesAnotherMeaningUnderARecordedVersion) {
  const TemporaryFolder folder;
  EXPECT_THAT(take(VersionHistory::load(folder.path())).features, IsEmpty());
  must(record_versions(folder.path(), shop(), {}, {"s"}));
  const VersionHistory history = take(VersionHistory::load(folder.path()));
  EXPECT_EQ(history.features.size(), 2u);
  EXPECT_THAT(history.services.at("s@1"), ElementsAre("double@1", "spend@1"));
  must(check_against_history(shop(), history));
  const Registry changed = shop(with(kSpend, "30d", "7d"));
  EXPECT_EQ(check_against_history(changed, history).error().to_text(),
            "f.yaml:5:10: features[0].name: values were made with spend@1 when it meant something "
            "else: window was '30d', is '7d'\n"
            "  mend: write version: 2, or restore what it was");
  EXPECT_FALSE(record_versions(folder.path(), changed, {"spend"}, {}).ok());
  const Registry raised = shop(with(with(kSpend, "30d", "7d"), "spend", "spend, version: 2"));
  EXPECT_EQ(check_against_history(raised, history).error().to_text(),
            "f.yaml:6:10: features[1].name: values were made with double@1 when it meant something "
            "else: 'spend', which it is made of, changed\n"
            "  mend: write version: 2, or restore what it was");
}

TEST(History, ServicesKeepTheirListsToo) {
  const TemporaryFolder folder;
  must(record_versions(folder.path(), shop(), {}, {"s"}));
  const Registry changed =
      shop(kSpend, "feature_services: [{name: s, version: 1, features: [spend]}]\n");
  const VersionHistory history = take(VersionHistory::load(folder.path()));
  EXPECT_EQ(check_against_history(changed, history).error().to_text(),
            "f.yaml:7:39: feature_services[0].version: service s@1 was used with other features: "
            "[double@1, spend@1], now [spend@1]\n"
            "  mend: write version: 2, or restore what it was");
}

TEST(History, KeepsWhatWasRecordedBefore) {
  const TemporaryFolder folder;
  must(record_versions(folder.path(), shop(), {"spend"}, {}));
  const Registry raised = parse(std::string(kHead) + kSource + "features:\n" +
                                with(with(kSpend, "30d", "7d"), "spend", "spend, version: 2"));
  must(record_versions(folder.path(), raised, {"spend"}, {}));
  VersionHistory history = take(VersionHistory::load(folder.path()));
  EXPECT_EQ(history.features.size(), 2u);
  const Registry back = parse(std::string(kHead) + kSource + "features:\n" + kSpend);
  must(check_against_history(back, history));
  const Registry third = shop(with(kSpend, "30d", "8d"));
  EXPECT_THAT(check_against_history(third, history).error().mend, HasSubstr("version: 3"));
}

TEST(History, SaysWhichVersionsToWrite) {
  const TemporaryFolder folder;
  must(record_versions(folder.path(), shop(), {}, {"s"}));
  const VersionHistory history = take(VersionHistory::load(folder.path()));
  EXPECT_THAT(versions_to_write(shop(), history), IsEmpty());
  EXPECT_THAT(versions_to_write(shop(with(kSpend, "30d", "7d")), history),
              ElementsAre(Pair("double", 2), Pair("service s", 2), Pair("spend", 2)));
  VersionHistory more = history;
  more.features["spend@5"] = meaning(shop(with(kSpend, "30d", "7d")));
  more.features["spend@7"] = "another";
  EXPECT_EQ(versions_to_write(shop(with(kSpend, "30d", "7d")), more).at("spend"), 5);
  EXPECT_EQ(versions_to_write(shop(with(kSpend, "30d", "9d")), more).at("spend"), 8);
}

TEST(History, IsNotReadWhereItWasChanged) {
  const TemporaryFolder folder;
  must(record_versions(folder.path(), shop(), {"spend"}, {}));
  const std::string path = folder / "feature_store/feature_versions.json";
  const std::string text = take(read_file(path));
  must(write_file_atomic(path, with(text, "window: 30d", "window: 31d")));
  EXPECT_EQ(VersionHistory::load(folder.path()).error().to_text(),
            path +
                ": the meaning of 'spend@1' is not what was written\n"
                "  mend: restore the file from version control; the program alone writes it");
  for (const char* damage : {"[]", "{\"format\": 2}",
                             "{\"format\": 1, \"features\": {\"a\": 1}, "
                             "\"services\": {}}"}) {
    must(write_file_atomic(path, damage));
    EXPECT_EQ(VersionHistory::load(folder.path()).error().code, ErrorCode::kCorrupt) << damage;
  }
}

TEST(History, LongTextsAreShownWhereTheyDiffer) {
  const std::string same(200, 'x');
  EXPECT_THAT(
      meaning_changes("sql: " + same + " FROM a\n", "sql: " + same + " FROM b WHERE c\n"),
      ElementsAre("sql was '...xxxxxxxxxxxxxx FROM a', is '...xxxxxxxxxxxxxx FROM b WHERE c'"));
  EXPECT_THAT(meaning_changes("a: 1\n", "b: 2\n"),
              ElementsAre("b was nothing, is '2'", "a was '1', is nothing"));
}

TEST(RegistryDiff, TellsMeaningVersionAndWordsApart) {
  const Registry before = parse(std::string(kHead) + kSource + "features:\n" + kSpend +
                                "- {name: gone, entity: customer, model: m}\n" + kDouble +
                                "- {name: words, entity: customer, model: m}\n" +
                                "- {name: same, entity: customer, model: m}\n" +
                                "feature_services: [{name: s, features: [spend]}]\n");
  const Registry after =
      parse(std::string(kHead) + kSource + "features:\n" + with(kSpend, "30d", "7d") +
            "- {name: double, version: 2, transformation: spend * 2}\n" +
            "- {name: words, entity: customer, model: m, owner: me, online: false}\n" +
            "- {name: same, entity: customer, model: m}\n" +
            "- {name: new, entity: customer, model: m}\n" +
            "feature_services: [{name: s, features: [spend, new]}]\n");
  std::vector<std::string> lines;
  for (const RegistryChange& change : diff_registries(before, after)) {
    lines.push_back(change.what + " " + change.name + " " + std::string(change_name(change.kind)));
    for (const std::string& detail : change.details) lines.push_back("- " + detail);
  }
  EXPECT_THAT(
      lines,
      ElementsAre("feature spend changed meaning", "- window was '30d', is '7d'",
                  "feature double changed version", "- 'spend', which it is made of, changed",
                  "feature words changed words", "- owner was '', is 'me'",
                  "- online was 'true', is 'false'", "feature new added", "feature gone removed",
                  "service s changed meaning", "- features was 'spend@1', is 'spend@1, new@1'"));
  EXPECT_THAT(diff_registries(before, before), IsEmpty());
}

}  // namespace
}  // namespace coterie::features
