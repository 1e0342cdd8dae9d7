#include "data/files/csv_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

#include "data/files/byte_source.h"
#include "data/files/encoding.h"

namespace coterie::data {
namespace {

constexpr size_t kFirstBufferBytes = 1 << 20;
constexpr std::string_view kBom = "\xEF\xBB\xBF";

// Where a field lies in the record; its text may need doubled quotes to be halved.
struct FieldSpan {
  size_t begin;
  size_t end;
  bool doubled_quotes;
};

enum class Scan { kRecord, kNeedMore, kOpenQuote };

bool is_utf16(std::string_view head) {
  return head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
}

}  // namespace

struct CsvReader::Impl {
  Impl(ByteSource source, CsvOptions csv_options, std::string file_path)
      : bytes(std::move(source)), options(std::move(csv_options)), path(std::move(file_path)) {}

  ByteSource bytes;
  CsvOptions options;
  std::string path;
  std::vector<char> buffer = std::vector<char>(kFirstBufferBytes);
  size_t begin = 0, end = 0;  // unread bytes of the buffer
  bool at_end = false;        // the file has no more bytes
  int64_t line = 1;           // physical line of buffer[begin]
  std::vector<FieldSpan> spans;
  std::string scratch;  // texts of fields that differ from their bytes
  bool text_after_quote = false;

  std::string_view unread() const { return {buffer.data() + begin, end - begin}; }
  Status fill();
  Status skip_head();
  Scan scan(size_t& length);
  Scan scan_quoted(std::string_view text, size_t& at);
  size_t end_of_plain(std::string_view text, size_t at) const;
  void finish_record(CsvRecord& record, size_t length);
  void make_fields(CsvRecord& record);
  Status refuse_first_line(CsvRecord& record, std::string problem);
};

// Moves unread bytes to the front and reads more behind them, doubling the buffer when it is full,
// so that even a very long record is scanned a constant number of times on average.
Status CsvReader::Impl::fill() {
  if (begin > 0) {
    std::memmove(buffer.data(), buffer.data() + begin, end - begin);
    end -= begin;
    begin = 0;
  }
  if (end == buffer.size()) buffer.resize(buffer.size() * 2);
  ASSIGN_OR_RETURN(const size_t got, bytes.read(buffer.data() + end, buffer.size() - end));
  end += got;
  at_end = got == 0;
  return {};
}

Status CsvReader::Impl::skip_head() {
  RETURN_IF_ERROR(fill());
  if (unread().starts_with(kBom)) begin += kBom.size();
  if (is_utf16(unread())) {
    return Error(ErrorCode::kInvalidInput, "the file is UTF-16")
        .at(path)
        .with_mend("save it as UTF-8");
  }
  for (int skipped = 0; skipped < options.skip_lines;) {
    const size_t newline = unread().find('\n');
    if (newline != std::string_view::npos) {
      begin += newline + 1;
      ++line;
      ++skipped;
    } else if (at_end) {
      begin = end;
      return {};
    } else {
      RETURN_IF_ERROR(fill());
    }
  }
  return {};
}

size_t CsvReader::Impl::end_of_plain(std::string_view text, size_t at) const {
  const char first = options.delimiter[0];
  const size_t width = options.delimiter.size();
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n') return at;
    if (c == first && (width == 1 || text.substr(at, width) == options.delimiter)) return at;
  }
  return at;
}

// `at` stands behind an opening quote; leaves it behind the closing one.
Scan CsvReader::Impl::scan_quoted(std::string_view text, size_t& at) {
  FieldSpan span{at, at, false};
  while (true) {
    const void* quote = std::memchr(text.data() + at, options.quote, text.size() - at);
    if (!quote) return at_end ? Scan::kOpenQuote : Scan::kNeedMore;
    at = static_cast<size_t>(static_cast<const char*>(quote) - text.data()) + 1;
    if (at == text.size() && !at_end) return Scan::kNeedMore;
    if (at == text.size() || text[at] != options.quote) break;
    span.doubled_quotes = true;
    ++at;
  }
  span.end = at - 1;
  spans.push_back(span);
  return Scan::kRecord;
}

// Looks for one whole record in the unread bytes; `length` excludes its line end.
Scan CsvReader::Impl::scan(size_t& length) {
  const std::string_view text = unread();
  const size_t width = options.delimiter.size();
  spans.clear();
  text_after_quote = false;
  size_t at = 0;
  while (true) {
    if (options.quote != '\0' && at < text.size() && text[at] == options.quote) {
      const Scan outcome = scan_quoted(text, ++at);
      if (outcome != Scan::kRecord) return outcome;
      const size_t closed = at;
      at = end_of_plain(text, at);
      const bool only_cr =
          at == closed + 1 && text[closed] == '\r' && (at == text.size() || text[at] == '\n');
      if (at != closed && !only_cr) text_after_quote = true;
    } else {
      const size_t field = at;
      at = end_of_plain(text, at);
      spans.push_back({field, at, false});
    }
    // A delimiter of several bytes may be cut by the end of the buffer.
    const bool may_be_cut = !at_end && at + width > text.size();
    if (may_be_cut && (at >= text.size() || text[at] != '\n')) return Scan::kNeedMore;
    if (at >= text.size() || text[at] == '\n') break;
    at += width;
  }
  length = at;
  const bool carriage_return = at > 0 && text[at - 1] == '\r';
  if (carriage_return) {
    --length;
    spans.back().end = std::min(spans.back().end, length);
  }
  return Scan::kRecord;
}

