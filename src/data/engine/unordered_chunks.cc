// Chunks are taken where they are computed: the SELECT becomes the input of a scalar function of
// ours, which the engine calls on all of its threads. (A streamed result hands every chunk to one
// thread, which then does all that follows alone; and streams of some plans never end, see
// decision 10.)

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/cancel.h"
#include "data/engine/engine_internal.h"
#include "data/engine/sql_text.h"
#include "data/engine/statement_internal.h"
#include "data/engine/types_internal.h"

namespace coterie::data {
namespace {

constexpr const char* kFunction = "coterie_consume";

// Arguments: the number of the consumers, then the columns. Yields 1 a row.
void consume_chunk(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const Chunk whole = Chunk::view(input, 0);
  if (whole.rows() == 0) return;
  const auto* running =
      static_cast<const RunningConsumers*>(duckdb_scalar_function_get_extra_info(info));
  const ColumnView number = whole.column(0);
  const std::shared_ptr<ChunkConsumers> consumers =
      number.is_null(0) ? nullptr : running->find(number.int64_data()[0]);
  if (consumers == nullptr) {
    return duckdb_scalar_function_set_error(info, "coterie_consume is not for SQL of users");
  }
  if (!consumers->consume(Chunk::view(input, 1))) {
    return duckdb_scalar_function_set_error(info, "a consumer of rows failed");
  }
  auto* ones = static_cast<int32_t*>(duckdb_vector_get_data(output));
  std::fill_n(ones, whole.rows(), 1);
}

void register_function(duckdb_connection connection, RunningConsumers& consumers) {
  duckdb_scalar_function function = duckdb_create_scalar_function();
  const LogicalType number(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT));
  const LogicalType any(duckdb_create_logical_type(DUCKDB_TYPE_ANY));
  const LogicalType one(duckdb_create_logical_type(DUCKDB_TYPE_INTEGER));
  duckdb_scalar_function_set_name(function, kFunction);
  duckdb_scalar_function_add_parameter(function, number.get());
  duckdb_scalar_function_set_varargs(function, any.get());
  duckdb_scalar_function_set_return_type(function, one.get());
  duckdb_scalar_function_set_special_handling(function);  // rows with nulls are rows
  duckdb_scalar_function_set_volatile(function);
  duckdb_scalar_function_set_extra_info(function, &consumers, nullptr);
  duckdb_scalar_function_set_function(function, consume_chunk);
  duckdb_register_scalar_function(connection, function);
  duckdb_destroy_scalar_function(&function);
}

// Consumers that can be found by their number as long as this lives.
class RunningScope {
 public:
  RunningScope(RunningConsumers& running, std::shared_ptr<ChunkConsumers> consumers)
      : running_(running), number_(running.add(std::move(consumers))) {}
  ~RunningScope() { running_.remove(number_); }
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;
  int64_t number() const { return number_; }

 private:
  RunningConsumers& running_;
  int64_t number_;
};

}  // namespace

std::unique_ptr<Connection::ChunkConsumer> ChunkConsumers::take() {
  const std::scoped_lock guard(lock_);
  if (!status_.ok() || thrown_ != nullptr) return nullptr;
  if (idle_.empty()) return std::make_unique<Connection::ChunkConsumer>(make_());
  std::unique_ptr<Connection::ChunkConsumer> consumer = std::move(idle_.back());
  idle_.pop_back();
  return consumer;
}

bool ChunkConsumers::consume(const Chunk& chunk) noexcept {
  Status status;
  std::exception_ptr thrown;
  std::unique_ptr<Connection::ChunkConsumer> consumer;
  try {
    consumer = take();
    if (consumer == nullptr) return false;
    status = check_cancelled();
    if (status.ok()) status = (*consumer)(chunk);
  } catch (...) {
    thrown = std::current_exception();  // none may pass through the engine's own frames
  }
  const std::scoped_lock guard(lock_);
  const bool first = status_.ok() && thrown_ == nullptr;
  const bool good = status.ok() && thrown == nullptr;
  if (first && !good) {
    status_ = std::move(status);
    thrown_ = thrown;
  }
  if (consumer != nullptr) idle_.push_back(std::move(consumer));
  return good;
}

Status ChunkConsumers::status() const {
  const std::scoped_lock guard(lock_);
  if (thrown_ != nullptr) std::rethrow_exception(thrown_);
  return status_;
}

int64_t RunningConsumers::add(std::shared_ptr<ChunkConsumers> consumers) {
  std::random_device device;
  const std::scoped_lock guard(lock_);
  while (true) {
    const uint64_t bits = (uint64_t{device()} << 32 | device()) >> 1;
    const auto [place, is_new] = running_.try_emplace(static_cast<int64_t>(bits), consumers);
    if (is_new) return place->first;
  }
}

void RunningConsumers::remove(int64_t number) {
  const std::scoped_lock guard(lock_);
  running_.erase(number);
}

std::shared_ptr<ChunkConsumers> RunningConsumers::find(int64_t number) const {
  const std::scoped_lock guard(lock_);
  const auto found = running_.find(number);
  return found == running_.end() ? nullptr : found->second;
}

Status Connection::for_each_chunk_unordered(std::string_view select,
                                            const std::function<ChunkConsumer()>& make_consumer) {
  EngineState& engine = *state_->engine;
  std::call_once(engine.consuming_function,
                 [&] { register_function(state_->handle, engine.consumers); });
  ASSIGN_OR_RETURN(const std::vector<ColumnInfo> columns, describe(select));
  std::string arguments;
  for (const ColumnInfo& column : columns) arguments += ", " + quote_name(column.name);
  const auto consumers = std::make_shared<ChunkConsumers>(make_consumer);
  const RunningScope scope(engine.consumers, consumers);
  const Status ran = execute(fmt::format("SELECT sum({}({}{})) FROM ({}\n)", kFunction,
                                         scope.number(), arguments, select));
  RETURN_IF_ERROR(consumers->status());
  return ran;
}

}  // namespace coterie::data
