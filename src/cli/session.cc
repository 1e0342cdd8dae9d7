#include "cli/session.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "data/project/project.h"

namespace coterie::cli {
namespace {

void put(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  if (!text.ends_with('\n')) std::fputc('\n', stream);
  std::fflush(stream);
}

// Readers too hold leases and divide the machine with others, in files of the project.
Result<std::string> writable(std::string folder) {
  if (access(folder.c_str(), W_OK) == 0) return folder;
  return Error{ErrorCode::kPermission,
               std::string("the project's folder cannot be written: ") + std::strerror(errno)}
      .at(folder)
      .with_mend(
          "commands that only read write down there what they use, too: give yourself the right to "
          "write, or work on a copy");
}

}  // namespace

void add_warnings(Json& document) {
  if (!document.is_object()) return;
  for (std::string& warning : log::take_warnings()) document["notes"].push_back(std::move(warning));
}

Session::Session(GlobalOptions options)
    : options_(std::move(options)),
      progress_(make_progress(quiet() ? ProgressMode::kSilent : ProgressMode::kAuto)) {}

void Session::print(std::string_view text) {
  if (!json()) put(stdout, redact(text));
}

void Session::remark(std::string_view text) {
  if (!quiet()) put(stdout, redact(text));
}

void Session::print_json(const Json& document) {
  if (!json()) return;
  Json whole = document;
  add_warnings(whole);
  put(stdout, dump_json_redacted(whole, 2));
  answered_json_ = true;
}

Status Session::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return {};
  return io_error("cannot write to standard output");
}

Result<std::string> Session::project_folder() const {
  namespace fs = std::filesystem;
  std::error_code fault;
  const fs::path start =
      options_.project.empty() ? fs::current_path(fault) : fs::absolute(options_.project, fault);
  if (fault) return io_error("cannot read the working folder: " + fault.message());
  if (!options_.project.empty()) {
    if (!fs::exists(start / "coterie.yaml", fault)) {
      return not_found("this folder is not a project: it has no coterie.yaml")
          .at(start.lexically_normal().string())
          .with_mend("make one: coterie init DIR --template retail");
    }
    return writable(start.lexically_normal().string());
  }
  ASSIGN_OR_RETURN(std::string folder, data::find_project_folder(start.string()));
  return writable(std::move(folder));
}

}  // namespace coterie::cli
