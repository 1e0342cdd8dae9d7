#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "data/warehouse/transaction_internal.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

// Forgets in one commit every old version that can be locked, that is, which nobody reads. The
// locks are held until the catalogue says so: a reader that comes too late sees it gone.
Status forget_versions(WarehouseState& state, int keep_versions, GcReport& report) {
  ASSIGN_OR_RETURN(Lease locks, Lease::open(lease_path(state.folder)));
  auto catalog = state.writer.use();
  ASSIGN_OR_RETURN(SqliteTransaction transaction, SqliteTransaction::begin(catalog->database()));
  ASSIGN_OR_RETURN(const std::vector<int64_t> versions, catalog->versions());
  const auto keep = static_cast<size_t>(std::max(keep_versions, 1));
  for (size_t i = 0; i + keep < versions.size(); ++i) {
    ASSIGN_OR_RETURN(const bool free, locks.try_exclude(version_byte(versions[i])));
    if (!free) {
      ++report.versions_in_use;
      continue;
    }
    RETURN_IF_ERROR(catalog->forget_version(versions[i]));
    ++report.versions_pruned;
  }
  if (report.versions_pruned > 0) RETURN_IF_ERROR(catalog->remove_unreachable());
  return transaction.commit();
}

// The transaction that a part's file belongs to: of "part-<time>-<pid>-<count>-<n>.parquet"
// the first three numbers (hexadecimal). Empty: not a part's name.
std::string claim_of(std::string_view name) {
  constexpr std::string_view kPrefix = "part-";
  if (!name.starts_with(kPrefix)) return {};
  name.remove_prefix(kPrefix.size());
  size_t end = 0;
  for (int dashes = 0; end < name.size(); ++end) {
    if (name[end] == '-' && ++dashes == 3) return std::string(name.substr(0, end));
    if (name[end] != '-' && std::isxdigit(static_cast<unsigned char>(name[end])) == 0) break;
  }
  return {};
}

// Relative paths of all parts on disk, by the transaction that wrote them.
std::map<std::string, std::vector<std::string>> files_by_claim(const std::string& folder) {
  std::map<std::string, std::vector<std::string>> files;
  std::error_code ignored;
  for (const auto& table : fs::directory_iterator(folder, ignored)) {
    if (!table.is_directory(ignored)) continue;
    for (const auto& file : fs::directory_iterator(table.path(), ignored)) {
      const std::string name = file.path().filename().string();
      const std::string claim = claim_of(name);
      if (!claim.empty() && name.ends_with(".parquet")) {
        files[claim].push_back(table.path().filename().string() + "/" + name);
      }
    }
  }
  return files;
}

void remove_file(const WarehouseState& state, const std::string& file, GcReport& report) {
  std::error_code failed;
  const auto bytes = fs::file_size(state.path(file), failed);
  if (failed || !fs::remove(state.path(file), failed)) return;
  ++report.files_removed;
  report.bytes_removed += static_cast<int64_t>(bytes);
}

// Leaves the locks of live transactions and returns whose they are.
std::set<std::string> live_claims(const std::string& staging) {
  std::set<std::string> live;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(staging, ignored)) {
    if (entry.path().extension() != ".lock") continue;
    const auto lock = FileLock::try_acquire(entry.path().string());
    if (lock.ok()) {
      fs::remove(entry.path(), ignored);
    } else {
      live.insert(entry.path().stem().string());
    }
  }
  return live;
}

// The order matters. Files are listed first: what is staged later is not looked at. Then who is
// alive: a transaction that ends after this has committed before the catalogue is read, or has
// removed its files.
Status remove_orphans(WarehouseState& state, GcReport& report) {
  const auto files = files_by_claim(state.folder);
  const std::set<std::string> live = live_claims(staging_path(state.folder));
  std::set<std::string> referenced;
  {
    auto catalog = state.reader.use();
    ASSIGN_OR_RETURN(const std::vector<std::string> all, catalog->all_files());
    referenced.insert(all.begin(), all.end());
  }
  for (const auto& [claim, names] : files) {
    if (live.contains(claim)) continue;
    for (const std::string& name : names) {
      if (!referenced.contains(name)) remove_file(state, name, report);
    }
  }
  return {};
}

}  // namespace

Result<GcReport> Warehouse::gc(int keep_versions) {
  GcReport report;
  RETURN_IF_ERROR(forget_versions(*state_, keep_versions, report));
  RETURN_IF_ERROR(remove_orphans(*state_, report));
  return report;
}

}  // namespace coterie::data
