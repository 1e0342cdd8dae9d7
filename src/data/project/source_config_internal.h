#pragma once
// The section `sources` of coterie.yaml.

#include <string>
#include <vector>

#include "data/project/project.h"

namespace coterie::data {

// Reads every source strictly; relative secrets files are taken against `folder`.
Result<std::vector<SourceConfig>> read_sources(const YamlNode& node, const std::string& folder);

// Resolves ${NAME} and file: in the text of `node`; errors point at the node.
Result<std::string> resolve_node_secrets(const YamlNode& node, const std::string& folder);

// Refuses a map with any other key: an unknown key ("form") explains a missing one ("from"), so it
// is reported before anything is read.
Status check_known_keys(YamlMap& map, const std::vector<std::string>& keys);

// Refuses a URL whose scheme is none of `schemes` ("postgres://"); the error names the nearest.
Status check_url_scheme(const YamlNode& node, std::string_view url,
                        const std::vector<std::string>& schemes);

}  // namespace coterie::data