void CsvReader::Impl::make_fields(CsvRecord& record) {
  const char* base = buffer.data() + begin;
  scratch.clear();
  // Never more than two bytes for one, so views into it stay valid.
  scratch.reserve(record.raw.size() * 2);
  for (const FieldSpan& span : spans) {
    std::string_view text(base + span.begin, span.end - span.begin);
    const bool converted = options.latin1 && !is_ascii(text);
    if (!converted && !span.doubled_quotes) {
      record.fields.push_back(text);
      continue;
    }
    const size_t start = scratch.size();
    for (size_t at = 0; at < text.size();) {
      const size_t quote = span.doubled_quotes ? text.find(options.quote, at) : text.npos;
      const size_t stop = quote == text.npos ? text.size() : quote + 1;
      const std::string_view part = text.substr(at, stop - at);
      if (converted) {
        append_latin1(part, scratch);
      } else {
        scratch += part;
      }
      at = quote == text.npos ? stop : stop + 1;
    }
    record.fields.emplace_back(scratch.data() + start, scratch.size() - start);
  }
}

// Takes the scanned record of `length` bytes, its line end included, from the buffer.
void CsvReader::Impl::finish_record(CsvRecord& record, size_t length) {
  record.raw = unread().substr(0, length);
  if (text_after_quote) {
    record.problem = "text after a closing quote";
  } else if (record.raw.find('\0') != std::string_view::npos) {
    record.problem = "a zero byte";
  } else if (!options.latin1) {
    const size_t invalid = find_invalid_bytes(record.raw);
    if (invalid != std::string_view::npos) {
      record.problem = fmt::format("not UTF-8: byte 0x{:02X} at position {} of the line",
                                   static_cast<uint8_t>(record.raw[invalid]), invalid + 1);
    }
  }
  if (record.problem.empty()) make_fields(record);
  line += std::ranges::count(record.raw, '\n');
  begin += length;
  if (begin < end && buffer[begin] == '\r') ++begin;
  if (begin < end && buffer[begin] == '\n') ++begin, ++line;
}

// The first line alone becomes the faulty record; what follows is read afresh.
Status CsvReader::Impl::refuse_first_line(CsvRecord& record, std::string problem) {
  record.problem = std::move(problem);
  size_t newline = unread().find('\n');
  if (newline == std::string_view::npos) {
    constexpr size_t kKept = 4096;
    scratch = unread().substr(0, kKept);
    record.raw = scratch;
    while (newline == std::string_view::npos && !at_end) {
      begin = end;
      RETURN_IF_ERROR(fill());
      newline = unread().find('\n');
    }
    begin = newline == std::string_view::npos ? end : begin + newline;
  } else {
    record.raw = unread().substr(0, newline);
    begin += newline;
  }
  if (begin < end) ++begin, ++line;
  return {};
}

CsvReader::CsvReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CsvReader::CsvReader(CsvReader&&) noexcept = default;
CsvReader& CsvReader::operator=(CsvReader&&) noexcept = default;
CsvReader::~CsvReader() = default;

Result<CsvReader> CsvReader::open(const std::string& path, const CsvOptions& options) {
  CHECK(!options.delimiter.empty());
  ASSIGN_OR_RETURN(ByteSource bytes, ByteSource::open(path));
  auto impl = std::make_unique<Impl>(std::move(bytes), options, path);
  RETURN_IF_ERROR(impl->skip_head());
  return CsvReader(std::move(impl));
}

Result<bool> CsvReader::next(CsvRecord& record) {
  Impl& self = *impl_;
  record.fields.clear();
  record.problem.clear();
  while (true) {
    while (self.begin < self.end && self.buffer[self.begin] == '\n') ++self.begin, ++self.line;
    if (self.unread().starts_with("\r\n")) {
      self.begin += 2;
      ++self.line;
      continue;
    }
    if (self.begin == self.end && self.at_end) return false;
    record.line = self.line;
    size_t length = 0;
    const Scan outcome = self.begin == self.end ? Scan::kNeedMore : self.scan(length);
    if (outcome == Scan::kRecord) {
      self.finish_record(record, length);
      return true;
    }
    if (outcome == Scan::kOpenQuote) {
      RETURN_IF_ERROR(self.refuse_first_line(record, "a quote is never closed"));
      return true;
    }
    if (static_cast<int64_t>(self.end - self.begin) > self.options.max_record_bytes) {
      const bool quoted = self.unread().find('\n') != std::string_view::npos;
      RETURN_IF_ERROR(self.refuse_first_line(
          record,
          quoted ? "a quote is never closed"
                 : fmt::format("the line is longer than {} bytes", self.options.max_record_bytes)));
      return true;
    }
    RETURN_IF_ERROR(self.fill());
  }
}

int64_t CsvReader::file_bytes_read() const { return impl_->bytes.file_bytes_read(); }
int64_t CsvReader::file_bytes() const { return impl_->bytes.file_bytes(); }

std::string guess_delimiter(std::string_view line) {
  constexpr std::array kCandidates = {',', '\t', ';', '|'};
  std::array<int, kCandidates.size()> counts{};
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    const auto found = std::ranges::find(kCandidates, c);
    if (!quoted && found != kCandidates.end()) ++counts[found - kCandidates.begin()];
  }
  const auto best = std::ranges::max_element(counts);
  return std::string(1, kCandidates[static_cast<size_t>(best - counts.begin())]);
}

Result<std::string> first_line(const std::string& path, int skip_lines) {
  ASSIGN_OR_RETURN(
      CsvReader reader,
      CsvReader::open(
          path, {.delimiter = "\n", .quote = '\0', .latin1 = true, .skip_lines = skip_lines}));
  CsvRecord record;
  ASSIGN_OR_RETURN(const bool any, reader.next(record));
  return any ? std::string(record.raw.substr(0, 1 << 20)) : std::string();
}

}  // namespace coterie::data
