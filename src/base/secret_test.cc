#include "base/secret.h"

#include <cstdlib>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/captured_error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/temporary_folder.h"

namespace coterie {
namespace {

std::string error_of(std::string_view text) {
  const auto resolved = resolve_secrets(text, ".");
  return resolved.ok() ? "no error: " + *resolved : resolved.error().to_text();
}

TEST(Secret, ResolvesVariablesAndHidesThem) {
  setenv("COTERIE_TEST_PASSWORD", "p@ss\"word", 1);
  setenv("COTERIE_TEST_USER", "acme_ml_user", 1);
  EXPECT_EQ(*resolve_secrets("x ${COTERIE_TEST_PASSWORD}${COTERIE_TEST_USER} y", "."),
            "x p@ss\"wordacme_ml_user y");
  EXPECT_EQ(redact("said p@ss\"word aloud, p@ss\"word"), "said *** aloud, ***");
  EXPECT_EQ(redact("json \"p@ss\\\"word\""), "json \"***\"");
  EXPECT_EQ(redact("url p%40ss%22word"), "url ***");
  EXPECT_EQ(redact("role acme_ml_user"), "role ***");
}

TEST(Secret, LeavesTextWithoutSecretsAlone) {
  for (const char* text : {"", "plain", "$5", "$HOME", "100 %", "a$$b", "file", "x file:y"}) {
    EXPECT_EQ(*resolve_secrets(text, "."), text);
    EXPECT_EQ(redact(text), text);
  }
  EXPECT_EQ(*resolve_secrets("cost $${5}", "."), "cost ${5}");
}

TEST(Secret, ReadsFilesBesideTheProject) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "token", "tok-98765\n").ok());
  EXPECT_EQ(*resolve_secrets("file:token", folder.path()), "tok-98765");
  EXPECT_EQ(*resolve_secrets("file:" + (folder / "token"), "/elsewhere"), "tok-98765");
  EXPECT_EQ(redact("Bearer tok-98765"), "Bearer ***");
}

TEST(Secret, KeepsAllButOneNewlineOfAFileAndHidesItsLines) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "key", "first-line-of-key\nsecond-line-of-key\n\n").ok());
  EXPECT_EQ(*resolve_secrets("file:key", folder.path()), "first-line-of-key\nsecond-line-of-key\n");
  EXPECT_EQ(redact("at second-line-of-key"), "at ***");
}

TEST(Secret, ErrorsNameTheVariableOrFile) {
  unsetenv("COTERIE_TEST_ABSENT");
  EXPECT_EQ(error_of("postgres://u:${COTERIE_TEST_ABSENT}@db/x"),
            "the environment variable COTERIE_TEST_ABSENT is not set\n"
            "  mend: export COTERIE_TEST_ABSENT before running");
  EXPECT_EQ(error_of("${oops"), "'${' without '}'\n  mend: write ${NAME}, or $${ for a literal ${");
  EXPECT_EQ(error_of("${a b}"),
            "'a b' is not the name of an environment variable\n"
            "  mend: write ${NAME}, or $${ for a literal ${");
  EXPECT_EQ(error_of("file:/nowhere/key"),
            "/nowhere/key: this secret's file: cannot read: No such file or directory");
  EXPECT_EQ(resolve_secrets("file:/nowhere/key", ".").error().code, ErrorCode::kInvalidInput);
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder / "empty", "\n").ok());
  EXPECT_EQ(error_of("file:" + (folder / "empty")),
            (folder / "empty") + ": this secret's file is empty");
}

TEST(Secret, HidesPasswordsInUrlsThatNobodyRemembered) {
  EXPECT_EQ(redact("postgres://me:s3@cret@db:5432/x"), "postgres://me:***@db:5432/x");
  EXPECT_EQ(redact("redis://:abc@h and mysql://u:p%40@h"), "redis://:***@h and mysql://u:***@h");
  EXPECT_EQ(redact("http://host:8080/a@b"), "http://host:8080/a@b");
  EXPECT_EQ(redact("http://user@host"), "http://user@host");
  EXPECT_EQ(redact("'postgres://u:pw@h'"), "'postgres://u:***@h'");
  EXPECT_EQ(redact("://x:y@z"), "://x:y@z");
}

