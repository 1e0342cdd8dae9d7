#include "cli/text_table.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace coterie::cli {
namespace {

TEST(TextTable, AlignsNumbersRightAndTextLeft) {
  TextTable table({{"name", TextTable::Align::kLeft}, {"rows", TextTable::Align::kRight}});
  table.add({"items", "12"});
  table.add({"transactions", "1,234"});
  EXPECT_EQ(table.render(2),
            "  name           rows\n"
            "  ────────────  ─────\n"
            "  items            12\n"
            "  transactions  1,234\n");
}

TEST(TextTable, CountsWhatATerminalShows) {
  TextTable table({{"name"}, {"n"}});
  table.add({"Déjà vu", "1"});
  table.add({"日本", "2"});
  EXPECT_EQ(table.render(),
            "name     n\n"
            "───────  ─\n"
            "Déjà vu  1\n"
            "日本     2\n");
}

TEST(TextTable, CutsLongCellsAndKeepsControlCharactersOut) {
  EXPECT_EQ(fit_cell("abcdef", 4), "abc…");
  EXPECT_EQ(fit_cell("abcd", 4), "abcd");
  EXPECT_EQ(fit_cell("日本語", 5), "日本…");
  EXPECT_EQ(fit_cell("a\x1b[31m\nb", 20), "a [31m b");
  EXPECT_EQ(fit_cell("a\xff"
                     "b",
                     20),
            "a\uFFFD"
            "b");
}

TEST(Bar, HasEighthsAndAFixedWidth) {
  EXPECT_EQ(bar(0, 4), "    ");
  EXPECT_EQ(bar(1, 4), "████");
  EXPECT_EQ(bar(0.5, 4), "██  ");
  EXPECT_EQ(bar(0.28125, 4), "█▏  ");
  for (int i = -10; i <= 110; ++i) EXPECT_EQ(display_width(bar(i / 100.0, 7)), 7);
}

}  // namespace
}  // namespace coterie::cli
