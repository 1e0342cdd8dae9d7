#include "store/lmdb_store.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "store/lmdb_environment_internal.h"

namespace coterie::store {
namespace {

using internal::LmdbEnvironment;

// LMDB takes pointers to what it only reads as pointers to non-const.
MDB_val to_val(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view to_view(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

// A cursor of a transaction, closed before it.
class Cursor {
 public:
  Cursor(MDB_txn* transaction, MDB_dbi dbi) : code_(mdb_cursor_open(transaction, dbi, &cursor_)) {}
  ~Cursor() {
    if (cursor_ != nullptr) mdb_cursor_close(cursor_);
  }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // The first entry that is not before `prefix`, if it begins with that. MDB_NOTFOUND behind them.
  int first(std::string_view prefix) {
    if (code_ != 0) return code_;
    prefix_ = prefix;
    key_ = to_val(prefix);
    return kept(
        mdb_cursor_get(cursor_, &key_, &value_, prefix.empty() ? MDB_FIRST : MDB_SET_RANGE));
  }
  int next() { return kept(mdb_cursor_get(cursor_, &key_, &value_, MDB_NEXT)); }
  int erase() { return mdb_cursor_del(cursor_, 0); }
  std::string_view key() const { return to_view(key_); }
  std::string_view value() const { return to_view(value_); }

 private:
  int kept(int code) const {
    return code == 0 && !key().starts_with(prefix_) ? MDB_NOTFOUND : code;
  }
  MDB_cursor* cursor_ = nullptr;
  std::string_view prefix_;
  MDB_val key_{};
  MDB_val value_{};
  int code_;
};

int erase_all(MDB_txn* transaction, MDB_dbi dbi, int64_t& erased) {
  MDB_stat stat{};
  const int code = mdb_stat(transaction, dbi, &stat);
  erased = static_cast<int64_t>(stat.ms_entries);
  return code == 0 ? mdb_drop(transaction, dbi, 0) : code;
}

int erase_prefix(MDB_txn* transaction, MDB_dbi dbi, std::string_view prefix, int64_t& erased) {
  erased = 0;
  Cursor cursor(transaction, dbi);
  int code = cursor.first(prefix);
  while (code == 0) {
    code = cursor.erase();
    if (code != 0) break;
    ++erased;
    code = cursor.next();
  }
  return code == MDB_NOTFOUND ? 0 : code;
}

class LmdbStore : public KeyValueStore {
 public:
  LmdbStore(std::shared_ptr<LmdbEnvironment> environment, const std::string& folder)
      : environment_(std::move(environment)), name_("lmdb:" + folder) {}

  Result<StoreStats> stats() const override {
    StoreStats stats{.bytes = environment_->used_bytes(), .limit_bytes = environment_->max_bytes()};
    RETURN_IF_ERROR(environment_->read([&](MDB_txn* transaction) -> Status {
      MDB_stat stat{};
      const int code = mdb_stat(transaction, environment_->keys(), &stat);
      if (code != 0) return environment_->failure(code, "cannot read");
      stats.keys = static_cast<int64_t>(stat.ms_entries);
      return {};
    }));
    return stats;
  }
  const std::string& name() const override { return name_; }

 private:
  Status do_read(Space space, std::span<const std::string_view> keys,
                 const ReadVisitor& visit) const override {
    const MDB_dbi dbi = space == Space::kKeys ? environment_->keys() : environment_->metadata();
    return environment_->read([&](MDB_txn* transaction) -> Status {
      for (size_t i = 0; i < keys.size(); ++i) {
        MDB_val key = to_val(keys[i]);
        MDB_val value{};
        const int code = mdb_get(transaction, dbi, &key, &value);
        if (code == 0) {
          visit(i, to_view(value));
        } else if (code == MDB_NOTFOUND) {
          visit(i, std::nullopt);
        } else {
          return environment_->failure(code, "cannot read");
        }
      }
      return {};
    });
  }

  Status do_write(const WriteBatch& batch) override {
    return environment_->write([&](MDB_txn* transaction) {
      int code = 0;
      for (size_t i = 0; code == 0 && i < batch.size(); ++i)
        code = apply(transaction, batch.change(i));
      return code;
    });
  }

  int apply(MDB_txn* transaction, const WriteBatch::Change& change) const {
    MDB_val key = to_val(change.key);
    MDB_val value = to_val(change.value);
    switch (change.kind) {
      case WriteBatch::Kind::kPut:
        return mdb_put(transaction, environment_->keys(), &key, &value, 0);
      case WriteBatch::Kind::kSetMetadata:
        return mdb_put(transaction, environment_->metadata(), &key, &value, 0);
      case WriteBatch::Kind::kErase:
        break;
    }
    const int code = mdb_del(transaction, environment_->keys(), &key, nullptr);
    return code == MDB_NOTFOUND ? 0 : code;
  }

  Status do_scan(std::string_view prefix, const ScanVisitor& visit) const override {
    return environment_->read([&](MDB_txn* transaction) -> Status {
      Cursor cursor(transaction, environment_->keys());
      int code = cursor.first(prefix);
      for (; code == 0; code = cursor.next()) RETURN_IF_ERROR(visit(cursor.key(), cursor.value()));
      return code == MDB_NOTFOUND ? Status() : environment_->failure(code, "cannot read");
    });
  }

  Result<int64_t> do_clear(std::string_view prefix) override {
    int64_t erased = 0;
    RETURN_IF_ERROR(environment_->write([&](MDB_txn* transaction) {
      return prefix.empty() ? erase_all(transaction, environment_->keys(), erased)
                            : erase_prefix(transaction, environment_->keys(), prefix, erased);
    }));
    return erased;
  }

  std::shared_ptr<LmdbEnvironment> environment_;
  std::string name_;
};

}  // namespace

Result<std::unique_ptr<KeyValueStore>> open_lmdb_store(const std::string& url,
                                                       const StoreOptions& options) {
  constexpr std::string_view scheme = "lmdb:";
  if (!url.starts_with(scheme) || url.size() == scheme.size() || url.starts_with("lmdb://")) {
    return invalid_input(fmt::format("not a folder of an LMDB store: '{}'", url))
        .with_mend("write lmdb:FOLDER, for instance lmdb:online");
  }
  const std::string folder = std::filesystem::path(options.folder)
                                 .append(url.substr(scheme.size()))
                                 .lexically_normal()
                                 .string();
  ASSIGN_OR_RETURN(auto environment, LmdbEnvironment::open(folder, options.max_bytes));
  return std::unique_ptr<KeyValueStore>(new LmdbStore(std::move(environment), folder));
}

}  // namespace coterie::store
