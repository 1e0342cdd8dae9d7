#include "cli/commands.h"

namespace coterie::cli {

std::vector<Command> all_commands() {
  return {make_init_command(),    make_synth_command(),    make_sample_command(),
          make_check_command(),   make_datasets_command(), make_run_command(),
          make_show_command(),    make_tables_command(),   make_sql_command(),
          make_runs_command(),    make_models_command(),   make_features_command(),
          make_serve_command(),   make_backup_command(),   make_restore_command(),
          make_gc_command(),      make_lab_command(),      make_completion_command(),
          make_version_command(), make_docs_command()};
}

}  // namespace coterie::cli
