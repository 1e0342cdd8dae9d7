#pragma once
// The words of reviews: sentences by aspect and by how well it pleased, put together so that the
// text says what was experienced. English; shared by worlds that sell goods.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "math/random.h"

namespace coterie::synth {

inline constexpr int kMoods = 5;        // 0 very bad, 1 bad, 2 mixed, 3 good, 4 very good
inline constexpr int kTextAspects = 7;  // fit, quality, colour, comfort, style, price, delivery

// The mood of an experience of about unit scale: cut at -1.25, -0.45, 0.15 and 0.8.
int mood_of(double experience);

// What a text is about.
struct ReviewSubject {
  std::string_view noun;    // "trousers"
  bool plural = false;      // the trousers fit, the dress fits
  std::string_view colour;  // "Dark Blue"
};

struct AspectMood {
  int aspect = 0;
  int mood = 0;
};

// Appends an opening (by the overall mood), one sentence an aspect in the given order, and
// sometimes a closing. `abusive` adds a sentence that a moderator would remove.
void append_review(const ReviewSubject& subject, int overall_mood,
                   std::span<const AspectMood> aspects, bool abusive, math::RandomStream& stream,
                   std::string& out);

}  // namespace coterie::synth
