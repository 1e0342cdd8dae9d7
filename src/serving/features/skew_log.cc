#include "serving/features/skew_log.h"

#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"

namespace coterie::serving {

Result<std::unique_ptr<SkewLog>> SkewLog::open(const SkewLogOptions& options) {
  RETURN_IF_ERROR(make_folders(std::filesystem::path(options.file).parent_path().string()));
  std::unique_ptr<SkewLog> log(new SkewLog(options));
  RETURN_IF_ERROR(log->open_file());
  return log;
}

SkewLog::~SkewLog() {
  if (file_ >= 0) close(file_);
}

Status SkewLog::open_file() {
  file_ = ::open(options_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  struct stat now{};
  if (file_ < 0 || fstat(file_, &now) != 0)
    return io_error("the sample of served features cannot be opened").at(options_.file);
  bytes_ = now.st_size;
  return {};
}

void SkewLog::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const auto size = static_cast<int64_t>(line.size());
  if (bytes_ > 0 && bytes_ + size > options_.max_bytes) {
    if (file_ >= 0) close(file_);
    file_ = -1;
    std::rename(options_.file.c_str(), (options_.file + ".1").c_str());
    bytes_ = 0;
  }
  const bool ready = file_ >= 0 || open_file().ok();
  if (!ready || ::write(file_, line.data(), line.size()) != size) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  bytes_ += size;
  written_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace coterie::serving
