#pragma once
// Words of natural text, for what compares texts by their words.
//
// A token is a longest run of letters and digits in lower case. Runs of one letter say nothing and
// are left out; a lone digit stays. Scripts without blanks between words (Chinese, Japanese kana)
// give every two neighbouring characters as a token, or a lone one. Apostrophes inside a word are
// dropped ("don't" is "dont"); every other punctuation, symbol or blank parts words, so that
// "crew-neck" is two.

#include <string>
#include <string_view>
#include <vector>

namespace coterie::text {

// Appends the tokens of `text` in order. Bytes that are no UTF-8 part words. O(bytes).
void append_tokens(std::string_view text, std::vector<std::string>& tokens);
std::vector<std::string> tokens_of(std::string_view text);

}  // namespace coterie::text
