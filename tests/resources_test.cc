// `resources:` of coterie.yaml reaches the engine and is divided between the processes of a
// project.
#include "base/resources.h"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "shop.h"

namespace coterie::tests {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kSettings =
    "select current_setting('threads') as threads, current_setting('memory_limit') as memory, "
    "current_setting('max_temp_directory_size') as disk";

class ResourcesTest : public testing::Test {
 protected:
  // A finished shop with `resources` in its configuration.
  std::string shop(const std::string& resources) const {
    const std::string project = Shop::copy_finished(folder_ / "shop");
    const std::string path = project + "/coterie.yaml";
    write_text(path, read_text(path) + "\nresources: " + resources + "\n");
    return project;
  }
  static nlohmann::json settings(const std::string& project) {
    return coterie_json({"sql", kSettings}, project)[0];
  }
  // Processes that are registered in the project.
  static int64_t processes(const std::string& project) {
    std::error_code none_yet;
    const fs::directory_iterator files(project + "/.coterie/processes", none_yet);
    return std::distance(files, fs::directory_iterator());
  }
  static bool wait_for_processes(const std::string& project, int64_t count) {
    for (int attempt = 0; attempt < 600; ++attempt) {
      if (processes(project) == count) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  TemporaryFolder folder_;
};

TEST_F(ResourcesTest, LimitsOfTheProjectReachTheEngine) {
  const nlohmann::json found = settings(shop("{threads: 1, memory: 1000MiB, disk: 10MiB}"));
  EXPECT_EQ(found["threads"], 1);
  EXPECT_EQ(found["memory"], "700.0 MiB");  // the rest is for what the engine does not account for
  EXPECT_EQ(found["disk"], "10.0 MiB");
}

TEST_F(ResourcesTest, ALimitBeyondTheMachineIsAWarningInEveryKindOfAnswer) {
  const std::string project = shop("{threads: 1024}");
  const auto warning = HasSubstr("resources.threads: 1,024 is more than there is; using ");
  const nlohmann::json report = coterie_json({"run", "--select", "check"}, project);
  ASSERT_TRUE(report.contains("notes")) << report.dump(2);
  EXPECT_THAT(report["notes"].get<std::vector<std::string>>(), testing::ElementsAre(warning));
  // An answer that has no place for it.
  const Outcome rows = coterie({"sql", "select 1 as one", "--json"}, project);
  EXPECT_EQ(nlohmann::json::parse(rows.out)[0]["one"], 1);
  EXPECT_THAT(rows.err, warning);
  const Outcome error = coterie({"sql", "select", "--json"}, project);
  EXPECT_THAT(nlohmann::json::parse(error.out)["notes"].get<std::vector<std::string>>(),
              testing::ElementsAre(warning));
  EXPECT_THAT(coterie({"tables"}, project).err, warning);
  EXPECT_EQ(coterie({"tables", "--quiet"}, project).err, "");
}

TEST_F(ResourcesTest, ProcessesOfAProjectDivideThem) {
  const std::string project = shop("{memory: 1000MiB, disk: 10MiB}");
  RunningProgram first({"sql", "select count(*) from range(1000000000000) r where random() < 0"},
                       project);
  ASSERT_TRUE(wait_for_processes(project, 1));
  EXPECT_EQ(settings(project)["memory"], "350.0 MiB");
  RunningProgram second({"sql", "select count(*) from range(1000000000000) r where random() < 0"},
                        project);
  ASSERT_TRUE(wait_for_processes(project, 2));
  nlohmann::json third = settings(project);
  EXPECT_EQ(third["memory"], "233.3 MiB");
  EXPECT_EQ(third["disk"], "3.3 MiB");
  first.signal(SIGKILL);  // it cannot say goodbye
  first.wait();
  EXPECT_EQ(settings(project)["memory"], "350.0 MiB");
  second.signal(SIGINT);
  EXPECT_EQ(second.wait().status, 130);
  EXPECT_EQ(settings(project)["memory"], "700.0 MiB");
  EXPECT_EQ(processes(project), 0);
}

}  // namespace
}  // namespace coterie::tests
