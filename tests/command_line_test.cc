// Arguments, exit statuses, error texts and --json of every command, on the real program.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"
#include "shop.h"

namespace coterie::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(CommandLine, HelpListsTheCommandsAndEachExplainsItself) {
  const Outcome help = coterie({"--help"});
  EXPECT_EQ(help.status, 0);
  for (const cli::Command& command : cli::all_commands()) {
    if (command.hidden) {
      EXPECT_THAT(help.out, testing::Not(HasSubstr("\n  " + command.name + " ")));
      continue;
    }
    EXPECT_THAT(help.out, HasSubstr("\n  " + command.name + " "));
    const Outcome own = coterie({command.name, "--help"});
    EXPECT_EQ(own.status, 0);
    EXPECT_THAT(own.out, AllOf(StartsWith(command.summary), HasSubstr("example:")));
    EXPECT_EQ(own.err, "");
    EXPECT_EQ(coterie({"help", command.name}).out, own.out);
  }
  EXPECT_EQ(coterie({"help"}).out, help.out);
}

TEST(CommandLine, MistakesAreAnsweredWithTheNearestNameAndStatusTwo) {
  struct Case {
    std::vector<std::string> arguments;
    std::string text;
  };
  const std::vector<Case> cases = {
      {{"rnu"}, "coterie: no command 'rnu'\n  mend: did you mean 'run'?\n"},
      {{"run", "--selct", "x"},
       "coterie: coterie run: unknown option '--selct'\n  mend: did you mean '--select'?\n"},
      {{"sql"}, "coterie: coterie sql: SQL is required\n  mend: see coterie sql --help\n"},
      {{"synth", "--customers", "many"}, "'many' is not a whole number"},
      {{"init", "x", "--template", "retial"}, "did you mean 'retail'?"},
      {{"completion", "tcsh"}, "'tcsh' is none of bash, zsh, fish"},
      {{"completion"}, "coterie completion: SHELL is required"},
      {{"show"}, "coterie show: name one of its commands"},
      {{"please", "run"}, "coterie: no command 'please'\n  mend: see coterie --help\n"},
      {{"run", "now"}, "coterie run: unknown argument 'now'\n  mend: see coterie run --help\n"},
  };
  for (const Case& one : cases) {
    const Outcome outcome = coterie(one.arguments);
    EXPECT_EQ(outcome.status, 2) << outcome.all();
    EXPECT_THAT(outcome.err, HasSubstr(one.text));
    EXPECT_EQ(outcome.out, "");
  }
}

TEST(CommandLine, ErrorsAreJsonWhenAsked) {
  TemporaryFolder folder;
  const Outcome outcome = coterie({"run", "--json"}, folder.path());
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "");
  const auto document = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(document["error"]["code"], "not_found");
  EXPECT_THAT(document["error"]["mend"].get<std::string>(), HasSubstr("coterie init"));
  const auto parsing = nlohmann::json::parse(coterie({"rnu", "--json"}).out);
  EXPECT_EQ(parsing["error"]["code"], "invalid_input");
}

TEST(CommandLine, EveryReadingCommandAnswersInJson) {
  const std::string& shop = Shop::finished();
  EXPECT_TRUE(coterie_json({"tables"}, shop).is_array());
  EXPECT_EQ(coterie_json({"tables", "customer_segments"}, shop)["name"], "customer_segments");
  EXPECT_TRUE(coterie_json({"runs"}, shop).is_array());
  EXPECT_EQ(coterie_json({"runs", "show", "last"}, shop)["state"], "ok");
  EXPECT_GE(coterie_json({"models"}, shop).size(), 2U);
  EXPECT_GE(coterie_json({"models", "list"}, shop).size(), 2U);
  EXPECT_EQ(coterie_json({"models", "show", "cf"}, shop)["model"], "cf/v1");
  EXPECT_TRUE(coterie_json({"show", "segments"}, shop).is_array());
  EXPECT_EQ(coterie_json({"show", "recommendations"}, shop).size(), 3U);
  EXPECT_TRUE(coterie_json({"run", "--dry-run"}, shop).is_array());
  EXPECT_TRUE(coterie_json({"check"}, shop).contains("findings"));
  EXPECT_TRUE(coterie_json({"datasets", "--sql"}, shop).is_array());
  EXPECT_EQ(coterie_json({"sql", "select 1 as one"}, shop)[0]["one"], 1);
  EXPECT_TRUE(coterie_json({"version"}, shop).contains("version"));
  EXPECT_TRUE(coterie_json({"completion", "bash"}, shop).contains("script"));
}

