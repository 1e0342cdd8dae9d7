#pragma once
// State shared by an engine, its connections, queries and appenders. Private to this folder.

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <duckdb.h>

#include "base/atomic_file.h"
#include "base/result.h"
#include "data/engine/engine.h"

namespace coterie::data {

// Converts the engine's message ("Out of Memory Error: ..."): its first words name the kind.
Error convert_error(std::string_view message, bool user_sql);

// The engine's own folder for spill files, removed with it. Its lock tells a live engine's folder
// from one that a dead process left.
class SpillFolder {
 public:
  static Result<SpillFolder> create(const std::string& parent);
  const std::string& path() const { return path_; }
  SpillFolder(SpillFolder&& other) noexcept
      : path_(std::move(other.path_)),
        lock_path_(std::move(other.lock_path_)),
        lock_(std::exchange(other.lock_, std::nullopt)) {}
  SpillFolder& operator=(SpillFolder&&) = delete;
  ~SpillFolder();

 private:
  SpillFolder(std::string path, std::string lock_path, FileLock lock)
      : path_(std::move(path)), lock_path_(std::move(lock_path)), lock_(std::move(lock)) {}
  std::string path_;
  std::string lock_path_;
  std::optional<FileLock> lock_;
};

// The consumers of a running Connection::for_each_chunk_unordered().
class ChunkConsumers {
 public:
  explicit ChunkConsumers(const std::function<Connection::ChunkConsumer()>& make) : make_(make) {}
  // From any thread. False: the query shall end.
  bool consume(const Chunk& chunk) noexcept;
  // What went wrong first; rethrows what a consumer threw.
  Status status() const;

 private:
  std::unique_ptr<Connection::ChunkConsumer> take();

  const std::function<Connection::ChunkConsumer()>& make_;
  mutable std::mutex lock_;
  std::vector<std::unique_ptr<Connection::ChunkConsumer>> idle_;
  Status status_;
  std::exception_ptr thrown_;
};

// Statements name their consumers by a number that nobody can guess: SQL is text.
class RunningConsumers {
 public:
  int64_t add(std::shared_ptr<ChunkConsumers> consumers);
  void remove(int64_t number);
  std::shared_ptr<ChunkConsumers> find(int64_t number) const;  // or null

 private:
  mutable std::mutex lock_;
  std::unordered_map<int64_t, std::shared_ptr<ChunkConsumers>> running_;
};

struct EngineState {
  duckdb_database database = nullptr;
  RunningConsumers consumers;
  std::once_flag consuming_function;
  std::optional<SpillFolder> spill;
  std::atomic<int64_t> private_catalogs{0};
  EngineState() = default;
  EngineState(const EngineState&) = delete;
  EngineState& operator=(const EngineState&) = delete;
  ~EngineState() { duckdb_close(&database); }
};

struct ConnectionState {
  std::shared_ptr<EngineState> engine;
  duckdb_connection handle = nullptr;
  bool user_sql = false;
  bool only_reads = false;
  std::string private_catalog;
  ConnectionState() = default;
  ConnectionState(const ConnectionState&) = delete;
  ConnectionState& operator=(const ConnectionState&) = delete;
  ~ConnectionState();
};

}  // namespace coterie::data
