#pragma once
// Writes one Parquet file with several threads: each makes and encodes row groups of its own, and
// whoever has the one that is next in the file appends it while the others go on.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/threads.h"
#include "data/parquet/parquet_writer.h"

namespace coterie::parquet {

// `encode(task, scratch)` makes the rows of one task and returns them encoded with the file's
// compression: any number of row groups, none for no rows. It runs on any thread, several at a
// time. `scratch` are the file's columns without rows, for this call alone (capacity, and the
// `texts` that an earlier call on the thread has set, stay).
using RowGroups = std::vector<RowGroup>;
using EncodeTask = std::function<Result<RowGroups>(int64_t task, std::vector<Column>& scratch)>;

// No task begins before all but this many a thread of those before it are in the file: so much is
// in memory at most, however long one task or the disk takes.
inline constexpr int64_t kTasksInFlight = 3;

// Writes the file `path` (created or truncated; complete but not synced) of `columns`, whose values
// are not looked at. Groups lie in the order of the tasks 0 .. tasks - 1, which are begun in that
// order, so the bytes do not depend on the number of threads. Returns the number of rows.
// kCancelled on Ctrl-C; kIo, kResourceExhausted, naming the file; or what the lowest task that
// fails returns. After an error an unfinished file is left behind.
Result<int64_t> write_groups(const std::string& path, const std::vector<Column>& columns,
                             ThreadPool& pool, int64_t tasks, const EncodeTask& encode,
                             Compression compression = Compression::kZstd);

// The same into a file that is under way, which stays open: for rows that come in several rounds.
Status append_groups(ParquetWriter& writer, const std::vector<Column>& columns, ThreadPool& pool,
                     int64_t tasks, const EncodeTask& encode);

// How `rows` are cut into row groups of nearly equal size, none above kRowGroupRows: the size of
// each but the last. At least 1. More groups than one are an even number, so that of two threads
// none encodes the last one while the other waits.
int64_t even_group(int64_t rows);

// Encodes the rows, at least one, and clears the columns (keeping capacity). Thread-safe.
RowGroup take_group(std::vector<Column>& columns, Compression compression = Compression::kZstd);

}  // namespace coterie::parquet
