#pragma once
// A small synthetic shop, made once a test program: what end-to-end tests start from.

#include <string>

#include "base/temporary_folder.h"
#include "run_program.h"

namespace coterie::tests {

inline constexpr int kShopCustomers = 2'000;

// Fresh: coterie.yaml and raw data, nothing run. Finished: after one run.
class Shop {
 public:
  // Copies of the shared one, free to change. `finished` copies share nothing with it either.
  static std::string copy_fresh(const std::string& to);
  static std::string copy_finished(const std::string& to);
  // The shared finished one; do not change it.
  static const std::string& finished();
  // What the run that finished it printed.
  static const Outcome& first_run();

 private:
  Shop();
  static Shop& shared();

  TemporaryFolder folder_;
  std::string fresh_;
  std::string finished_;
  Outcome first_run_;
};

}  // namespace coterie::tests
