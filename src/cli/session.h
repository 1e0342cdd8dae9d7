#pragma once
// How a command answers: results go to standard output, as text or as one JSON document; progress
// goes to standard error.

#include <memory>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/progress.h"
#include "base/result.h"

namespace coterie::cli {

using Json = nlohmann::ordered_json;

// Options that every command has.
struct GlobalOptions {
  bool json = false;    // one JSON document on standard output, nothing else
  bool quiet = false;   // results and errors only
  std::string project;  // folder; "" = walk up from the working folder
  std::string line;     // "coterie run --select models", as typed
};

class Session {
 public:
  explicit Session(GlobalOptions options);

  const GlobalOptions& options() const { return options_; }
  bool json() const { return options_.json; }
  bool quiet() const { return options_.quiet || options_.json; }
  Progress& progress() { return *progress_; }

  // The result for people; dropped with --json. Secrets are redacted; a final newline is added.
  void print(std::string_view text);
  // Guidance around the result; dropped with --quiet and --json.
  void remark(std::string_view text);
  // The result for machines; dropped without --json. Once a command. Warnings of the command are
  // added to an object's list `notes`.
  void print_json(const Json& document);
  bool answered_json() const { return answered_json_; }
  // Bytes as they are, for results that stream. Error kIo when nobody reads them.
  Status write(std::string_view bytes);

  // Absolute folder of the project that the command works on. Error kNotFound with the mend.
  Result<std::string> project_folder() const;

 private:
  GlobalOptions options_;
  std::unique_ptr<Progress> progress_;
  bool answered_json_ = false;
};

// Adds the warnings kept so far to the document's `notes`, a list of texts; a document that is no
// object is left as it is, and they go on waiting.
void add_warnings(Json& document);

}  // namespace coterie::cli
