#include "cli/commands.h"
#include "cli/features_commands.h"

namespace coterie::cli {

Command make_features_command() {
  Command list = make_features_list_command();
  return {.name = "features",
          .summary = "Define features once; build, fetch and serve them",
          .details =
              "A feature is defined in feature_store/*.yaml of the project "
              "(docs/reference/features.md). Its values are the same in a snapshot of all "
              "entities, in a training set as of past moments, and online.",
          .examples = {"coterie features", "coterie features show spend_30d"},
          .declare = nullptr,
          .run = list.run,
          .children = {make_features_init_command(), make_features_validate_command(), list,
                       make_features_show_command(), make_features_diff_command(),
                       make_features_build_command(), make_features_get_command(),
                       make_features_materialize_command(), make_features_rebuild_command(),
                       make_features_skew_command()}};
}

}  // namespace coterie::cli
