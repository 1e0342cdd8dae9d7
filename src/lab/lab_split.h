#pragma once
// `--split KIND[:HOW MUCH]` of the laboratory: which of one file's interactions are the test.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluation/splits.h"
#include "lab/interaction_files.h"

namespace coterie::lab {

enum class SplitKind {
  kTime,          // time[:SHARE]             the newest of all
  kUserTime,      // user-time[:SHARE]        the newest of every user
  kLeaveLastOut,  // leave-last-out[:N]       the last N of every user
  kRandom,        // random[:SHARE]           any
  kUserRandom,    // user-random[:SHARE]      a share of every user's
  kStrong,        // strong[:USERS[/SHARE]]   users that training does not see
};

struct SplitRequest {
  SplitKind kind = SplitKind::kTime;
  std::string name;         // "user-time"
  double share = 0.2;       // of interactions (kStrong: of the hidden users')
  double user_share = 0.1;  // kStrong: of users
  int count = 1;            // kLeaveLastOut
  uint64_t seed = 1;
};

// "strong:0.1/0.2". Error kInvalidInput with the nearest kind or what the kind takes.
Result<SplitRequest> parse_split(const std::string& text);

// A part for every interaction. Errors kInvalidInput: no times where the kind needs them, nothing
// left to learn from or to predict.
Result<std::vector<evaluation::Part>> split_interactions(const Interactions& interactions,
                                                         const SplitRequest& request);

}  // namespace coterie::lab
