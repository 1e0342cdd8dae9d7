#include "base/timezone.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/nearest_name.h"
#include "base/posix_tz_internal.h"

namespace coterie {
namespace {

constexpr const char* kZoneInfo = "/usr/share/zoneinfo";
// Beyond this year the last rule's changes are not expanded; the last offset stays.
constexpr int kLastExpandedYear = 2200;

int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// Big-endian reader that stays inside its bytes.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  bool skip(size_t n) {
    if (n > bytes_.size()) return failed_ = true, false;
    bytes_.remove_prefix(n);
    return true;
  }
  int64_t integer(size_t width) {
    if (width > bytes_.size()) return failed_ = true, 0;
    uint64_t value = (static_cast<uint8_t>(bytes_[0]) & 0x80) != 0 ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < width; ++i) value = (value << 8) | static_cast<uint8_t>(bytes_[i]);
    bytes_.remove_prefix(width);
    return static_cast<int64_t>(value);
  }
  bool failed() const { return failed_; }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

struct Header {
  int version = 1;
  int64_t isut, isstd, leap, times, types, chars;
  size_t body_bytes(size_t time_width) const {
    return static_cast<size_t>(times) * (time_width + 1) + static_cast<size_t>(types) * 6 +
           static_cast<size_t>(chars) + static_cast<size_t>(leap) * (time_width + 4) +
           static_cast<size_t>(isstd) + static_cast<size_t>(isut);
  }
  bool plausible() const {
    for (const int64_t n : {isut, isstd, leap, times, types, chars}) {
      if (n < 0 || n > 100'000) return false;
    }
    return types > 0;
  }
};

bool read_header(Bytes& in, Header& header) {
  if (!in.rest().starts_with("TZif") || in.rest().size() < 44) return false;
  const char version = in.rest()[4];
  header.version = version == '\0' ? 1 : version - '0';
  in.skip(20);
  header.isut = in.integer(4);
  header.isstd = in.integer(4);
  header.leap = in.integer(4);
  header.times = in.integer(4);
  header.types = in.integer(4);
  header.chars = in.integer(4);
  return !in.failed() && header.plausible();
}

}  // namespace

struct TimeZone::Impl {
  std::string name;
  int32_t first_offset = 0;
  std::vector<OffsetChange> changes;  // ascending

  // Index of the first change after `second`; the offset in effect is the one before it.
  size_t after(int64_t second) const {
    return static_cast<size_t>(
        std::ranges::upper_bound(changes, second, {}, &OffsetChange::utc_second) - changes.begin());
  }
  int32_t offset_before_change(size_t index) const {
    return index == 0 ? first_offset : changes[index - 1].offset_seconds;
  }

  bool read_body(Bytes& in, const Header& header, size_t time_width);
};

bool TimeZone::Impl::read_body(Bytes& in, const Header& header, size_t time_width) {
  std::vector<int64_t> seconds(static_cast<size_t>(header.times));
  std::vector<size_t> types(seconds.size());
  std::vector<int32_t> offsets(static_cast<size_t>(header.types));
  for (int64_t& second : seconds) second = in.integer(time_width);
  for (size_t& type : types) type = static_cast<size_t>(in.integer(1)) & 0xFF;
  for (int32_t& offset : offsets) {
    offset = static_cast<int32_t>(in.integer(4));
    in.skip(2);
  }
  in.skip(static_cast<size_t>(header.chars) + static_cast<size_t>(header.leap) * (time_width + 4) +
          static_cast<size_t>(header.isstd) + static_cast<size_t>(header.isut));
  if (in.failed()) return false;
  first_offset = offsets[0];
  for (size_t i = 0; i < seconds.size(); ++i) {
    if (types[i] >= offsets.size() || (i > 0 && seconds[i] <= seconds[i - 1])) return false;
    changes.push_back({seconds[i], offsets[types[i]]});
  }
  return std::ranges::all_of(offsets, [](int32_t o) { return o > -100'000 && o < 100'000; });
}

