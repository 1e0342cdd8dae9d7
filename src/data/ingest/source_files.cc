#include "data/ingest/source_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/nearest_name.h"
#include "data/files/byte_source.h"

namespace coterie::data {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> kExtensions = {".parquet", ".pq",    ".csv",    ".tsv",
                                                         ".txt",     ".jsonl", ".ndjson", ".json"};
constexpr std::array<std::string_view, 3> kPackings = {"", ".gz", ".zst"};

bool is_data_file(const std::string& name) {
  return std::ranges::any_of(kPackings, [&](std::string_view packing) {
    return name.ends_with(packing) && std::ranges::any_of(kExtensions, [&](std::string_view kind) {
             return std::string_view(name).substr(0, name.size() - packing.size()).ends_with(kind);
           });
  });
}

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('_') || name.starts_with('.');
}

bool has_wildcard(const std::string& pattern) {
  return pattern.find_first_of("*?[") != std::string::npos;
}

std::vector<std::string> files_of_folder(const fs::path& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const bool data = entry.is_regular_file(error) && is_data_file(entry.path().filename());
    if (data && !is_hidden(entry.path())) paths.push_back(entry.path().string());
  }
  return paths;
}

std::vector<std::string> files_by_stem(const std::string& stem) {
  for (const std::string_view extension : kExtensions) {
    for (const std::string_view packing : kPackings) {
      const std::string path = fmt::format("{}{}{}", stem, extension, packing);
      std::error_code error;
      if (fs::is_regular_file(path, error)) return {path};
    }
  }
  return {};
}

Result<std::vector<std::string>> files_by_glob(const std::string& pattern, Connection& connection) {
  std::vector<std::string> paths;
  RETURN_IF_ERROR(connection.for_each_chunk("SELECT file FROM glob(?)",
                                            [&](const Chunk& chunk) -> Status {
                                              for (int64_t row = 0; row < chunk.rows(); ++row) {
                                                const fs::path path(chunk.column(0).as_text(row));
                                                if (!is_hidden(path) && fs::is_regular_file(path))
                                                  paths.push_back(path.string());
                                              }
                                              return {};
                                            },
                                            {pattern}));
  return paths;
}

Result<std::vector<std::string>> expand(const std::string& pattern, Connection& connection) {
  std::error_code error;
  // A file whose own name holds a wildcard is meant literally.
  if (fs::is_regular_file(pattern, error)) return std::vector{pattern};
  if (has_wildcard(pattern)) return files_by_glob(pattern, connection);
  if (fs::is_directory(pattern, error)) return files_of_folder(pattern);
  return files_by_stem(pattern);
}

// The entry of the folder that is nearest to what was asked for.
std::string near_file(const fs::path& pattern) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(pattern.parent_path(), error)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return nearest_name(pattern.filename().string(), names);
}

Error nothing_matches(const SourceConfig& source, const std::string& pattern,
                      const fs::path& absolute) {
  std::error_code ignored;
  std::string mend = "check the path; relative paths begin at the project's folder";
  const fs::path folder = absolute.parent_path();
  if (!has_wildcard(folder.string()) && !fs::is_directory(folder, ignored)) {
    mend = fmt::format("the folder '{}' does not exist", folder.string());
  } else if (const std::string near = near_file(absolute); !near.empty()) {
    mend = fmt::format("did you mean '{}'?", (fs::path(pattern).parent_path() / near).string());
  }
  const std::string what = fmt::format("no file matches '{}'", pattern);
  Error error = source.node ? source.node->error(what, mend) : Error(ErrorCode::kNotFound, what);
  error.code = ErrorCode::kNotFound;
  return error;
}

Result<SourceFile> describe_file(const Project& project, const std::string& path) {
  struct stat about{};
  errno = 0;
  if (::stat(path.c_str(), &about) != 0) return io_error("cannot read '" + path + "'");
  SourceFile file;
  file.path = path;
  const std::string relative = fs::path(path).lexically_relative(project.folder).string();
  file.name = relative.empty() || relative.starts_with("..") ? path : relative;
  file.bytes = about.st_size;
  file.modified_ns = int64_t{about.st_mtim.tv_sec} * 1'000'000'000 + about.st_mtim.tv_nsec;
  return file;
}

