#include <fmt/format.h>

#include "data/project/embedding_config_internal.h"
#include "data/project/source_config_internal.h"

namespace coterie::data {
namespace {

Status read_files(const YamlNode& node, SourceConfig& source) {
  ASSIGN_OR_RETURN(source.files, node.as_string_list());
  if (source.files.empty()) return node.error("no file is named");
  for (const std::string& file : source.files) {
    if (file.empty()) return node.error("a file's name is empty");
    if (file.find("://") != std::string::npos) {
      return node.error("vectors are read from files, not from a server",
                        "write them to a Parquet file and name that");
    }
  }
  source.node = node;
  return {};
}

Status read_column(const YamlNode& entry, const char* key, std::string& column) {
  const auto node = entry.find(key);
  if (!node) return {};
  ASSIGN_OR_RETURN(column, node->as_string());
  return column.empty() ? Status(node->error("a column's name is empty")) : Status();
}

// A path, a list of paths, or a map with `from`.
Result<EmbeddingConfig> read_embedding(const std::string& name, const YamlNode& node) {
  EmbeddingConfig config;
  config.source.name = "datasets.embeddings." + name;
  config.node = node;
  if (!node.is_map()) {
    RETURN_IF_ERROR(read_files(node, config.source));
    return config;
  }
  YamlMap map(node);
  RETURN_IF_ERROR(check_known_keys(map, {"from", "id", "column"}));
  const auto from = map.node("from");
  if (!from) {
    return node.error("missing key 'from'",
                      fmt::format("say where the vectors are: from: raw/{}_vectors.parquet", name));
  }
  RETURN_IF_ERROR(read_files(*from, config.source));
  RETURN_IF_ERROR(read_column(node, "id", config.id));
  RETURN_IF_ERROR(read_column(node, "column", config.column));
  RETURN_IF_ERROR(map.finish());
  return config;
}

Status read_one(YamlMap& map, const std::string& name, std::optional<EmbeddingConfig>& config) {
  const auto node = map.node(name);
  if (!node) return {};
  ASSIGN_OR_RETURN(config, read_embedding(name, *node));
  return {};
}

}  // namespace

Status read_datasets(YamlMap& root, Project& project) {
  const auto node = root.node("datasets");
  if (!node) return {};
  YamlMap datasets(*node);
  RETURN_IF_ERROR(check_known_keys(datasets, {"embeddings"}));
  const auto section = datasets.node("embeddings");
  RETURN_IF_ERROR(datasets.finish());
  if (!section) return {};
  YamlMap embeddings(*section);
  RETURN_IF_ERROR(check_known_keys(embeddings, {"text", "image"}));
  RETURN_IF_ERROR(read_one(embeddings, "text", project.text_embeddings));
  RETURN_IF_ERROR(read_one(embeddings, "image", project.image_embeddings));
  return embeddings.finish();
}

}  // namespace coterie::data
