#pragma once
// What the laboratory's tests share: files as a user would hand them in, and short calls.

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/atomic_file.h"
#include "base/temporary_folder.h"
#include "lab/lab_recommend.h"
#include "lab/lab_segment.h"

namespace coterie::lab {

using Json = nlohmann::ordered_json;

class LabTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<Progress> progress_ = make_progress(ProgressMode::kSilent);

  std::string file(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomic(folder_ / name, text).ok());
    return folder_ / name;
  }
  // A file with the lines of every twentieth user.
  std::string some_users(const std::string& path, const std::string& name) {
    std::istringstream lines(*read_file(path));
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
      if (std::stoi(line) % 20 == 0) kept += line + "\n";
    }
    return file(name, kept);
  }
  Resources resources() const { return {.threads = 2, .memory_bytes = int64_t{1} << 30}; }
  Result<Json> recommend(const std::string& train, const std::string& test,
                         const std::string& model, const std::vector<std::string>& settings = {},
                         const std::vector<int>& at = {2}) {
    LabRecommendOptions options;
    options.train = train;
    options.test = test;
    options.model = model;
    options.settings = settings;
    options.at = at;
    options.resources = resources();
    return run(options);
  }
  // One file, split by the program.
  Result<Json> split(const std::string& train, const std::string& kind,
                     const std::string& model = "popularity", bool auc = false) {
    LabRecommendOptions options;
    options.train = train;
    options.split = kind;
    options.model = model;
    options.settings = model == "als"
                           ? std::vector<std::string>{"factors=8", "w0=0.1", "regularisation=0.01"}
                           : std::vector<std::string>{};
    options.at = {2};
    options.auc = auc;
    options.resources = resources();
    return run(options);
  }
  Result<Json> run(const LabRecommendOptions& options) {
    return run_lab_recommend(options, *progress_);
  }
  Result<Json> segment(const std::string& data, const std::vector<std::string>& settings,
                       const std::string& centres = "", const std::string& out = "",
                       const std::string& centres_out = "") {
    LabSegmentOptions options;
    options.data = data;
    options.settings = settings;
    options.centres = centres;
    options.out = out;
    options.centres_out = centres_out;
    options.resources = resources();
    return run_lab_segment(options, *progress_);
  }
};

inline std::string error_of(const Result<Json>& result) {
  return result.ok() ? "" : result.error().to_text();
}

// Where the public data is; the tests that need it say so when it is absent.
inline std::string public_data() {
  if (const char* folder = std::getenv("COTERIE_DATA"); folder != nullptr) return folder;
  return std::string(COTERIE_SOURCE_DIR) + "/../shared/data";
}

}  // namespace coterie::lab