TEST(Secret, HidesPasswordsInConnectionStrings) {
  EXPECT_EQ(redact("host=db password=hunter2 user=me"), "host=db password=*** user=me");
  EXPECT_EQ(redact("SSLPassword='it\\'s it' x"), "SSLPassword='***' x");
  EXPECT_EQ(redact("/path?api_key=k1&auth_token=t2&page=2"),
            "/path?api_key=***&auth_token=***&page=2");
  EXPECT_EQ(redact("password= x"), "password= x");
  EXPECT_EQ(redact("password = x"), "password = ***");
  EXPECT_EQ(redact("password='open"), "password='***");
  EXPECT_EQ(redact("passwords=5"), "passwords=5");
}

TEST(Secret, HidesPasswordsInsideJsonTextAndLeavesItJson) {
  for (const char* text : {"password=\"a b\" x", "password=\"a\\\"b\" x", "password='a' x",
                           "password=a\nx", "password=a\\b x", "password=\"open"}) {
    const std::string hidden = redact(dump_json(nlohmann::json(text)));
    const auto parsed = parse_json(hidden, "f");
    ASSERT_TRUE(parsed.ok()) << hidden;
    const std::string value = parsed->get<std::string>().substr(9);
    EXPECT_THAT(value, testing::HasSubstr("***")) << hidden;
    EXPECT_EQ(value.find_first_of("abo"), std::string::npos) << hidden;
  }
}

TEST(Secret, RemembersAPasswordInsideAUrlDecodedToo) {
  ASSERT_TRUE(resolve_secrets("postgres://ml:zebra%2Fcrossing@db/x", ".").ok());
  EXPECT_EQ(redact("FATAL: zebra/crossing refused"), "FATAL: *** refused");
  EXPECT_EQ(redact("zebra%2Fcrossing"), "***");
}

TEST(Secret, WarnsAboutShortOnesAndLeavesThemVisible) {
  setenv("COTERIE_TEST_SHORT", "abc", 1);
  CapturedError captured;
  EXPECT_EQ(*resolve_secrets("${COTERIE_TEST_SHORT}", "."), "abc");
  EXPECT_THAT(captured.text(), testing::HasSubstr("warning a secret from COTERIE_TEST_SHORT has "
                                                  "fewer than 4 characters: it is not hidden in "
                                                  "output\n"));
  EXPECT_EQ(redact("abcdef"), "abcdef");
}

TEST(Secret, LongestFormGoesFirst) {
  remember_secret("lemon");
  remember_secret("lemonade-stand");
  EXPECT_EQ(redact("lemonade-stand lemon"), "*** ***");
}

TEST(Secret, NeverLeavesTheProgramThroughLogOrJson) {
  remember_secret("walrus\"tusk");
  CapturedError captured;
  const TemporaryFolder folder;
  ASSERT_TRUE(log::set_file(folder / "log").ok());
  log::error("login failed: {}", "walrus\"tusk");
  ASSERT_TRUE(log::set_file("").ok());
  const Error error = invalid_input("no walrus\"tusk here").with_mend("remove walrus\"tusk");
  const std::string everything =
      captured.text() + *read_file(folder / "log") + dump_json(error_to_json(error));
  EXPECT_THAT(everything, testing::Not(testing::HasSubstr("walrus")));
  EXPECT_THAT(everything, testing::HasSubstr("login failed: ***"));
}

TEST(Secret, RandomSecretsNeverSurvive) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::string alphabet = "Qq\"\\/%@:=&é\n\t 9Z";
  const auto text = [&](size_t size) {
    std::string out;
    while (out.size() < size) out += alphabet[random() % alphabet.size()];
    return out;
  };
  for (int i = 0; i < 200; ++i) {
    const std::string secret = "S" + text(7 + random() % 10) + "E";
    remember_secret(secret);
    const std::string hidden = redact(text(random() % 20) + secret + text(random() % 20));
    ASSERT_EQ(hidden.find(secret), std::string::npos) << hidden;
  }
}

}  // namespace
}  // namespace coterie
