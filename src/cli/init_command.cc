#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/resources.h"
#include "cli/commands.h"
#include "cli/project_files.h"
#include "data/engine/engine.h"
#include "data/infer/infer.h"
#include "data/ingest/source_files.h"
#include "data/project/project.h"
#include "data/project/templates.h"

namespace coterie::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string folder;
  std::string template_name;
  std::string data;
  bool force = false;
};

std::string project_name(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.empty() ? folder.parent_path().filename().string() : name;
}

// Paths inside the project stay relative, so that the folder can be moved.
std::string data_path(const fs::path& data, const fs::path& folder) {
  const fs::path relative = data.lexically_relative(folder);
  const bool inside = !relative.empty() && *relative.begin() != "..";
  return inside ? relative.string() : data.string();
}

Result<std::string> template_data(const InitOptions& options, const fs::path& folder) {
  if (options.data.empty()) return std::string("raw");
  if (options.data.starts_with("postgres://") || options.data.starts_with("postgresql://")) {
    return invalid_input("a template reads files, not a database")
        .with_mend("leave out --template: the tables are then inferred");
  }
  const fs::path data = fs::absolute(options.data).lexically_normal();
  std::error_code fault;
  if (!fs::is_directory(data, fault)) {
    return not_found("no such folder")
        .at(data.string())
        .with_mend("--data names the folder that holds the files of the data set");
  }
  return data_path(data, folder);
}

// A template knows its files by name: a folder without them would fail at the first run.
Status check_template_files(const InitOptions& options, const data::Project& project) {
  if (options.data.empty()) return {};
  ASSIGN_OR_RETURN(data::Engine engine, data::Engine::open({}));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  std::vector<std::string> missing;
  for (const data::SourceConfig& source : project.sources) {
    if (source.files.empty() || source.optional) continue;
    const auto found = data::find_source_files(project, source, connection);
    if (found) continue;
    if (found.error().code != ErrorCode::kNotFound) return found.error();
    for (const std::string& file : source.files)
      missing.push_back(fs::path(file).filename().string());
  }
  if (missing.empty()) return {};
  return not_found(fmt::format("the template '{}' reads files that are not here: {}",
                               options.template_name, fmt::join(missing, ", ")))
      .at(options.data)
      .with_mend(fmt::format("name the folder that holds them, or have other files looked at "
                             "without a template: coterie init {} --data {}",
                             options.folder, options.data));
}

std::string next_steps(const InitOptions& options, const std::string& shown) {
  std::string text = fmt::format("next:\n  cd {}\n", shown);
  if (options.data.empty()) {
    text +=
        options.template_name == "retail"
            ? "  coterie synth --customers 20000    # or put your files into raw/<role>.parquet\n"
            : "  put the files of the data set into raw/, or init again with --data DIR\n";
  }
  return text + "  coterie run\n";
}

Status init_template(Session& session, const InitOptions& options) {
  const fs::path folder = fs::absolute(options.folder).lexically_normal();
  RETURN_IF_ERROR(check_project_folder(folder, options.force));
  ASSIGN_OR_RETURN(const std::string data, template_data(options, folder));
  ASSIGN_OR_RETURN(ProjectFiles files,
                   data::instantiate_template_files(
                       options.template_name, {.project = project_name(folder), .data = data}));
  ASSIGN_OR_RETURN(const data::Project project,
                   data::parse_project(files.at("coterie.yaml"), "coterie.yaml", folder.string()));
  RETURN_IF_ERROR(check_template_files(options, project));
  RETURN_IF_ERROR(write_project(folder, files));
  session.print(
      fmt::format("made project {} from template {}", folder.string(), options.template_name));
  session.remark(next_steps(options, options.folder));
  std::vector<std::string> names;
  for (const auto& [name, text] : files) names.push_back(name);
  session.print_json({{"project", folder.string()},
                      {"template", options.template_name},
                      {"data", data},
                      {"files", names}});
  return {};
}

Json inference_json(const data::Inference& inference) {
  Json roles = Json::array();
  for (const data::RoleGuess& role : inference.roles) {
    Json columns = Json::object();
    for (const data::ColumnGuess& column : role.columns) {
      columns[column.role_column] = {{"source", column.source_column},
                                     {"confidence", column.confidence}};
    }
    roles.push_back({{"role", role.role},
                     {"table", inference.tables[role.table].name},
                     {"confidence", role.confidence},
                     {"columns", columns},
                     {"notes", role.notes}});
  }
  Json capabilities = Json::array();
  for (const data::Capability& capability : inference.capabilities) {
    capabilities.push_back({{"name", capability.name},
                            {"supported", capability.supported},
                            {"because", capability.because}});
  }
  return {{"roles", roles}, {"joins", inference.joins}, {"capabilities", capabilities}};
}

