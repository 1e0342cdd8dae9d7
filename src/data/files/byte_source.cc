#include "data/files/byte_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cancel.h"

namespace coterie::data {
namespace {

constexpr size_t kBufferBytes = size_t{256} * 1024;
constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

// The file itself, buffered, with a look at its first bytes.
class RawFile {
 public:
  explicit RawFile(std::string path) : path_(std::move(path)) {}
  ~RawFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;

  Status open() {
    errno = 0;
    descriptor_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) return io_error("cannot read '" + path_ + "'");
    struct stat about{};
    if (::fstat(descriptor_, &about) != 0) return io_error("cannot read '" + path_ + "'");
    if (S_ISDIR(about.st_mode)) return invalid_input("'" + path_ + "' is a folder, not a file");
    size_ = about.st_size;
    return fill();
  }
  // Reads more once everything of the buffer is consumed.
  Status fill() {
    begin_ = end_ = 0;
    ssize_t got = 0;
    do {
      errno = 0;
      got = ::read(descriptor_, buffer_.data(), buffer_.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return io_error("cannot read '" + path_ + "'");
    end_ = static_cast<size_t>(got);
    taken_ += got;
    return {};
  }
  std::string_view available() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(size_t bytes) { begin_ += bytes; }
  const std::string& path() const { return path_; }
  int64_t bytes_read() const { return taken_ - static_cast<int64_t>(end_ - begin_); }
  int64_t size() const { return size_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  int64_t size_ = 0, taken_ = 0;
  std::vector<char> buffer_ = std::vector<char>(kBufferBytes);
  size_t begin_ = 0, end_ = 0;
};

Error truncated(const RawFile& file) {
  return Error(ErrorCode::kInvalidInput, "the compressed data ends early")
      .at(file.path())
      .with_mend("the file is cut off: copy or download it again");
}

Error damaged(const RawFile& file, const char* detail) {
  return Error(ErrorCode::kInvalidInput, std::string("the compressed data is damaged: ") + detail)
      .at(file.path())
      .with_mend("copy or download the file again");
}

}  // namespace

class ByteSource::Decoder {
 public:
  explicit Decoder(std::unique_ptr<RawFile> file) : file_(std::move(file)) {}
  virtual ~Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual Result<size_t> read(char* into, size_t size) = 0;
  virtual bool compressed() const { return true; }
  const RawFile& file() const { return *file_; }

 protected:
  // Makes bytes available; false at the end of the file.
  Result<bool> more() {
    if (file_->available().empty()) RETURN_IF_ERROR(file_->fill());
    return !file_->available().empty();
  }
  std::unique_ptr<RawFile> file_;
};

namespace {

class PlainDecoder final : public ByteSource::Decoder {
 public:
  using Decoder::Decoder;
  bool compressed() const override { return false; }
  Result<size_t> read(char* into, size_t size) override {
    size_t done = 0;
    while (done < size) {
      ASSIGN_OR_RETURN(const bool any, more());
      if (!any) break;
      const std::string_view bytes = file_->available().substr(0, size - done);
      std::memcpy(into + done, bytes.data(), bytes.size());
      file_->consume(bytes.size());
      done += bytes.size();
    }
    return done;
  }
};

class GzipDecoder final : public ByteSource::Decoder {
 public:
  explicit GzipDecoder(std::unique_ptr<RawFile> file) : Decoder(std::move(file)) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  ~GzipDecoder() override { inflateEnd(&stream_); }

  Result<size_t> read(char* into, size_t size) override {
    if (!ready_) return internal_error("zlib cannot be set up");
    size_t done = 0;
    while (done < size && !finished_) {
      ASSIGN_OR_RETURN(const bool any, more());
      if (!any && between_members_) {
        finished_ = true;
        break;
      }
      const size_t before = done;
      RETURN_IF_ERROR(inflate_some(into, size, done));
      // Output may still be pending inside zlib when the file's bytes are used up.
      if (!any && done == before && !between_members_) return truncated(*file_);
    }
    return done;
  }

 private:
  Status inflate_some(char* into, size_t size, size_t& done) {
    const std::string_view input = file_->available();
    if (between_members_) {
      // Zero bytes behind the last member are padding.
      if (input[0] == '\0') return file_->consume(1), Status();
      inflateReset(&stream_);
      between_members_ = false;
    }
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    stream_.next_out = reinterpret_cast<Bytef*>(into + done);
    const auto room = static_cast<uInt>(std::min(size - done, kBufferBytes));
    stream_.avail_out = room;
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    file_->consume(input.size() - stream_.avail_in);
    done += room - stream_.avail_out;
    if (outcome == Z_STREAM_END) between_members_ = true;
    if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
      return damaged(*file_, stream_.msg ? stream_.msg : "gzip");
    }
    return {};
  }

  z_stream stream_{};
  bool ready_ = false, between_members_ = false, finished_ = false;
};

class ZstdDecoder final : public ByteSource::Decoder {
 public:
  explicit ZstdDecoder(std::unique_ptr<RawFile> file)
      : Decoder(std::move(file)), stream_(ZSTD_createDStream()) {}
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }

  Result<size_t> read(char* into, size_t size) override {
    if (!stream_) return internal_error("zstd cannot be set up");
    ZSTD_outBuffer out{into, size, 0};
    while (out.pos < out.size) {
      ASSIGN_OR_RETURN(const bool any, more());
      if (!any && !inside_frame_) break;
      const size_t before = out.pos;
      const std::string_view bytes = file_->available();
      ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
      const size_t left = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(left) != 0) return damaged(*file_, ZSTD_getErrorName(left));
      file_->consume(in.pos);
      inside_frame_ = left != 0;
      if (!any && out.pos == before && inside_frame_) return truncated(*file_);
    }
    return out.pos;
  }

 private:
  ZSTD_DStream* stream_;
  bool inside_frame_ = false;
};

}  // namespace

ByteSource::ByteSource(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}
ByteSource::ByteSource(ByteSource&&) noexcept = default;
ByteSource& ByteSource::operator=(ByteSource&&) noexcept = default;
ByteSource::~ByteSource() = default;

Result<ByteSource> ByteSource::open(const std::string& path) {
  auto file = std::make_unique<RawFile>(path);
  RETURN_IF_ERROR(file->open());
  const std::string_view head = file->available();
  if (head.starts_with(kGzipMagic)) {
    return ByteSource(std::make_unique<GzipDecoder>(std::move(file)));
  }
  if (head.starts_with(kZstdMagic)) {
    return ByteSource(std::make_unique<ZstdDecoder>(std::move(file)));
  }
  return ByteSource(std::make_unique<PlainDecoder>(std::move(file)));
}

Result<size_t> ByteSource::read(char* into, size_t size) { return decoder_->read(into, size); }
int64_t ByteSource::file_bytes_read() const { return decoder_->file().bytes_read(); }
int64_t ByteSource::file_bytes() const { return decoder_->file().size(); }
bool ByteSource::compressed() const { return decoder_->compressed(); }

Status check_whole(const std::string& path) {
  ASSIGN_OR_RETURN(ByteSource source, ByteSource::open(path));
  if (!source.compressed()) return {};
  std::vector<char> buffer(kBufferBytes);
  while (true) {
    RETURN_IF_ERROR(check_cancelled());
    ASSIGN_OR_RETURN(const size_t got, source.read(buffer.data(), buffer.size()));
    if (got == 0) return {};
  }
}

}  // namespace coterie::data
