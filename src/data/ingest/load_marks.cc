#include "data/ingest/load_marks.h"

#include "base/json.h"

namespace coterie::data {
namespace {

const std::string kPrefix = "ingest/";

Result<LoadMark> parse_mark(const std::string& text, const std::string& source) {
  ASSIGN_OR_RETURN(const nlohmann::json json, parse_json(text, kPrefix + source));
  const Error broken = corrupt("the mark '" + kPrefix + source + "' of the warehouse is damaged")
                           .with_mend("load everything again with --force");
  try {
    LoadMark mark;
    mark.fingerprint = json.at("fingerprint");
    mark.origin = json.at("origin");
    mark.watermark = json.at("watermark");
    for (const auto& file : json.at("files")) {
      mark.files.push_back({file.at("name"), file.at("bytes"), file.at("modified_ns"),
                            file.at("hash"), file.at("first_day"), file.at("last_day")});
    }
    return mark;
  } catch (const nlohmann::json::exception&) {
    return broken;
  }
}

}  // namespace

Result<std::optional<LoadMark>> read_load_mark(const Snapshot& snapshot,
                                               const std::string& source) {
  ASSIGN_OR_RETURN(const auto text, snapshot.mark(kPrefix + source));
  if (!text) return std::optional<LoadMark>();
  ASSIGN_OR_RETURN(LoadMark mark, parse_mark(*text, source));
  return std::optional<LoadMark>(std::move(mark));
}

void write_load_mark(WriteTransaction& transaction, const std::string& source,
                     const LoadMark& mark) {
  nlohmann::ordered_json json = {{"fingerprint", mark.fingerprint},
                                 {"origin", mark.origin},
                                 {"watermark", mark.watermark},
                                 {"files", nlohmann::ordered_json::array()}};
  for (const FileMark& file : mark.files) {
    json["files"].push_back({{"name", file.name},
                             {"bytes", file.bytes},
                             {"modified_ns", file.modified_ns},
                             {"hash", file.hash},
                             {"first_day", file.first_day},
                             {"last_day", file.last_day}});
  }
  transaction.set_mark(kPrefix + source, dump_json(json));
}

Result<std::vector<std::string>> marked_sources(const Snapshot& snapshot) {
  ASSIGN_OR_RETURN(const auto marks, snapshot.marks(kPrefix));
  std::vector<std::string> sources;
  for (const auto& [key, value] : marks) sources.push_back(key.substr(kPrefix.size()));
  return sources;
}

void remove_load_mark(WriteTransaction& transaction, const std::string& source) {
  transaction.remove_mark(kPrefix + source);
}

}  // namespace coterie::data
