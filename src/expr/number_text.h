#pragma once
// Numbers as text and back, in the forms that to_text(), to_int() and to_real() define.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace coterie::expr {

inline constexpr int64_t kPowersOfTen[] = {1,
                                           10,
                                           100,
                                           1'000,
                                           10'000,
                                           100'000,
                                           1'000'000,
                                           10'000'000,
                                           100'000'000,
                                           1'000'000'000,
                                           10'000'000'000,
                                           100'000'000'000,
                                           1'000'000'000'000,
                                           10'000'000'000'000,
                                           100'000'000'000'000,
                                           1'000'000'000'000'000,
                                           10'000'000'000'000'000,
                                           100'000'000'000'000'000,
                                           1'000'000'000'000'000'000};

// unscaled / 10^scale, rounded once where 53 bits hold the unscaled value, else from its whole and
// fractional parts (as the engine does).
double decimal_to_real(int64_t unscaled, int scale);

// "-0.05" for (-5, 2).
void append_decimal(std::string& out, int64_t unscaled, int scale);
// The shortest digits that read back as the same double: "0.1", "1.0", "1e-05", "1e+16"; an
// exponent below 1e-4 and from 1e16 on. "inf", "-inf", "nan" for what is not finite.
void append_real(std::string& out, double value);
// The same digits always with an exponent ("15e-1" is not used: "1.5e0"), so that both this
// language and SQL read a real, never a decimal. `value` is finite.
std::string real_literal(double value);

// `text` without blanks (space, tab, newline, carriage return, form feed) at its ends.
std::string_view strip_blanks(std::string_view text);
// Digits with an optional sign; nullopt for anything else and beyond 64 bits.
std::optional<int64_t> parse_int_text(std::string_view text);
// Digits, a point, an exponent; overflow is infinite, underflow zero; nullopt for anything else.
std::optional<double> parse_real_text(std::string_view text);

}  // namespace coterie::expr
