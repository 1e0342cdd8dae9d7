#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/resources.h"

namespace coterie {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".share";

// Whether a process holds the file's lock. If none does, its process is dead and the file goes.
// Asked with a shared lock, so that two who ask at once do not take each other for the owner.
bool is_alive(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return errno != ENOENT;
  const bool free = flock(descriptor, LOCK_SH | LOCK_NB) == 0;
  if (free) unlink(path.c_str());
  close(descriptor);
  return !free;
}

template <typename T>
T part(T total, T count, T rank) {
  return total / count + (rank < total % count ? 1 : 0);
}

}  // namespace

struct ResourceShare::Impl {
  std::string folder;
  std::string name;  // of this process's file
  int descriptor = -1;
  Resources total;
  std::atomic<int> last_count{1};
  std::atomic<int> last_rank{0};

  std::string path() const { return folder + "/" + name; }

  ~Impl() {
    if (descriptor < 0) return;
    unlink(path().c_str());
    close(descriptor);
  }

  Status create(const std::string& role);
  // Counts live processes and this one's place among them.
  Status count_processes();
};

// The lock is taken under a name that nobody looks at, so that nobody can take the new file for a
// dead process's.
Status ResourceShare::Impl::create(const std::string& role) {
  name = fmt::format("{:020}-{}{}", now_micros(), getpid(), kSuffix);
  const std::string hidden = folder + "/." + name + ".new";
  descriptor = open(hidden.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return io_error("cannot register this process").at(hidden);
  const std::string text = fmt::format("{} {}\n", getpid(), role);
  const bool written = write(descriptor, text.data(), text.size()) == std::ssize(text) &&
                       flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
                       rename(hidden.c_str(), path().c_str()) == 0;
  if (written) return {};
  Error error = io_error("cannot register this process").at(path());
  unlink(hidden.c_str());
  return error;
}

Status ResourceShare::Impl::count_processes() {
  std::error_code code;
  fs::directory_iterator entries(folder, code);
  std::vector<std::string> others;
  for (; !code && entries != fs::directory_iterator(); entries.increment(code)) {
    const std::string other = entries->path().filename().string();
    if (other != name && !other.starts_with('.') && other.ends_with(kSuffix)) {
      others.push_back(other);
    }
  }
  if (code) return Error(ErrorCode::kIo, "cannot list: " + code.message()).at(folder);
  std::erase_if(others, [&](const std::string& other) { return !is_alive(folder + "/" + other); });
  last_count = static_cast<int>(others.size()) + 1;
  last_rank = static_cast<int>(
      std::ranges::count_if(others, [&](const std::string& other) { return other < name; }));
  return {};
}

Result<ResourceShare> ResourceShare::join(const std::string& folder, const std::string& role,
                                          const Resources& total) {
  RETURN_IF_ERROR(make_folders(folder));
  auto impl = std::make_unique<Impl>();
  impl->folder = folder;
  impl->total = total;
  RETURN_IF_ERROR(impl->create(role));
  RETURN_IF_ERROR(impl->count_processes());
  return ResourceShare(std::move(impl));
}

Resources ResourceShare::current() const {
  const Status counted = impl_->count_processes();
  if (!counted.ok()) {
    log::warning("sharing resources as last seen: {}", counted.error().to_text());
  }
  const int count = impl_->last_count;
  const int rank = impl_->last_rank;
  const Resources& total = impl_->total;
  return {std::max(1, part(total.threads, count, rank)),
          part<int64_t>(total.memory_bytes, count, rank),
          part<int64_t>(total.disk_bytes, count, rank)};
}

ResourceShare::ResourceShare(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ResourceShare::ResourceShare(ResourceShare&&) noexcept = default;
ResourceShare& ResourceShare::operator=(ResourceShare&&) noexcept = default;
ResourceShare::~ResourceShare() = default;

}  // namespace coterie
