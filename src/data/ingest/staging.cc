#include "data/ingest/staging.h"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "data/ingest/staging_readers_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "ingest-";

void remove_stale(const std::string& parent) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    pid_t process = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), process);
    const bool dead = process > 0 && ::kill(process, 0) != 0 && errno == ESRCH;
    if (dead) fs::remove_all(entry.path(), error);
  }
}

// Everything that decides how a CSV file is read.
std::string csv_key(const SourceFile& file, const SourceConfig& source) {
  return fmt::format("csv\n{}\n{}\n{}\n{}\n{}\n{}\n{}", file.path, source.delimiter, source.quote,
                     source.encoding,
                     source.header ? (*source.header ? "header" : "no header") : "",
                     fmt::join(source.names, "\t"), source.skip_lines);
}

}  // namespace

Staging::Staging(std::string folder) : folder_(std::move(folder)) {}
Staging::Staging(Staging&& other) noexcept
    : folder_(std::exchange(other.folder_, {})),
      next_(other.next_),
      staged_(std::move(other.staged_)) {}
Staging& Staging::operator=(Staging&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(next_, other.next_);
  std::swap(staged_, other.staged_);
  return *this;
}
Staging::~Staging() {
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

Result<Staging> Staging::create(const std::string& parent) {
  RETURN_IF_ERROR(make_folders(parent));
  remove_stale(parent);
  std::string pattern = fmt::format("{}/{}{}-XXXXXX", parent, kPrefix, ::getpid());
  errno = 0;
  if (mkdtemp(pattern.data()) == nullptr) return io_error("cannot create '" + pattern + "'");
  return Staging(std::move(pattern));
}

std::string Staging::new_path(const std::string& extension) {
  return fmt::format("{}/{:06}{}", folder_, next_++, extension);
}

Result<const StagedFile*> Staging::csv(const SourceFile& file, const SourceConfig& source,
                                       Connection& connection, Progress& progress) {
  const std::string key = csv_key(file, source);
  if (const auto found = staged_.find(key); found != staged_.end()) return found->second.get();
  auto staged = std::make_unique<StagedFile>();
  const auto task = progress.start("read " + file.name, file.bytes, "bytes");
  RETURN_IF_ERROR(stage_csv({file, *this, connection, *task, *staged}, source));
  return staged_.emplace(key, std::move(staged)).first->second.get();
}

Result<const StagedFile*> Staging::json(const SourceFile& file, Connection& connection,
                                        Progress& progress) {
  const std::string key = "json\n" + file.path;
  if (const auto found = staged_.find(key); found != staged_.end()) return found->second.get();
  auto staged = std::make_unique<StagedFile>();
  const auto task = progress.start("read " + file.name, file.bytes, "bytes");
  RETURN_IF_ERROR(stage_json({file, *this, connection, *task, *staged}));
  return staged_.emplace(key, std::move(staged)).first->second.get();
}

Result<std::string> Staging::query(const std::string& select, Connection& connection) {
  const std::string path = new_path(".parquet");
  RETURN_IF_ERROR(connection.execute(
      fmt::format("COPY (SELECT row_number() OVER () AS {}, * FROM ({}\n)) TO {} (FORMAT parquet, "
                  "COMPRESSION lz4_raw)",
                  kLineColumn, select, quote_text(path))));
  return path;
}

}  // namespace coterie::data