TimeZone::TimeZone(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<TimeZone> TimeZone::parse(const std::string& name, std::string_view tzif_bytes) {
  const Error broken = corrupt("time zone '" + name + "': not a TZif file");
  Bytes in(tzif_bytes);
  auto impl = std::make_shared<Impl>();
  impl->name = name;
  Header header;
  if (!read_header(in, header)) return broken;
  if (header.version == 1) {
    if (!impl->read_body(in, header, 4)) return broken;
    return TimeZone(std::move(impl));
  }
  // Version 2 and later repeat everything with 64-bit times and add the rule for the future.
  if (!in.skip(header.body_bytes(4)) || !read_header(in, header)) return broken;
  if (!impl->read_body(in, header, 8)) return broken;
  std::string_view footer = in.rest();
  if (footer.starts_with('\n')) footer.remove_prefix(1);
  footer = footer.substr(0, footer.find('\n'));
  if (!footer.empty() && !expand_posix_tz(footer, kLastExpandedYear, impl->changes)) return broken;
  return TimeZone(std::move(impl));
}

TimeZone::TimeZone() {
  auto utc = std::make_shared<Impl>();
  utc->name = "UTC";
  impl_ = std::move(utc);
}

Result<TimeZone> TimeZone::load(const std::string& name) {
  if (name == "UTC") return TimeZone();
  if (!std::filesystem::is_directory(kZoneInfo)) {
    return Error(ErrorCode::kNotFound, "this system has no time zone files")
        .with_mend("install the package tzdata");
  }
  const std::vector<std::string> names = time_zone_names();
  if (!std::ranges::binary_search(names, name)) {
    return Error(ErrorCode::kInvalidInput, "'" + name + "' is not an IANA time zone")
        .with_mend(nearest_mend(name, names, "use a name such as Europe/Stockholm or UTC"));
  }
  std::ifstream file(std::string(kZoneInfo) + "/" + name, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return parse(name, bytes);
}

const std::string& TimeZone::name() const { return impl_->name; }

int32_t TimeZone::offset_seconds(Micros utc) const {
  return impl_->offset_before_change(impl_->after(floor_div(utc, kMicrosPerSecond)));
}

Micros TimeZone::to_utc(Micros local) const {
  const int64_t second = floor_div(local, kMicrosPerSecond);
  // Every offset is below 28 hours, so the instant lies between these changes.
  constexpr int64_t kWindow = int64_t{28} * 3600;
  const size_t first = impl_->after(second - kWindow);
  const size_t last = impl_->after(second + kWindow);
  int64_t skipped_offset = impl_->offset_before_change(first);
  for (size_t index = first; index <= last; ++index) {
    const int64_t offset = impl_->offset_before_change(index);
    const int64_t instant = second - offset;
    const bool begun = index == 0 || impl_->changes[index - 1].utc_second <= instant;
    const bool ended = index < impl_->changes.size() && impl_->changes[index].utc_second <= instant;
    if (begun && !ended) return local - offset * kMicrosPerSecond;
    if (begun) skipped_offset = offset;
  }
  return local - skipped_offset * kMicrosPerSecond;
}

int32_t TimeZone::day_of(Micros utc) const {
  return static_cast<int32_t>(
      floor_div(utc + offset_seconds(utc) * kMicrosPerSecond, kMicrosPerDay));
}

Micros TimeZone::day_start(int32_t day) const { return to_utc(day * kMicrosPerDay); }

std::vector<Micros> TimeZone::changes(Micros from, Micros to) const {
  std::vector<Micros> instants;
  for (const OffsetChange& change : impl_->changes) {
    const Micros at = change.utc_second * kMicrosPerSecond;
    if (at > from && at <= to) instants.push_back(at);
  }
  return instants;
}

std::vector<std::string> time_zone_names() {
  namespace fs = std::filesystem;
  std::vector<std::string> names = {"UTC"};
  std::error_code error;
  for (fs::recursive_directory_iterator it(kZoneInfo, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().string().substr(std::string(kZoneInfo).size() + 1);
    const bool is_folder_of_copies = name == "posix" || name == "right";
    if (is_folder_of_copies) it.disable_recursion_pending();
    // Zone names begin with a capital; the other files are tables and licences.
    const bool is_zone = it->is_regular_file(error) && name[0] >= 'A' && name[0] <= 'Z' &&
                         name.find('.') == std::string::npos && name != "UTC";
    if (is_zone) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace coterie
