#include "synth/people.h"

#include <cctype>

#include <gtest/gtest.h>

namespace coterie::synth {
namespace {

TEST(People, PlainLettersAreAsciiAndLowerCase) {
  EXPECT_EQ(plain_letters("Åsa"), "asa");
  EXPECT_EQ(plain_letters("Jürgen"), "jurgen");
  EXPECT_EQ(plain_letters("Søren"), "soren");
  EXPECT_EQ(plain_letters("van Dijk"), "vandijk");
  EXPECT_EQ(plain_letters("Lærke"), "laerke");
  EXPECT_EQ(plain_letters("Groß-Ł"), "gross");  // unknown letters and marks are left out
}

TEST(People, EmailsCannotBeDelivered) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    math::RandomStream stream(seed, 1, 1);
    const Country& country = countries()[seed % countries().size()];
    const std::string email = email_of(draw_person(country, seed % 2 == 0, stream), stream);
    const size_t at = email.find('@');
    ASSERT_NE(at, std::string::npos) << email;
    EXPECT_TRUE(email.substr(at).starts_with("@example.")) << email;
    for (const char c : email.substr(0, at)) {
      EXPECT_TRUE(std::islower(static_cast<unsigned char>(c)) != 0 ||
                  std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.')
          << email;
    }
  }
}

TEST(People, EveryCountryIsFilledAndSharesAddUp) {
  double sum = 0;
  for (const Country& country : countries()) {
    sum += country.share;
    EXPECT_GE(country.women.size(), 5u) << country.code;
    EXPECT_GE(country.men.size(), 5u) << country.code;
    EXPECT_GE(country.families.size(), 5u) << country.code;
    EXPECT_GE(country.towns.size(), 3u) << country.code;
  }
  EXPECT_NEAR(sum, 1, 1e-9);
}

}  // namespace
}  // namespace coterie::synth
