#include "text/tokenizer.h"

#include <gtest/gtest.h>

namespace coterie::text {
namespace {

using Tokens = std::vector<std::string>;

TEST(Tokenizer, LowersPartsAndDropsLoneLetters) {
  EXPECT_EQ(tokens_of("Crew-neck T-shirt, 5-pack (100% cotton)!"),
            (Tokens{"crew", "neck", "shirt", "5", "pack", "100", "cotton"}));
  EXPECT_EQ(tokens_of("a I 7 of"), (Tokens{"7", "of"}));
  EXPECT_EQ(tokens_of(""), Tokens{});
  EXPECT_EQ(tokens_of(" ...\n\t"), Tokens{});
}

TEST(Tokenizer, ApostrophesStayInsideWords) {
  EXPECT_EQ(tokens_of("don't men\xE2\x80\x99s 'quoted'"), (Tokens{"dont", "mens", "quoted"}));
}

TEST(Tokenizer, OtherScriptsAreLowered) {
  EXPECT_EQ(tokens_of("Größe ÅRHUS—Ёлка ΣΟΦΙΑ"), (Tokens{"größe", "århus", "ёлка", "σοφια"}));
}

TEST(Tokenizer, ScriptsWithoutBlanksGivePairs) {
  EXPECT_EQ(tokens_of("東京都"), (Tokens{"東京", "京都"}));
  EXPECT_EQ(tokens_of("赤 shirtシャツXL"), (Tokens{"赤", "shirt", "シャ", "ャツ", "xl"}));
}

TEST(Tokenizer, DamagedBytesPartWords) {
  EXPECT_EQ(tokens_of("blue\xFF\xC3shirt"), (Tokens{"blue", "shirt"}));
}

}  // namespace
}  // namespace coterie::text
