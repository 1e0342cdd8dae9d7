#include "lab/file_formats.h"

#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/letter_case.h"
#include "data/files/csv_reader.h"

namespace coterie::lab {
namespace {

// ".gz", ".zst" or nothing.
std::string compression_of(const std::string& path) {
  const std::string last = lower_case(std::filesystem::path(path).extension().string());
  return last == ".gz" || last == ".zst" ? last : "";
}

// The options of a COPY: the temporary file's name says nothing.
Result<std::string> copy_format_of(const std::string& path) {
  const std::string extension = extension_of(path);
  const std::string compression = compression_of(path);
  if (extension == ".parquet" && compression.empty()) return std::string("(FORMAT parquet)");
  const std::string compress = compression == ".gz"    ? ", COMPRESSION gzip"
                               : compression == ".zst" ? ", COMPRESSION zstd"
                                                       : "";
  if (extension == ".csv") return fmt::format("(FORMAT csv, HEADER{})", compress);
  if (extension == ".tsv") return fmt::format("(FORMAT csv, HEADER, DELIMITER '\t'{})", compress);
  return invalid_input("not a .csv, .tsv (also .gz, .zst) or .parquet file")
      .at(path)
      .with_mend("choose a name with one of these endings");
}

// Lines on which records begin.
Result<std::vector<int64_t>> record_lines(const std::string& path) {
  data::CsvOptions options;
  ASSIGN_OR_RETURN(const std::string head, data::first_line(path));
  options.delimiter = extension_of(path) == ".tsv" ? "\t" : data::guess_delimiter(head);
  ASSIGN_OR_RETURN(data::CsvReader reader, data::CsvReader::open(path, options));
  std::vector<int64_t> lines;
  data::CsvRecord record;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.next(record));
    if (!more) return lines;
    lines.push_back(record.line);
  }
}

}  // namespace

std::string extension_of(const std::string& path) {
  std::filesystem::path file(path);
  if (!compression_of(path).empty()) file = file.stem();
  return lower_case(file.extension().string());
}

Status check_readable(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return not_found("no such file").at(path);
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return invalid_input("is not a regular file, and inputs are read more than once")
        .at(path)
        .with_mend("store the data in a file, and name that");
  }
  const std::string extension = extension_of(path);
  const bool text = extension == ".csv" || extension == ".tsv" || extension == ".txt" ||
                    extension == ".dat" || extension == ".data";
  if (text || (extension == ".parquet" && compression_of(path).empty())) return {};
  return invalid_input("not a .csv, .tsv, .txt, .dat, .data (also .gz, .zst) or .parquet file")
      .at(path);
}

Error unreadable(Error error, const std::string& path) {
  if (error.code == ErrorCode::kCancelled || !error.file.empty()) return error;
  // What follows is the engine's own statement and its options, none of which the user can set.
  error.message = "cannot read: " + error.message.substr(0, error.message.find('\n'));
  error.mend =
      extension_of(path) == ".parquet"
          ? "write the file again: it is damaged, or of another format than its name says"
          : "mend the file: rows of equal length, divided by commas, tabs, ; or |, in UTF-8";
  return std::move(error).at(path);
}

Result<std::string> scan_of(const std::string& path) {
  RETURN_IF_ERROR(check_readable(path));
  const std::string name = data::quote_text(path);
  if (extension_of(path) == ".parquet") return fmt::format("read_parquet({})", name);
  const std::string_view delimiter = extension_of(path) == ".tsv" ? ", delim = '\t'" : "";
  return fmt::format("read_csv({}, sample_size = -1{})", name, delimiter);
}

int64_t line_of_row(data::Connection& connection, const std::string& path, const std::string& scan,
                    int64_t row) {
  if (extension_of(path) == ".parquet") return 0;
  const auto lines = record_lines(path);
  const auto rows = connection.scalar_int("SELECT count(*) FROM " + scan);
  if (!lines.ok() || !rows.ok()) return 0;
  const int64_t header = std::ssize(*lines) - *rows;
  return header == 0 || header == 1 ? (*lines)[row + header] : 0;
}

Status check_writable(std::string_view option, const std::string& path,
                      const std::vector<std::string>& inputs) {
  if (path.empty()) return {};
  if (auto format = copy_format_of(path); !format.ok()) {
    return std::move(format).error().for_key(std::string(option));
  }
  std::error_code ignored;
  const auto folder = std::filesystem::absolute(path, ignored).parent_path();
  if (!std::filesystem::is_directory(folder, ignored)) {
    return not_found(fmt::format("there is no folder '{}'", folder.string()))
        .for_key(std::string(option))
        .with_mend("create it first, or name another file");
  }
  if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {
    return invalid_input("is a folder or a device, not a file")
        .at(path)
        .for_key(std::string(option))
        .with_mend("name another file");
  }
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return Error(ErrorCode::kPermission, fmt::format("cannot write into '{}'", folder.string()))
        .for_key(std::string(option))
        .with_mend("name a file in a folder of yours");
  }
  for (const std::string& input : inputs) {
    if (!std::filesystem::equivalent(path, input, ignored)) continue;
    return invalid_input("would overwrite an input")
        .at(path)
        .for_key(std::string(option))
        .with_mend("name another file");
  }
  return {};
}

Status check_folder(std::string_view option, const std::string& path) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(path, ignored) ||
      std::filesystem::is_directory(path, ignored)) {
    return {};
  }
  return invalid_input("is a file, not a folder")
      .at(path)
      .for_key(std::string(option))
      .with_mend("name a folder, or one that does not exist yet");
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code ignored;
  return std::filesystem::weakly_canonical(a, ignored) ==
         std::filesystem::weakly_canonical(b, ignored);
}

Status write_table(data::Connection& connection, const std::string& columns,
                   const std::string& path,
                   const std::function<Status(data::Appender& appender)>& fill) {
  ASSIGN_OR_RETURN(const std::string format, copy_format_of(path));
  RETURN_IF_ERROR(
      connection.execute(fmt::format("CREATE OR REPLACE TEMP TABLE lab_out ({})", columns)));
  ASSIGN_OR_RETURN(data::Appender appender, connection.append_to("lab_out"));
  RETURN_IF_ERROR(fill(appender));
  RETURN_IF_ERROR(appender.close());
  RETURN_IF_ERROR(replace_file(path, [&](const std::string& temporary) {
    return connection.execute(
        fmt::format("COPY lab_out TO {} {}", data::quote_text(temporary), format));
  }));
  return connection.execute("DROP TABLE lab_out");
}

}  // namespace coterie::lab
