#include "store/key_value_store.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "store/lmdb_store.h"
#include "store/redis_store.h"

namespace coterie::store {
namespace {

Status check_key(std::string_view key, std::string_view what) {
  if (key.empty()) return invalid_input(fmt::format("{} must not be empty", what));
  if (key.size() <= kMaxKeyBytes) return {};
  return invalid_input(fmt::format("{} of {} bytes is too long (at most {}): {}", what, key.size(),
                                   kMaxKeyBytes, printable_key(key)))
      .with_mend("shorten it, for instance to a hash");
}

Status check_change(const WriteBatch::Change& change) {
  const bool metadata = change.kind == WriteBatch::Kind::kSetMetadata;
  RETURN_IF_ERROR(check_key(change.key, metadata ? "a name of metadata" : "a key"));
  if (change.value.size() <= kMaxValueBytes) return {};
  return invalid_input(fmt::format("the value of {} is too long: {} (at most {})",
                                   printable_key(change.key),
                                   format_bytes(static_cast<int64_t>(change.value.size())),
                                   format_bytes(kMaxValueBytes)))
      .with_mend("divide it between several keys");
}

std::optional<std::string> copied(std::optional<std::string_view> value) {
  if (!value) return std::nullopt;
  return std::string(*value);
}

}  // namespace

void WriteBatch::put(std::string_view key, std::string_view value) { add(Kind::kPut, key, value); }
void WriteBatch::erase(std::string_view key) { add(Kind::kErase, key, {}); }
void WriteBatch::set_metadata(std::string_view name, std::string_view value) {
  add(Kind::kSetMetadata, name, value);
}

void WriteBatch::add(Kind kind, std::string_view key, std::string_view value) {
  changes_.push_back({kind, bytes_.size(), key.size(), value.size()});
  bytes_.append(key).append(value);
}

WriteBatch::Change WriteBatch::change(size_t i) const {
  const Stored& stored = changes_[i];
  const std::string_view bytes = bytes_;
  return {stored.kind, bytes.substr(stored.begin, stored.key_bytes),
          bytes.substr(stored.begin + stored.key_bytes, stored.value_bytes)};
}

void WriteBatch::clear() {
  bytes_.clear();
  changes_.clear();
}

Status KeyValueStore::read(std::span<const std::string_view> keys, const ReadVisitor& visit) const {
  for (const std::string_view key : keys) RETURN_IF_ERROR(check_key(key, "a key"));
  if (keys.empty()) return {};
  return do_read(Space::kKeys, keys, visit);
}

Result<std::optional<std::string>> KeyValueStore::get(std::string_view key) const {
  std::optional<std::string> found;
  RETURN_IF_ERROR(read({&key, 1}, [&found](size_t, std::optional<std::string_view> value) {
    found = copied(value);
  }));
  return found;
}

Result<std::vector<std::optional<std::string>>> KeyValueStore::get(
    std::span<const std::string_view> keys) const {
  std::vector<std::optional<std::string>> found(keys.size());
  RETURN_IF_ERROR(read(keys, [&found](size_t index, std::optional<std::string_view> value) {
    found[index] = copied(value);
  }));
  return found;
}

Result<std::vector<std::optional<std::string>>> KeyValueStore::metadata(
    std::span<const std::string_view> names) const {
  for (const std::string_view name : names) RETURN_IF_ERROR(check_key(name, "a name of metadata"));
  std::vector<std::optional<std::string>> found(names.size());
  if (names.empty()) return found;
  RETURN_IF_ERROR(do_read(Space::kMetadata, names,
                          [&found](size_t index, std::optional<std::string_view> value) {
                            found[index] = copied(value);
                          }));
  return found;
}

Result<std::optional<std::string>> KeyValueStore::metadata(std::string_view name) const {
  ASSIGN_OR_RETURN(auto found, metadata(std::span(&name, 1)));
  return std::move(found[0]);
}

Status KeyValueStore::write(const WriteBatch& batch) {
  for (size_t i = 0; i < batch.size(); ++i) RETURN_IF_ERROR(check_change(batch.change(i)));
  return batch.empty() ? Status() : do_write(batch);
}

Status KeyValueStore::scan(std::string_view prefix, const ScanVisitor& visit) const {
  if (!prefix.empty()) RETURN_IF_ERROR(check_key(prefix, "a prefix"));
  return do_scan(prefix, visit);
}

Result<int64_t> KeyValueStore::clear(std::string_view prefix) {
  if (!prefix.empty()) RETURN_IF_ERROR(check_key(prefix, "a prefix"));
  return do_clear(prefix);
}

Result<std::unique_ptr<KeyValueStore>> open_store(const std::string& url,
                                                  const StoreOptions& options) {
  const std::string scheme = url.substr(0, url.find(':'));
  if (scheme == "lmdb") return open_lmdb_store(url, options);
  if (scheme == "redis") return open_redis_store(url, options);
  if (scheme == "rediss") {
    return Error{ErrorCode::kUnsupported, "Redis over TLS (rediss://) is not offered"}.with_mend(
        "write redis:// and let a TLS tunnel or a private network protect the connection");
  }
  return invalid_input("not the URL of a key-value store")
      .with_mend("write lmdb:FOLDER or redis://HOST:PORT");
}

std::string printable_key(std::string_view key) {
  constexpr size_t kShown = 80;
  std::string text = "'";
  for (const char c : key.substr(0, kShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F && c != '\\') {
      text += c;
    } else {
      text += fmt::format("\\x{:02x}", byte);
    }
  }
  return text + (key.size() > kShown ? "…'" : "'");
}

}  // namespace coterie::store
