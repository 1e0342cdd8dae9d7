#pragma once
// Invented people: names by country and gender, addresses that cannot be delivered (RFC 2606
// domains), towns. Shared by all synthetic worlds and by samples.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "math/random.h"

namespace coterie::synth {

struct Country {
  std::string_view code;  // "SE"
  double share;
  std::span<const std::string_view> women, men, families, towns;
};
std::span<const Country> countries();

struct Person {
  std::string_view first_name;
  std::string_view last_name;
};
// Any person of the country; towns and countries are drawn by the caller.
Person draw_person(const Country& country, bool woman, math::RandomStream& stream);

// "asa.lindqvist42@example.com": ASCII, lower case. Not unique.
std::string email_of(const Person& person, math::RandomStream& stream);
// "Åsa" -> "asa"; other bytes than letters are left out.
std::string plain_letters(std::string_view name);

}  // namespace coterie::synth
