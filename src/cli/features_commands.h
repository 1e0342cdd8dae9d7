#pragma once
// The children of `coterie features`, one file each: features_<name>_command.cc.

#include "cli/command.h"

namespace coterie::cli {

Command make_features_init_command();
Command make_features_validate_command();
Command make_features_list_command();
Command make_features_show_command();
Command make_features_diff_command();
Command make_features_build_command();
Command make_features_get_command();
Command make_features_skew_command();
Command make_features_materialize_command();
Command make_features_rebuild_command();

}  // namespace coterie::cli
