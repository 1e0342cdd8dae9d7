// The reference page lists exactly the functions that there are.
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "expr/functions.h"

namespace coterie::expr {
namespace {

TEST(ExprReference, ListsEveryFunctionAsTheTableHasIt) {
  const std::string path = COTERIE_SOURCE_DIR "/docs/reference/expressions.md";
  std::ifstream file(path);
  ASSERT_TRUE(file.is_open()) << path;
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::string table;
  for (const Function& function : all_functions()) {
    table += "| `" + std::string(function.usage) + "` | " + std::string(function.meaning) + " |\n";
  }
  const std::string head = "| function | result |\n|---|---|\n";
  const size_t begin = page.find(head);
  ASSERT_NE(begin, std::string::npos);
  const size_t rows = begin + head.size();
  EXPECT_EQ(page.substr(rows, page.find("\n\n", rows) + 1 - rows), table)
      << "write these rows into " << path;
}

}  // namespace
}  // namespace coterie::expr
