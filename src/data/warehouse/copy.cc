#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/hash.h"
#include "data/warehouse/copy_internal.h"
#include "data/warehouse/parts_internal.h"
#include "data/warehouse/warehouse_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

class File {
 public:
  File(const std::string& path, int flags) : value_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~File() {
    if (value_ >= 0) close(value_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

Status write_all(int descriptor, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return io_error("cannot write the copy").at(path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// Copies and returns the CRC-32C of what was read.
Result<uint32_t> copy_file(const std::string& from, const std::string& to) {
  const File source(from, O_RDONLY);
  if (source.get() < 0) return io_error("cannot open the part").at(from);
  const File target(to, O_WRONLY | O_CREAT | O_EXCL);
  if (target.get() < 0) return io_error("cannot create the copy").at(to);
  std::string buffer(size_t{1} << 20, '\0');
  uint32_t checksum = 0;
  while (true) {
    RETURN_IF_ERROR(check_cancelled());
    const ssize_t got = read(source.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("cannot read the part").at(from);
    if (got == 0) break;
    const std::string_view bytes = std::string_view(buffer).substr(0, static_cast<size_t>(got));
    checksum = crc32c(bytes, checksum);
    RETURN_IF_ERROR(write_all(target.get(), bytes, to));
  }
  if (fsync(target.get()) != 0) return io_error("cannot sync the copy").at(to);
  return checksum;
}

}  // namespace

Result<std::vector<ListedPart>> list_parts(Catalog& catalog, int64_t version) {
  ASSIGN_OR_RETURN(const std::vector<TableRow> tables, catalog.tables(version));
  std::vector<ListedPart> listed;
  for (const TableRow& table : tables) {
    ASSIGN_OR_RETURN(std::vector<PartRow> parts, catalog.parts(version, table.info.name));
    for (PartRow& part : parts) listed.push_back({table.info.name, std::move(part)});
  }
  return listed;
}

Status copy_parts(const std::string& from, const std::string& to,
                  const std::vector<ListedPart>& parts) {
  std::set<std::string> folders = {to};
  for (const ListedPart& listed : parts) {
    RETURN_IF_ERROR(check_part_size(from, listed.table, listed.part));
    const std::string folder = fs::path(to + "/" + listed.part.file).parent_path().string();
    if (folders.insert(folder).second) RETURN_IF_ERROR(make_folders(folder));
    const std::string path = from + "/" + listed.part.file;
    ASSIGN_OR_RETURN(const uint32_t checksum, copy_file(path, to + "/" + listed.part.file));
    if (checksum != listed.part.checksum) {
      return corrupt("a part is damaged: its checksum is not that of what was written")
          .at(path)
          .in_table(listed.table)
          .with_mend("use another backup, or write the table again");
    }
  }
  for (const std::string& folder : folders) RETURN_IF_ERROR(sync_path(folder));
  return {};
}

Status copy_catalog(Catalog& catalog, int64_t version, const std::string& to) {
  const std::string path = catalog_path(to);
  SqliteOptions single_file{.create = true, .journal = SqliteJournal::kSingleFile};
  {
    ASSIGN_OR_RETURN(Database target, Database::open(path, single_file));
    RETURN_IF_ERROR(catalog.database().copy_to(target));
  }
  single_file.create = false;
  {
    ASSIGN_OR_RETURN(Catalog copy, Catalog::open(path, single_file));
    {
      ASSIGN_OR_RETURN(SqliteTransaction transaction, SqliteTransaction::begin(copy.database()));
      RETURN_IF_ERROR(copy.keep_only(version));
      RETURN_IF_ERROR(transaction.commit());
    }
    RETURN_IF_ERROR(copy.database().execute("VACUUM"));
  }
  RETURN_IF_ERROR(sync_path(path));
  return sync_path(to);
}

Result<GrowingFolder> GrowingFolder::make(const std::string& destination) {
  const std::string path = fmt::format("{}.growing-{:x}-{:x}", destination, getpid(), now_micros());
  RETURN_IF_ERROR(make_folders(path));
  return GrowingFolder(path);
}

Status GrowingFolder::become(const std::string& destination) {
  if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, destination.c_str(), RENAME_NOREPLACE) != 0) {
    return io_error("cannot rename the copy to its name").at(destination);
  }
  path_.clear();
  return sync_path(fs::path(destination).parent_path().string());
}

Status GrowingFolder::swap_with(const std::string& folder) {
  if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) != 0) {
    return io_error("cannot swap the folders").at(folder);
  }
  return sync_path(fs::path(folder).parent_path().string());
}

GrowingFolder::GrowingFolder(GrowingFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

GrowingFolder::~GrowingFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace coterie::data
