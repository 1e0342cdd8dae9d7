#include "store/record_table.h"

#include <utility>

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/utf8.h"
#include "store/redis_client_internal.h"

namespace coterie::store {
namespace {

using internal::Pipeline;
using internal::RedisAddress;
using internal::RedisClient;
using internal::text_of;

constexpr const char* kExpiry = "expires_at";

Status check_record(const Record& record) {
  if (record.key.empty()) return invalid_input("a record's key must not be empty");
  for (const RecordField& field : record.fields) {
    const std::string_view what = field.name == kExpiry ? "a name that the store needs itself"
                                  : field.name.empty()  ? "an empty name"
                                                        : "";
    if (!what.empty())
      return invalid_input(fmt::format("a field has {}", what)).for_key(printable_key(record.key));
    if (find_invalid_utf8(field.value) != std::string_view::npos)
      return invalid_input(fmt::format("the value of '{}' is not UTF-8", field.name))
          .for_key(printable_key(record.key));
  }
  return {};
}

class RecordsInRedis : public RecordTable {
 public:
  RecordsInRedis(RedisAddress address, const StoreOptions& options, const std::string& table)
      : client_(std::move(address), options), prefix_(options.key_space + ":" + table + ":{") {}
  Status connect() const { return client_.connect(); }

 private:
  std::string redis_key(std::string_view key) const { return prefix_ + std::string(key) + "}"; }

  Status do_put(std::span<const Record> records, int64_t ttl_s) override {
    Pipeline pipeline;
    for (const Record& record : records) {
      const std::string key = redis_key(record.key);
      pipeline.add({"MULTI"});
      pipeline.add({"DEL", key});
      if (!record.fields.empty()) {
        pipeline.begin(2 + 2 * record.fields.size());
        pipeline.append("HSET");
        pipeline.append(key);
        for (const RecordField& field : record.fields) {
          pipeline.append(field.name);
          pipeline.append(field.value);
        }
        if (ttl_s > 0) pipeline.add({"EXPIRE", key, std::to_string(ttl_s)});
      }
      pipeline.add({"EXEC"});
    }
    ASSIGN_OR_RETURN(const auto replies, client_.run(pipeline));
    for (const auto& reply : replies) {
      RETURN_IF_ERROR(client_.check(*reply));
      for (size_t i = 0; i < reply->elements; ++i)
        RETURN_IF_ERROR(client_.check(*reply->element[i]));
    }
    return {};
  }

  Result<std::optional<RecordFields>> do_get(std::string_view key) const override {
    Pipeline pipeline;
    pipeline.add({"HGETALL", redis_key(key)});
    ASSIGN_OR_RETURN(const auto replies, client_.run(pipeline));
    const redisReply& reply = *replies[0];
    if (const Status checked = client_.check(reply); !checked.ok()) {
      Error error = checked.error();
      return std::move(error).for_key(printable_key(key));
    }
    if (reply.elements == 0) return std::optional<RecordFields>();
    RecordFields fields;
    for (size_t i = 0; i + 1 < reply.elements; i += 2)
      fields.emplace(text_of(*reply.element[i]), text_of(*reply.element[i + 1]));
    return std::optional(std::move(fields));
  }

  Result<int64_t> do_clear(std::string_view prefix) override {
    ASSIGN_OR_RETURN(const auto keys, client_.list_keys(prefix_ + std::string(prefix)));
    return client_.unlink(keys);
  }

  RedisClient client_;
  std::string prefix_;
};

class RecordsInStore : public RecordTable {
 public:
  RecordsInStore(std::unique_ptr<KeyValueStore> store, const std::string& table)
      : store_(std::move(store)), prefix_(table + "/") {}

 private:
  Status do_put(std::span<const Record> records, int64_t ttl_s) override {
    const std::string expiry =
        ttl_s > 0 ? format_utc(now_micros() + ttl_s * kMicrosPerSecond) : std::string();
    WriteBatch batch;
    for (const Record& record : records) {
      const std::string key = prefix_ + std::string(record.key);
      if (record.fields.empty()) {
        batch.erase(key);
        continue;
      }
      nlohmann::json value = nlohmann::json::object();
      for (const RecordField& field : record.fields)
        value[std::string(field.name)] = std::string(field.value);
      if (!expiry.empty()) value[kExpiry] = expiry;
      batch.put(key, dump_json(value));
    }
    return store_->write(batch);
  }

  Result<std::optional<RecordFields>> do_get(std::string_view key) const override {
    ASSIGN_OR_RETURN(const auto value, store_->get(prefix_ + std::string(key)));
    if (!value) return std::optional<RecordFields>();
    ASSIGN_OR_RETURN(const nlohmann::json parsed, parse_json(*value, store_->name()));
    RecordFields fields;
    for (const auto& [name, text] : parsed.items()) {
      if (!text.is_string())
        return corrupt("not a record: a field is no text").for_key(printable_key(key));
      fields.emplace(name, text.get<std::string>());
    }
    if (const auto expiry = fields.extract(kExpiry); !expiry.empty()) {
      ASSIGN_OR_RETURN(const Micros at, parse_utc(expiry.mapped()));
      if (at <= now_micros()) return std::optional<RecordFields>();
    }
    return std::optional(std::move(fields));
  }

  Result<int64_t> do_clear(std::string_view prefix) override {
    return store_->clear(prefix_ + std::string(prefix));
  }

  std::unique_ptr<KeyValueStore> store_;
  std::string prefix_;
};

}  // namespace

Status RecordTable::put(std::span<const Record> records, int64_t ttl_s) {
  for (const Record& record : records) RETURN_IF_ERROR(check_record(record));
  return records.empty() ? Status() : do_put(records, ttl_s);
}

Result<std::optional<RecordFields>> RecordTable::get(std::string_view key) const {
  if (key.empty()) return invalid_input("a record's key must not be empty");
  return do_get(key);
}

Result<int64_t> RecordTable::clear(std::string_view prefix) { return do_clear(prefix); }

Result<std::unique_ptr<RecordTable>> open_record_table(const std::string& url,
                                                       const StoreOptions& options,
                                                       const std::string& table) {
  if (url.starts_with("redis://")) {
    ASSIGN_OR_RETURN(RedisAddress address, internal::parse_redis_url(url));
    auto records = std::make_unique<RecordsInRedis>(std::move(address), options, table);
    RETURN_IF_ERROR(records->connect());
    return std::unique_ptr<RecordTable>(std::move(records));
  }
  ASSIGN_OR_RETURN(auto store, open_store(url, options));
  return std::unique_ptr<RecordTable>(new RecordsInStore(std::move(store), table));
}

}  // namespace coterie::store
