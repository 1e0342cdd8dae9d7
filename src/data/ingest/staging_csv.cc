#include <map>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/letter_case.h"
#include "data/files/encoding.h"
#include "data/ingest/staging_readers_internal.h"

namespace coterie::data {
namespace {

constexpr size_t kMaxRejects = 1'000'000;

std::string clipped(std::string_view raw) {
  if (find_invalid_bytes(raw) == std::string_view::npos) {
    size_t size = std::min(raw.size(), kMaxRawBytes);
    while (size > 0 && size < raw.size() && (raw[size] & 0xC0) == 0x80) --size;
    return std::string(raw.substr(0, size));
  }
  // Bytes of an unknown encoding are kept readable as Latin-1.
  std::string text;
  append_latin1(raw.substr(0, kMaxRawBytes / 2), text);
  std::erase(text, '\0');
  return text;
}

// Column names from the header line.
Result<std::vector<std::string>> header_names(const SourceFile& file, const CsvRecord& header) {
  if (!header.problem.empty()) {
    return Error(ErrorCode::kInvalidInput, "the header line cannot be read: " + header.problem)
        .at(file.name, header.line)
        .with_mend("declare 'encoding: latin-1' or the right 'quote', or correct the file");
  }
  std::vector<std::string> names;
  std::map<std::string, std::string> seen;
  for (const std::string_view field : header.fields) {
    names.push_back(field.empty() ? fmt::format("c{}", names.size() + 1) : std::string(field));
    const auto [found, fresh] = seen.emplace(lower_case(names.back()), names.back());
    if (fresh) continue;
    const bool same = found->second == names.back();
    return Error(ErrorCode::kInvalidInput,
                 same ? fmt::format("the header names column '{}' twice", names.back())
                      : fmt::format("the header names columns '{}' and '{}', which differ in "
                                    "letter case only",
                                    found->second, names.back()))
        .at(file.name, header.line)
        .with_mend("rename one, or write 'header: false', 'skip_lines: 1' and 'names: [...]'");
  }
  return names;
}

// Reads one CSV file into a batch.
class CsvStager {
 public:
  CsvStager(const StagingJob& job, const SourceConfig& source) : job_(job), source_(source) {}

  Status run() {
    ASSIGN_OR_RETURN(const CsvOptions options, csv_options(job_.file, source_));
    ASSIGN_OR_RETURN(CsvReader reader, CsvReader::open(job_.file.path, options));
    ASSIGN_OR_RETURN(const bool first_is_data, read_columns(reader));
    StagingBatch batch(job_.staging, job_.connection, job_.staged.columns);
    bool pending = first_is_data;
    while (true) {
      if (!pending) {
        ASSIGN_OR_RETURN(pending, reader.next(record_));
        if (!pending) break;
      }
      RETURN_IF_ERROR(take(batch));
      pending = false;
      if (job_.staged.records % kRecordsBetweenLooks == 0)
        RETURN_IF_ERROR(show_progress(job_, reader, seen_bytes_));
    }
    RETURN_IF_ERROR(show_progress(job_, reader, seen_bytes_));
    ASSIGN_OR_RETURN(job_.staged.parts, batch.finish());
    return {};
  }

 private:
  // Sets the columns; whether `record_` then holds the first row of data.
  Result<bool> read_columns(CsvReader& reader) {
    ASSIGN_OR_RETURN(const bool any, reader.next(record_));
    const bool header = source_.header.value_or(source_.names.empty());
    if (!any && header) {
      return Error(ErrorCode::kInvalidInput, "the file is empty: not even a header line")
          .at(job_.file.name)
          .with_mend("remove the file, or write 'header: false' if it may be empty");
    }
    if (header) {
      ASSIGN_OR_RETURN(job_.staged.columns, header_names(job_.file, record_));
      return false;
    }
    job_.staged.columns = source_.names;
    if (job_.staged.columns.empty()) {
      for (size_t c = 1; c <= record_.fields.size(); ++c) {
        job_.staged.columns.push_back(fmt::format("c{}", c));
      }
    }
    return any;
  }

  Status take(StagingBatch& batch) {
    ++job_.staged.records;
    if (!record_.problem.empty()) return add_reject(job_, record_, record_.problem);
    if (record_.fields.size() != job_.staged.columns.size()) {
      return add_reject(job_, record_,
                        fmt::format("{} fields instead of {}", record_.fields.size(),
                                    job_.staged.columns.size()));
    }
    return batch.add(record_.line, record_.fields);
  }

  const StagingJob& job_;
  const SourceConfig& source_;
  CsvRecord record_;
  int64_t seen_bytes_ = 0;
};

}  // namespace

Status add_reject(const StagingJob& job, const CsvRecord& record, std::string reason) {
  if (job.staged.rejects.size() >= kMaxRejects) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("more than a million faulty lines; the last: {}", reason))
        .at(job.file.name, record.line)
        .with_mend("declare how the file is written: delimiter, quote, encoding, header");
  }
  job.staged.rejects.push_back({record.line, std::move(reason), clipped(record.raw)});
  return {};
}

Status show_progress(const StagingJob& job, const CsvReader& reader, int64_t& seen_bytes) {
  job.task.advance(reader.file_bytes_read() - seen_bytes);
  seen_bytes = reader.file_bytes_read();
  return check_cancelled();
}

Result<CsvOptions> csv_options(const SourceFile& file, const SourceConfig& source) {
  CsvOptions options;
  options.delimiter = source.delimiter;
  options.latin1 = source.encoding == "latin-1";
  options.skip_lines = source.skip_lines;
  if (!source.quote.empty()) options.quote = source.quote == "none" ? '\0' : source.quote[0];
  if (options.delimiter.empty()) {
    ASSIGN_OR_RETURN(const std::string line, first_line(file.path, source.skip_lines));
    options.delimiter = guess_delimiter(line);
  }
  return options;
}

Status stage_csv(const StagingJob& job, const SourceConfig& source) {
  return CsvStager(job, source).run();
}

}  // namespace coterie::data
