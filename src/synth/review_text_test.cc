#include "synth/review_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::synth {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string write(const ReviewSubject& subject, int mood, uint64_t seed, bool abusive = false) {
  std::vector<AspectMood> aspects;
  for (int k = 0; k < kTextAspects; ++k) aspects.push_back({k, mood});
  math::RandomStream stream(seed, 1, 1);
  std::string text;
  append_review(subject, mood, aspects, abusive, stream, text);
  return text;
}

TEST(ReviewText, EverySentenceIsFilledIn) {
  for (int mood = 0; mood < kMoods; ++mood) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
      for (const bool plural : {false, true}) {
        const std::string text = write({"trousers", plural, "Dark Blue"}, mood, seed);
        EXPECT_THAT(text, Not(HasSubstr("{")));
        EXPECT_THAT(text, Not(HasSubstr("}")));
        EXPECT_THAT(text, Not(HasSubstr("  ")));
        EXPECT_THAT(text, Not(HasSubstr("Dark Blue")));  // inside a sentence
        EXPECT_NE(std::string(".!").find(text.back()), std::string::npos) << text;
      }
    }
  }
}

TEST(ReviewText, VerbsAgreeWithTheNoun) {
  std::string singular, plural;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    singular += write({"dress", false, "Red"}, 4, seed);
    plural += write({"jeans", true, "Red"}, 4, seed);
  }
  EXPECT_THAT(singular, HasSubstr("It fits like a glove"));
  EXPECT_THAT(singular, Not(HasSubstr("They fit")));
  EXPECT_THAT(plural, HasSubstr("They fit like a glove"));
  EXPECT_THAT(plural, Not(HasSubstr("It fits")));
}

TEST(ReviewText, MoodFollowsTheExperience) {
  EXPECT_EQ(mood_of(-5), 0);
  EXPECT_EQ(mood_of(-0.5), 1);
  EXPECT_EQ(mood_of(0), 2);
  EXPECT_EQ(mood_of(0.5), 3);
  EXPECT_EQ(mood_of(5), 4);
  for (double x = -3; x < 3; x += 0.01) EXPECT_LE(mood_of(x), mood_of(x + 0.01));
}

TEST(ReviewText, AbuseIsSaidOnlyWhenAskedFor) {
  std::string with, without;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    with += write({"dress", false, "Red"}, 0, seed, true);
    without += write({"dress", false, "Red"}, 0, seed);
  }
  EXPECT_THAT(with, HasSubstr("idiots"));
  EXPECT_THAT(without, Not(HasSubstr("idiots")));
}

TEST(ReviewText, SameStreamSameText) {
  EXPECT_EQ(write({"dress", false, "Red"}, 3, 7), write({"dress", false, "Red"}, 3, 7));
  EXPECT_NE(write({"dress", false, "Red"}, 3, 7), write({"dress", false, "Red"}, 3, 8));
}

}  // namespace
}  // namespace coterie::synth
