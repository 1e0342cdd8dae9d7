#include "data/engine/engine.h"

#include <string>
#include <utility>
#include <vector>

#include "data/engine/engine_internal.h"

namespace coterie::data {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

Settings settings_of(const EngineOptions& options, const std::string& spill_folder) {
  return {
      {"threads", std::to_string(options.threads)},
      {"memory_limit", std::to_string(options.memory_bytes) + "B"},
      {"preserve_insertion_order", options.preserve_order ? "true" : "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"temp_directory", spill_folder},
  };
}

class Config {
 public:
  Config() { duckdb_create_config(&handle_); }
  ~Config() { duckdb_destroy_config(&handle_); }
  Config(const Config&) = delete;
  Config& operator=(const Config&) = delete;
  Status set(const std::string& name, const std::string& value) {
    if (duckdb_set_config(handle_, name.c_str(), value.c_str()) == DuckDBSuccess) return {};
    return internal_error("the engine refuses the setting " + name + " = " + value);
  }
  duckdb_config get() const { return handle_; }

 private:
  duckdb_config handle_ = nullptr;
};

// Directories end in a slash here, or the engine would take them for a prefix of sibling names.
Status confine(Connection& connection, const std::vector<std::string>& paths) {
  std::vector<std::string> folders;
  for (const std::string& path : paths) {
    folders.push_back(path.ends_with('/') ? path : path + "/");
  }
  RETURN_IF_ERROR(connection.execute("SET allowed_directories = " + quote_text_list(folders)));
  RETURN_IF_ERROR(connection.execute("SET allowed_paths = " + quote_text_list(paths)));
  RETURN_IF_ERROR(connection.execute("SET enable_external_access = false"));
  return connection.execute("SET lock_configuration = true");
}

}  // namespace

Result<Engine> Engine::open(const EngineOptions& options) {
  if (options.threads < 1 || options.memory_bytes <= 0) {
    return invalid_input("an engine needs at least one thread and some memory")
        .with_mend("set `resources: {threads, memory}` in coterie.yaml");
  }
  auto state = std::make_shared<EngineState>();
  if (!options.temporary_folder.empty()) {
    ASSIGN_OR_RETURN(SpillFolder spill, SpillFolder::create(options.temporary_folder));
    state->spill.emplace(std::move(spill));
  }
  Config config;
  for (const auto& [name, value] :
       settings_of(options, state->spill ? state->spill->path() : std::string())) {
    RETURN_IF_ERROR(config.set(name, value));
  }
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, &state->database, config.get(), &message) != DuckDBSuccess) {
    Error error = convert_error(message == nullptr ? "cannot open" : message, false);
    duckdb_free(message);
    return error;
  }
  Engine engine(std::move(state));
  ASSIGN_OR_RETURN(Connection connection, engine.connect());
  RETURN_IF_ERROR(connection.execute("SET GLOBAL TimeZone = 'UTC'"));
  if (options.temporary_bytes > 0 && !options.temporary_folder.empty()) {
    // As an opening setting it is overwritten by the free space of the disk.
    RETURN_IF_ERROR(connection.execute("SET max_temp_directory_size = " +
                                       quote_text(std::to_string(options.temporary_bytes) + "B")));
  }
  if (!options.confined_to.empty()) RETURN_IF_ERROR(confine(connection, options.confined_to));
  return engine;
}

Result<Connection> Engine::connect() {
  auto connection = std::make_shared<ConnectionState>();
  connection->engine = state_;
  if (duckdb_connect(state_->database, &connection->handle) != DuckDBSuccess) {
    return internal_error("the engine refuses another connection");
  }
  return Connection(std::move(connection));
}

Engine::Engine(std::shared_ptr<EngineState> state) : state_(std::move(state)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

}  // namespace coterie::data