Result<FileFormat> sniff_format(const SourceFile& file) {
  ASSIGN_OR_RETURN(ByteSource bytes, ByteSource::open(file.path));
  std::string head(64, '\0');
  ASSIGN_OR_RETURN(const size_t got, bytes.read(head.data(), head.size()));
  head.resize(got);
  if (head.starts_with("PAR1")) return FileFormat::kParquet;
  if (head.starts_with("\xEF\xBB\xBF")) head.erase(0, 3);
  const size_t first = head.find_first_not_of(" \t\r\n");
  const bool brace = first != std::string::npos && head[first] == '{';
  return brace ? FileFormat::kJson : FileFormat::kCsv;
}

constexpr std::array<std::string_view, 3> kFormatNames = {"csv", "json", "parquet"};

}  // namespace

Result<std::vector<SourceFile>> find_source_files(const Project& project,
                                                  const SourceConfig& source,
                                                  Connection& connection) {
  std::map<std::string, SourceFile> by_name;
  for (const std::string& pattern : source.files) {
    const fs::path absolute = fs::path(project.folder).append(pattern).lexically_normal();
    ASSIGN_OR_RETURN(const auto paths, expand(absolute.string(), connection));
    if (paths.empty() && !source.optional) return nothing_matches(source, pattern, absolute);
    for (const std::string& path : paths) {
      ASSIGN_OR_RETURN(SourceFile file, describe_file(project, path));
      by_name.emplace(file.name, std::move(file));
    }
  }
  std::vector<SourceFile> files;
  for (auto& [name, file] : by_name) files.push_back(std::move(file));
  return files;
}

Status refuse_truth(const Project& project, const SourceConfig& source,
                    const std::vector<SourceFile>& files) {
  const std::string truth = project.folder + "/truth/";
  for (const SourceFile& file : files) {
    if (!file.path.starts_with(truth)) continue;
    const std::string message =
        fmt::format("'{}' is not for reading: truth/ holds the planted answers", file.name);
    const std::string mend = "map the files of raw/";
    return source.node ? source.node->error(message, mend) : invalid_input(message).with_mend(mend);
  }
  return {};
}

Result<FileFormat> format_of(const SourceConfig& source, const std::vector<SourceFile>& files) {
  const auto declared = std::ranges::find(kFormatNames, source.format);
  if (declared != kFormatNames.end()) {
    return static_cast<FileFormat>(declared - kFormatNames.begin());
  }
  std::optional<FileFormat> format;
  for (const SourceFile& file : files) {
    ASSIGN_OR_RETURN(const FileFormat found, sniff_format(file));
    if (format && *format != found) {
      return Error(ErrorCode::kInvalidInput,
                   fmt::format("this file is {}, but '{}' is {}",
                               kFormatNames[static_cast<size_t>(found)], files[0].name,
                               kFormatNames[static_cast<size_t>(*format)]))
          .at(file.name)
          .with_mend("files of one source have one format; narrow the pattern, or say 'format:'");
    }
    format = found;
  }
  CHECK(format.has_value());
  return *format;
}

Status hash_file(SourceFile& file) {
  if (!file.hash.empty()) return {};
  ASSIGN_OR_RETURN(file.hash, sha256_file(file.path));
  return {};
}

Result<FileChanges> compare_files(std::vector<SourceFile>& files,
                                  const std::vector<FileMark>& marks) {
  std::map<std::string, size_t> known;
  for (size_t i = 0; i < marks.size(); ++i) known.emplace(marks[i].name, i);
  std::string newest;
  for (const FileMark& mark : marks) newest = std::max(newest, mark.name);
  FileChanges changes;
  std::set<size_t> seen;
  for (size_t i = 0; i < files.size(); ++i) {
    SourceFile& file = files[i];
    const auto found = known.find(file.name);
    if (found == known.end()) {
      changes.added.push_back(i);
      changes.in_order = changes.in_order && file.name > newest;
      continue;
    }
    seen.insert(found->second);
    const FileMark& mark = marks[found->second];
    bool same = mark.bytes == file.bytes && mark.modified_ns == file.modified_ns;
    if (!same && mark.bytes == file.bytes) {
      RETURN_IF_ERROR(hash_file(file));
      same = file.hash == mark.hash;
    } else if (same) {
      file.hash = mark.hash;
    }
    (same ? changes.unchanged : changes.changed).push_back(i);
  }
  for (size_t i = 0; i < marks.size(); ++i) {
    if (!seen.contains(i)) changes.vanished.push_back(i);
  }
  return changes;
}

}  // namespace coterie::data
