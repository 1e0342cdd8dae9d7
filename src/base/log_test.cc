#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/captured_error.h"
#include "base/json.h"
#include "base/temporary_folder.h"

namespace coterie {
namespace {

constexpr const char* kTime = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z";

TEST(Log, WritesOneLineAMessage) {
  CapturedError captured;
  log::info("{} rows", 5);
  log::warning("careful");
  EXPECT_THAT(captured.text(), testing::MatchesRegex(std::string(kTime) + " info    5 rows\n" +
                                                     kTime + " warning careful\n"));
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
  CapturedError captured;
  log::debug("hidden");
  log::set_level(log::Level::kDebug);
  log::debug("shown");
  log::set_level(log::Level::kError);
  log::warning("hidden");
  log::set_level(log::Level::kInfo);
  EXPECT_THAT(captured.text(), testing::MatchesRegex(std::string(kTime) + " debug   shown\n"));
}

TEST(Log, WarningsMayWaitForADocument) {
  CapturedError captured;
  log::keep_warnings(true);
  log::warning("first");
  log::warning("second");
  log::warning("first");
  log::error("wrong");
  EXPECT_THAT(log::take_warnings(), testing::ElementsAre("first", "second"));
  EXPECT_THAT(log::take_warnings(), testing::IsEmpty());
  log::keep_warnings(false);
  log::warning("third");
  EXPECT_THAT(log::take_warnings(), testing::IsEmpty());
  EXPECT_THAT(captured.text(), testing::MatchesRegex(std::string(kTime) + " error   wrong\n" +
                                                     kTime + " warning third\n"));
}

TEST(Log, AValueCanNeitherForgeALineNorDriveTheTerminal) {
  CapturedError captured;
  log::error("name '{}'", "x\n2026-11-21T00:00:00.000Z info    all is well\x1b[2J\r");
  EXPECT_THAT(captured.text(),
              testing::EndsWith("error   name 'x\n  2026-11-21T00:00:00.000Z info    all is "
                                "well\\x1b[2J\\x0d'\n"));
}

TEST(Log, AppendsJsonLines) {
  const TemporaryFolder folder;
  {
    CapturedError captured;
    ASSERT_TRUE(log::set_file(folder / "log").ok());
    log::info("say \"{}\" \xFF", "hi\n");
    log::error("second");
    ASSERT_TRUE(log::set_file("").ok());
    log::error("not in the file");
  }
  const std::string text = *read_file(folder / "log");
  const size_t end = text.find('\n');
  const auto first = *parse_json(text.substr(0, end), "log");
  const auto second = *parse_json(text.substr(end + 1), "log");
  EXPECT_EQ(first["level"], "info");
  EXPECT_EQ(first["message"], "say \"hi\n\" \xEF\xBF\xBD");
  EXPECT_EQ(second["message"], "second");
}

TEST(Log, SaysWhyAFileCannotBeOpened) {
  const Status status = log::set_file("/nowhere/log");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().to_text(),
            "/nowhere/log: cannot open the log file: No such file or directory");
}

TEST(Log, GivesUpAFileThatIsFullAndGoesOn) {
  CapturedError captured;
  ASSERT_TRUE(log::set_file("/dev/full").ok());
  log::info("one");
  log::info("two");
  EXPECT_THAT(captured.text(),
              testing::MatchesRegex(std::string(kTime) +
                                    " info    one\nerror: the log file is given up: cannot write: "
                                    "No space left on device\n" +
                                    kTime + " info    two\n"));
}

}  // namespace
}  // namespace coterie