Result<data::Inference> infer(const std::string& location) {
  const Resources resources = detect_resources(".");
  ASSIGN_OR_RETURN(data::Engine engine,
                   data::Engine::open(
                       {.threads = resources.threads, .memory_bytes = resources.memory_bytes / 2}));
  ASSIGN_OR_RETURN(data::Connection connection, engine.connect());
  return data::infer_project(connection, location);
}

bool has_own_variable(const data::Inference& inference) {
  return inference.database && inference.database->password_left_out;
}

// What was written must be readable; the variable that stands for the password is not set yet.
Status check_inferred(const data::Inference& inference, std::string config,
                      const fs::path& folder) {
  if (has_own_variable(inference)) {
    const std::string reference = "${" + inference.database->variable + "}";
    for (size_t at = 0; (at = config.find(reference, at)) != std::string::npos;) {
      config.replace(at, reference.size(), "unset");
    }
  }
  RETURN_IF_ERROR(data::parse_project(config, "coterie.yaml", folder.string()));
  return {};
}

std::string export_hint(const data::Inference& inference) {
  if (!has_own_variable(inference)) return {};
  return fmt::format("  read -rs {0} && export {0}    # the password, as it stands in the URL\n",
                     inference.database->variable);
}

// No template: what the tables mean is guessed, and the guesses are written down to be read.
Status init_inferred(Session& session, const InitOptions& options) {
  const fs::path folder = fs::absolute(options.folder).lexically_normal();
  RETURN_IF_ERROR(check_project_folder(folder, options.force));
  const bool database = options.data.find("://") != std::string::npos;
  const std::string location =
      database ? options.data : fs::absolute(options.data).lexically_normal().string();
  ASSIGN_OR_RETURN(const data::Inference inference, infer(location));
  const std::string config = data::inferred_config(inference, project_name(folder));
  RETURN_IF_ERROR(check_inferred(inference, config, folder));
  RETURN_IF_ERROR(write_project(folder, {{"coterie.yaml", config}}));
  session.print(data::inference_report(inference) +
                fmt::format("\nmade project {}\n", folder.string()));
  session.remark(
      fmt::format("next:\n  read {0}/coterie.yaml: it says what was guessed and how "
                  "surely\n{1}  cd {0}\n  coterie run\n",
                  options.folder, export_hint(inference)));
  Json document = inference_json(inference);
  document["project"] = folder.string();
  if (has_own_variable(inference)) document["password_variable"] = inference.database->variable;
  session.print_json(document);
  return {};
}

Status run_init(Session& session, const InitOptions& options) {
  if (!options.template_name.empty()) return init_template(session, options);
  if (!options.data.empty()) return init_inferred(session, options);
  return invalid_input("say what kind of project to make")
      .with_mend(fmt::format("--template {}, or --data DIR to infer it from your tables",
                             fmt::join(data::template_names(), " | ")));
}

}  // namespace

Command make_init_command() {
  const auto options = std::make_shared<InitOptions>();
  return {.name = "init",
          .summary = "Make a project folder",
          .details =
              "A template writes a commented coterie.yaml for a known kind of data. Without "
              "one, roles, keys, joins and times are inferred from the names, types and "
              "values of your tables, and coterie.yaml says what was guessed and how surely. "
              "The folder must be new or empty, or --force given; nothing is left "
              "half-written.",
          .examples = {"coterie init shop --template retail", "coterie init shop --data ~/exports",
                       "coterie init shop --data 'postgres://ann@db.example/shop'",
                       "coterie init shop --template online-retail --data ~/online-retail"},
          .in_project = false,
          .declare =
              [options](Arguments& arguments) {
                arguments.positional_path("DIR", options->folder, "the folder to make", true);
                arguments.choice("--template", options->template_name, data::template_names(),
                                 "what kind of project");
                arguments.path("--data", options->data, "DIR|URL",
                               "the folder with your files, or postgres://user@host/"
                               "database[?schema=NAME]");
                arguments.flag("--force", options->force,
                               "write into a folder that holds something already");
              },
          .run = [options](Session& session) { return run_init(session, *options); },
          .children = {}};
}

}  // namespace coterie::cli
