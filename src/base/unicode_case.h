#pragma once
// Case of single code points. Mappings of one character to several ("ß" to "SS") do not exist here:
// upper() of it is the capital "ẞ", as in the embedded engine.

namespace coterie {

char32_t lower_code(char32_t code);
char32_t upper_code(char32_t code);

}  // namespace coterie
