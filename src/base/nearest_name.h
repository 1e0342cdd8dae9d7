#pragma once
// For errors about a name that nobody knows: which one may have been meant.

#include <string>
#include <string_view>
#include <vector>

namespace coterie {

// The candidate nearest to `name` by edit distance (insertion, deletion, substitution, swap of
// neighbours; letters' case ignored), the first of several, or "" if none is near (distance >
// len/2).
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// The mend that asks "did you mean 'x'?", or `otherwise` where no candidate is near.
std::string nearest_mend(std::string_view name, const std::vector<std::string>& candidates,
                         std::string otherwise);

}  // namespace coterie
