#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "cli/commands.h"
#include "cli/help.h"

namespace coterie::cli {
namespace {

void each_command(const std::vector<Command>& commands, const std::string& path,
                  const std::function<void(const std::string&, const Command&)>& visit) {
  for (const Command& command : commands) {
    visit(path + " " + command.name, command);
    each_command(command.children, path + " " + command.name, visit);
  }
}

TEST(Reference, PagesAreWhatTheProgramPrints) {
  for (const std::string page : {"cli", "roles", "datasets"}) {
    const auto stored = read_file(COTERIE_SOURCE_DIR "/docs/reference/" + page + ".md");
    ASSERT_TRUE(stored.ok()) << stored.error().to_text();
    EXPECT_EQ(*stored, reference_page(page))
        << "write it anew: coterie docs --page " << page << " > docs/reference/" << page << ".md";
  }
}

TEST(Reference, EveryCommandExplainsItselfWithAnExample) {
  each_command(all_commands(), "coterie", [](const std::string& path, const Command& command) {
    SCOPED_TRACE(path);
    EXPECT_FALSE(command.summary.empty());
    EXPECT_FALSE(command.summary.ends_with('.'));
    ASSERT_FALSE(command.examples.empty());
    EXPECT_THAT(command.examples.front(), testing::HasSubstr("coterie " + path.substr(8)));
    const std::string help = command_help(path, command, own_specs(command));
    for (const char* part : {"usage: ", "example:", "--json", "--quiet", "--help"}) {
      EXPECT_THAT(help, testing::HasSubstr(part));
    }
    for (const ArgumentSpec& spec : own_specs(command)) {
      EXPECT_FALSE(spec.help.empty()) << spec.name;
      EXPECT_THAT(help, testing::HasSubstr(spec.name));
    }
  });
}

TEST(Reference, NoTwoCommandsShareAName) {
  std::set<std::string> names;
  each_command(all_commands(), "coterie", [&](const std::string& path, const Command&) {
    EXPECT_TRUE(names.insert(path).second) << path;
  });
}

}  // namespace
}  // namespace coterie::cli
