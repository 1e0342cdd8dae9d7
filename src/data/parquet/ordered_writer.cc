#include "data/parquet/ordered_writer.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "base/cancel.h"

namespace coterie::parquet {
namespace {

// Tasks that end in any order, written in theirs by whoever brings the one that is next.
class InOrder {
 public:
  InOrder(ParquetWriter& writer, int64_t window) : writer_(writer), window_(window) {}

  // Returns when the task may begin, and whether it should. The lowest task that is not in the file
  // never waits, and tasks are handed out in ascending order: so some thread always goes on.
  bool begin(int64_t task) {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return stopped() || task < next_ + window_; });
    return !stopped();
  }

  void put(int64_t task, Result<RowGroups> groups) {
    std::unique_lock lock(mutex_);
    ready_.emplace(task, std::move(groups));
    if (writing_) return;
    writing_ = true;
    for (auto found = ready_.find(next_); found != ready_.end(); found = ready_.find(next_)) {
      Result<RowGroups> taken = std::move(found->second);
      ready_.erase(found);
      if (status_.ok()) {
        lock.unlock();
        Status written = write(std::move(taken));
        lock.lock();
        status_ = std::move(written);
      }
      ++next_;
      moved_.notify_all();
    }
    writing_ = false;
  }

  // An exception ends the work: nobody waits for its task any more.
  void abandon() {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    moved_.notify_all();
  }

  // Of the first task that failed. After the last put().
  const Status& status() const { return status_; }

 private:
  bool stopped() const { return abandoned_ || !status_.ok(); }

  Status write(Result<RowGroups> groups) {
    if (!groups.ok()) return groups.error();
    for (RowGroup& group : *groups) RETURN_IF_ERROR(writer_.append(std::move(group)));
    return {};
  }

  ParquetWriter& writer_;
  int64_t window_;
  std::mutex mutex_;
  std::condition_variable moved_;
  std::map<int64_t, Result<RowGroups>> ready_;
  int64_t next_ = 0;
  bool writing_ = false;
  bool abandoned_ = false;
  Status status_;
};

Result<RowGroups> run_task(int64_t task, std::vector<Column>& scratch, const EncodeTask& encode) {
  RETURN_IF_ERROR(check_cancelled());
  for (Column& column : scratch) column.clear();
  return encode(task, scratch);
}

}  // namespace

Status append_groups(ParquetWriter& writer, const std::vector<Column>& columns, ThreadPool& pool,
                     int64_t tasks, const EncodeTask& encode) {
  const auto threads = static_cast<size_t>(pool.threads());
  std::vector<std::vector<Column>> scratch(threads, columns);
  InOrder order(writer, pool.threads() * kTasksInFlight);
  pool.parallel_for_worker(tasks, 1, [&](int64_t task, int64_t, int worker) {
    try {
      if (!order.begin(task)) return;
      order.put(task, run_task(task, scratch[static_cast<size_t>(worker)], encode));
    } catch (...) {
      order.abandon();
      throw;
    }
  });
  return order.status();
}

Result<int64_t> write_groups(const std::string& path, const std::vector<Column>& columns,
                             ThreadPool& pool, int64_t tasks, const EncodeTask& encode,
                             Compression compression) {
  ASSIGN_OR_RETURN(auto writer, ParquetWriter::create(path, columns, compression));
  RETURN_IF_ERROR(append_groups(writer, columns, pool, tasks, encode));
  const Result<int64_t> bytes = writer.finish();
  if (!bytes.ok()) return bytes.error();
  return writer.rows();
}

int64_t even_group(int64_t rows) {
  int64_t groups = std::max<int64_t>(1, (rows + kRowGroupRows - 1) / kRowGroupRows);
  if (groups > 1) groups += groups % 2;
  return std::max<int64_t>(1, (rows + groups - 1) / groups);
}

RowGroup take_group(std::vector<Column>& columns, Compression compression) {
  RowGroup group = encode_row_group(columns, compression);
  for (Column& column : columns) column.clear();
  return group;
}

}  // namespace coterie::parquet