TEST(CommandLine, EveryWritingCommandAnswersInJson) {
  TemporaryFolder folder;
  const std::string shop = folder / "shop";
  EXPECT_EQ(coterie_json({"init", shop, "--template", "retail"}, ".")["template"], "retail");
  EXPECT_GT(coterie_json({"synth", "--customers", "200"}, shop)["tables"].size(), 5U);
  EXPECT_EQ(coterie_json({"datasets", "B"}, shop)["state"], "ok");
  EXPECT_TRUE(coterie_json({"backup", folder / "backup"}, shop).contains("bytes"));
  EXPECT_TRUE(coterie_json({"restore", folder / "backup"}, shop).contains("version"));
  EXPECT_TRUE(coterie_json({"gc"}, shop).contains("files_removed"));
  EXPECT_FALSE(coterie_json({"sample", "--out", folder / "sample"}, shop)["tables"].empty());
}

TEST(CommandLine, QuietPrintsResultsOnly) {
  const Outcome quiet = coterie({"show", "segments", "--quiet"}, Shop::finished());
  EXPECT_EQ(quiet.status, 0);
  EXPECT_EQ(quiet.err, "");
  EXPECT_THAT(quiet.out, AllOf(HasSubstr("segment"), testing::Not(HasSubstr("coterie sql"))));
}

TEST(CommandLine, TheProjectIsFoundFromBelowAndByName) {
  const std::string& shop = Shop::finished();
  EXPECT_EQ(coterie({"tables", "--json"}, shop + "/warehouse").out,
            coterie({"tables", "--json"}, shop).out);
  EXPECT_EQ(coterie({"tables", "--json", "--project", shop}).out,
            coterie({"tables", "--json"}, shop).out);
  TemporaryFolder empty;
  const Outcome none = coterie({"tables", "--project", empty.path()});
  EXPECT_EQ(none.status, 2);
  EXPECT_THAT(none.err, HasSubstr("it has no coterie.yaml"));
}

TEST(CommandLine, InitLeavesNothingHalfWritten) {
  TemporaryFolder folder;
  const std::string full = folder / "full";
  write_text(full + "/mine.txt", "mine");
  const Outcome refused = coterie({"init", full, "--template", "retail"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("this folder is not empty"));
  EXPECT_FALSE(std::filesystem::exists(full + "/coterie.yaml"));
  EXPECT_EQ(coterie({"init", full, "--template", "retail", "--force"}).status, 0);
  EXPECT_EQ(read_text(full + "/mine.txt"), "mine");
  const Outcome twice = coterie({"init", full, "--template", "retail"});
  EXPECT_EQ(twice.status, 2);
  EXPECT_THAT(twice.err, HasSubstr("this folder is a project already"));
  const Outcome missing =
      coterie({"init", folder / "new", "--template", "movielens", "--data", folder / "absent"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_THAT(missing.err, HasSubstr("no such folder"));
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
  write_text(folder / "films/u.user", "1|24|M|technician|85711\n");
  const Outcome other =
      coterie({"init", folder / "new", "--template", "movielens", "--data", folder / "films"});
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err,
              HasSubstr("films: the template 'movielens' reads files that are not here: u.item, "
                        "u.data\n  mend: name the folder that holds them, or have other files "
                        "looked at without a template: coterie init "));
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
}

TEST(CommandLine, InitFillsTheFolderItIsCalledIn) {
  TemporaryFolder folder;
  EXPECT_EQ(coterie({"init", ".", "--template", "retail"}, folder.path()).status, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "coterie.yaml"));
  EXPECT_EQ(coterie({"run", "--dry-run"}, folder.path()).status, 2);
}

TEST(CommandLine, AMistakeInTheConfigurationIsShownWithItsPlace) {
  struct Case {
    std::string from, to, text;
  };
  const std::vector<Case> cases = {
      {"timezone: UTC", "timezon: UTC", "unknown key 'timezon'\n  mend: did you mean 'timezone'?"},
      {"timezone: UTC", "timezone: UTC\ntimezone: UTC", "duplicate key"},
      {"timezone: UTC", "timezone: Europe/Stokholm", "timezone"},
      {"config_version: 1", "config_version: one", "config_version"},
      {"timezone: UTC", "timezone: UTC\nmodels: {cf: {factors: many}}", "models.cf.factors"},
      {"timezone: UTC", "timezone: UTC\nmodels: {cf: {kind: asl}}", "did you mean 'als'?"},
      {"timezone: UTC", "timezone: UTC\npublish: postgres://u:${NO_SUCH_SECRET}@h/d",
       "NO_SUCH_SECRET"},
  };
  for (const Case& one : cases) {
    TemporaryFolder folder;
    ASSERT_EQ(coterie({"init", folder / "shop", "--template", "retail"}).status, 0);
    const std::string path = folder / "shop/coterie.yaml";
    std::string text = read_text(path);
    const size_t at = text.find(one.from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, one.from.size(), one.to);
    write_text(path, text);
    const Outcome outcome = coterie({"run"}, folder / "shop");
    EXPECT_EQ(outcome.status, 2) << one.to << "\n" << outcome.all();
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("coterie.yaml:"), HasSubstr(one.text))) << one.to;
  }
}

