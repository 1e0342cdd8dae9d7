#include "shop.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace coterie::tests {
namespace {

namespace fs = std::filesystem;

// Keeps the times of source files: a file with a new time is a changed source.
std::string copy(const std::string& from, const std::string& to) {
  fs::copy(from, to, fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file()) continue;
    fs::last_write_time(fs::path(to) / fs::relative(entry.path(), from), entry.last_write_time());
  }
  return to;
}

}  // namespace

Shop::Shop() : fresh_(folder_ / "fresh/shop"), finished_(folder_ / "finished/shop") {
  const Outcome made = coterie({"init", fresh_, "--template", "retail"});
  EXPECT_EQ(made.status, 0) << made.all();
  // A shop of this size is too small for the contract's minimum sizes; settings are given so that
  // none have to be searched for, over and over.
  write_text(fresh_ + "/coterie.yaml",
             read_text(fresh_ + "/coterie.yaml") +
                 "\nchecks:\n  minimum_sizes: warn\nmodels:\n  cf: {factors: 16, "
                 "unobserved_weight: 0.4, regularisation: 0.0007}\n");
  const Outcome filled =
      coterie({"synth", "--customers", std::to_string(kShopCustomers), "--quiet"}, fresh_);
  EXPECT_EQ(filled.status, 0) << filled.all();
  fs::create_directories(folder_ / "finished");
  copy(fresh_, finished_);
  first_run_ = coterie({"run"}, finished_);
}

Shop& Shop::shared() {
  static Shop shop;
  return shop;
}

std::string Shop::copy_fresh(const std::string& to) { return copy(shared().fresh_, to); }
std::string Shop::copy_finished(const std::string& to) { return copy(shared().finished_, to); }
const std::string& Shop::finished() { return shared().finished_; }
const Outcome& Shop::first_run() { return shared().first_run_; }

}  // namespace coterie::tests
