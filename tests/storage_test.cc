// backup, restore, gc and sample on the real program.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "shop.h"

namespace coterie::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Storage, ABackupRestoresWhatWasThere) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  const std::string segments = "select * from customer_segments order by all";
  const std::string before = coterie({"sql", segments, "--format", "csv"}, shop).out;
  ASSERT_EQ(coterie({"backup", folder / "backup"}, shop).status, 0);
  write_text(shop + "/coterie.yaml", read_text(shop + "/coterie.yaml") + "  segments: {k: 3}\n");
  ASSERT_EQ(coterie({"run", "--quiet"}, shop).status, 0);
  ASSERT_NE(coterie({"sql", segments, "--format", "csv"}, shop).out, before);
  const Outcome restored = coterie({"restore", folder / "backup"}, shop);
  EXPECT_EQ(restored.status, 0) << restored.all();
  EXPECT_EQ(coterie({"sql", segments, "--format", "csv"}, shop).out, before);
  const Outcome twice = coterie({"backup", folder / "backup"}, shop);
  EXPECT_NE(twice.status, 0);
}

TEST(Storage, ADamagedBackupChangesNothing) {
  TemporaryFolder folder;
  const std::string shop = Shop::copy_finished(folder / "shop");
  ASSERT_EQ(coterie({"backup", folder / "backup"}, shop).status, 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "backup")) {
    if (entry.path().extension() != ".parquet") continue;
    std::filesystem::resize_file(entry.path(), entry.file_size() - 1);
    break;
  }
  const std::string before = coterie({"tables", "--json"}, shop).out;
  const Outcome refused = coterie({"restore", folder / "backup"}, shop);
  EXPECT_EQ(refused.status, 1) << refused.all();
  EXPECT_THAT(refused.err, HasSubstr(".parquet"));
  EXPECT_EQ(coterie({"tables", "--json"}, shop).out, before);
}

TEST(Storage, ASampleHoldsNoNamesOfPeople) {
  TemporaryFolder folder;
  const Outcome cut =
      coterie({"sample", "--out", folder / "sample", "--users", "100"}, Shop::finished());
  ASSERT_EQ(cut.status, 0) << cut.all();
  const std::string customers = read_text(folder / "sample/customers.csv");
  const auto people = coterie_json(
      {"sql", "select email from customers where email is not null limit 50"}, Shop::finished());
  ASSERT_FALSE(people.empty());
  for (const auto& person : people) {
    EXPECT_THAT(customers, Not(HasSubstr(person["email"].get<std::string>())));
  }
}

}  // namespace
}  // namespace coterie::tests
