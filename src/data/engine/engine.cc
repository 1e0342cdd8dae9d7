#include "data/engine/engine.h"

#include <string>
#include <utility>
#include <vector>

#include "data/engine/engine_internal.h"

namespace coterie::data {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

Settings settings_of(const EngineOptions& options, const std::string& spill_folder) {
  Settings settings = {
      {"threads", std::to_string(options.threads)},
      {"memory_limit", std::to_string(options.memory_bytes) + "B"},
      {"preserve_insertion_order", options.preserve_order ? "true" : "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"temp_directory", spill_folder},
  };
  if (options.temporary_bytes > 0 && !spill_folder.empty()) {
    settings.emplace_back("max_temp_directory_size", std::to_string(options.temporary_bytes) + "B");
  }
  return settings;
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
  auto impl = std::make_shared<Impl>();
  if (!options.temporary_folder.empty()) {
    ASSIGN_OR_RETURN(SpillFolder spill, SpillFolder::create(options.temporary_folder));
    impl->spill.emplace(std::move(spill));
  }
  Config config;
  for (const auto& [name, value] :
       settings_of(options, impl->spill ? impl->spill->path() : std::string())) {
    RETURN_IF_ERROR(config.set(name, value));
  }
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, &impl->database, config.get(), &message) != DuckDBSuccess) {
    Error error = convert_error(message == nullptr ? "cannot open" : message, false);
    duckdb_free(message);
    return error;
  }
  Engine engine(std::move(impl));
  ASSIGN_OR_RETURN(Connection connection, engine.connect());
  RETURN_IF_ERROR(connection.execute("SET GLOBAL TimeZone = 'UTC'"));
  if (!options.confined_to.empty()) RETURN_IF_ERROR(confine(connection, options.confined_to));
  return engine;
}

Result<Connection> Engine::connect() {
  auto connection = std::make_shared<Connection::Impl>();
  connection->engine = impl_;
  if (duckdb_connect(impl_->database, &connection->handle) != DuckDBSuccess) {
    return internal_error("the engine refuses another connection");
  }
  return Connection(std::move(connection));
}

Engine::Engine(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;
Engine::~Engine() = default;

}  // namespace coterie::data
