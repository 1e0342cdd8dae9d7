#pragma once
// The commands, one file each: <name>_command.cc.

#include <memory>

#include "cli/command.h"

namespace coterie::cli {

Command make_init_command();
Command make_synth_command();
Command make_sample_command();
Command make_check_command();
Command make_datasets_command();
Command make_run_command();
Command make_show_command();
Command make_tables_command();
Command make_sql_command();
Command make_backup_command();
Command make_restore_command();
Command make_gc_command();
Command make_runs_command();
Command make_models_command();
Command make_features_command();
Command make_serve_command();
Command make_lab_command();
Command make_completion_command();
Command make_version_command();
// The text of docs/reference/<page>.md, for the pages that the program writes: cli, roles,
// datasets.
std::string reference_page(const std::string& page);
Command make_docs_command();

}  // namespace coterie::cli
