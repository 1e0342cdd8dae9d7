#include "serving/http/access_log.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"

namespace coterie::serving {
namespace {

constexpr size_t kBlockBytes = 32 << 10;

}  // namespace

struct AccessLog::Impl {
  std::string path;
  int handle = -1;
  std::atomic<bool> warned{false};
};

AccessLog::AccessLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AccessLog::~AccessLog() { close(impl_->handle); }

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& path) {
  const int handle = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (handle < 0) {
    const bool refused = errno == EACCES || errno == EPERM || errno == EROFS;
    Error error = io_error("cannot open the access log");
    if (refused) error.code = ErrorCode::kPermission;
    return std::move(error).at(path).with_mend("name a file that this user may write");
  }
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->handle = handle;
  return std::unique_ptr<AccessLog>(new AccessLog(std::move(impl)));
}

void AccessLog::write(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = ::write(impl_->handle, lines.data(), lines.size());
    if (written >= 0) {
      lines.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      const int code = errno;
      if (!impl_->warned.exchange(true)) {
        log::warning("{}: lines of the access log are lost: {}", impl_->path, std::strerror(code));
      }
      return;
    }
  }
}

void append_access_line(const AccessLine& line, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"time":"{}","id":"{}","method":"{}","route":"{}","status":{},"us":{},)"
                 R"("bytes_in":{},"bytes_out":{}}})"
                 "\n",
                 format_utc(line.time), line.request_id, line.method, line.route, line.status,
                 line.micros, line.bytes_in, line.bytes_out);
}

void AccessLines::add(const AccessLine& line) {
  if (log_ == nullptr) return;
  append_access_line(line, lines_);
  if (lines_.size() >= kBlockBytes) flush();
}

void AccessLines::flush() {
  if (log_ == nullptr || lines_.empty()) return;
  log_->write(lines_);
  lines_.clear();
}

}  // namespace coterie::serving