TEST(CommandLine, SecretsAreNeverPrinted) {
  TemporaryFolder folder;
  ASSERT_EQ(coterie({"init", folder / "shop", "--template", "retail"}).status, 0);
  const std::string path = folder / "shop/coterie.yaml";
  write_text(path, read_text(path) + "\npublish: postgres://me:${SHOP_SECRET}@127.0.0.1:1/ml\n");
  const std::map<std::string, std::string> secret = {{"SHOP_SECRET", "correct-horse-battery"}};
  coterie({"synth", "--customers", "200", "--quiet"}, folder / "shop", secret);
  const Outcome outcome = coterie({"run"}, folder / "shop", secret);
  EXPECT_EQ(outcome.status, 1) << outcome.all();
  EXPECT_THAT(outcome.err, HasSubstr("cannot connect to ml at 127.0.0.1:1"));
  EXPECT_THAT(outcome.all(), testing::Not(HasSubstr("correct-horse-battery")));
  const Outcome runs = coterie({"runs", "show", "last", "--json"}, folder / "shop", secret);
  EXPECT_THAT(runs.all(), testing::Not(HasSubstr("correct-horse-battery")));
}

TEST(CommandLine, EveryShellGetsACompletionScript) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome script = coterie({"completion", shell});
    EXPECT_EQ(script.status, 0);
    EXPECT_THAT(script.out, AllOf(HasSubstr("recommendations"), HasSubstr("select"),
                                  HasSubstr("als popularity")));
  }
}

TEST(CommandLine, BashCompletesWhatIsTyped) {
  struct Case {
    std::string typed;  // words of the shell, the last one not finished
    std::string offered;
  };
  const std::vector<Case> cases = {
      {"ru", "run runs"},
      {"run --se", "--select"},
      {"show ''", "segments recommendations"},
      {"runs show --p", "--project"},
      {"init run --t", "--template"},
      {"datasets A ''", "A B C D E F"},
      {"sql --format p", "parquet"},
      {"sql --format = p", "parquet"},
      {"sql --format =", "table csv json parquet"},
      {"synth --customers ''", ""},
      {"init ''", ""},
      {"init --data ''", ""},
      {"gc ''", "--keep-versions --keep-log --json --quiet --project --help"},
  };
  std::string script = coterie({"completion", "bash"}).out;
  std::string want;
  for (const Case& one : cases) {
    script += "COMP_WORDS=(coterie " + one.typed +
              "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _coterie; echo \"${COMPREPLY[*]}\"\n";
    want += one.offered + "\n";
  }
  TemporaryFolder folder;
  write_text(folder / "check.sh", script);
  const std::string out = folder / "answer";
  ASSERT_EQ(std::system(("bash " + (folder / "check.sh") + " > " + out).c_str()), 0);
  EXPECT_EQ(read_text(out), want);
}

}  // namespace
}  // namespace coterie::tests
