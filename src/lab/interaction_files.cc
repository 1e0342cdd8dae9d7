#include "lab/interaction_files.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

namespace coterie::lab {
namespace {

// The last extension without a compression's, in lower case.
std::string extension_of(const std::string& path) {
  std::filesystem::path file(path);
  std::string extension = file.extension().string();
  if (extension == ".gz" || extension == ".zst") extension = file.stem().extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

std::optional<size_t> find_column(const std::vector<data::ColumnInfo>& columns,
                                  const std::vector<std::string>& names) {
  for (size_t i = 0; i < columns.size(); ++i) {
    std::string name = columns[i].name;
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (std::find(names.begin(), names.end(), name) != names.end()) return i;
  }
  return std::nullopt;
}

struct Layout {
  std::string user, item;
  std::optional<std::string> value;
};

std::optional<Layout> named_layout(const std::vector<data::ColumnInfo>& columns) {
  const auto user = find_column(columns, {"user", "user_id", "userid", "customer", "customer_id"});
  const auto item = find_column(
      columns, {"item", "item_id", "itemid", "article", "article_id", "product", "product_id"});
  if (!user || !item) return std::nullopt;
  Layout layout{columns[*user].name, columns[*item].name, {}};
  if (const auto value = find_column(columns, {"value", "rating", "weight", "count"})) {
    layout.value = columns[*value].name;
  }
  return layout;
}

struct Source {
  std::string scan;
  Layout layout;
};

Result<Source> find_source(data::Connection& connection, const std::string& path) {
  ASSIGN_OR_RETURN(std::string scan, scan_of(path));
  ASSIGN_OR_RETURN(auto columns, connection.describe("SELECT * FROM " + scan));
  if (auto layout = named_layout(columns)) return Source{scan, *layout};
  const bool all_text = std::all_of(
      columns.begin(), columns.end(),
      [](const data::ColumnInfo& column) { return column.type == data::ValueType::kText; });
  if (all_text && extension_of(path) != ".parquet") {
    scan.insert(scan.size() - 1, ", header = false");
    ASSIGN_OR_RETURN(columns, connection.describe("SELECT * FROM " + scan));
  }
  if (columns.size() < 2) {
    return invalid_input("needs at least two columns: user, item[, value[, time]]").at(path);
  }
  Layout layout{columns[0].name, columns[1].name, {}};
  if (columns.size() > 2) layout.value = columns[2].name;
  return Source{scan, layout};
}

Error row_error(const std::string& path, int64_t row, std::string what) {
  return invalid_input(fmt::format("row {}: {}", row + 1, what)).at(path);
}

}  // namespace

int32_t Codes::code_of(std::string id) {
  const auto [place, fresh] = codes.emplace(std::move(id), static_cast<int32_t>(ids.size()));
  if (fresh) ids.push_back(place->first);
  return place->second;
}

Result<std::string> scan_of(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return not_found("no such file").at(path);
  const std::string extension = extension_of(path);
  const std::string name = data::quote_text(path);
  if (extension == ".parquet") return fmt::format("read_parquet({})", name);
  if (extension == ".csv" || extension == ".tsv" || extension == ".txt") {
    const std::string_view delimiter = extension == ".tsv" ? ", delim = '\t'" : "";
    return fmt::format("read_csv({}, sample_size = -1{})", name, delimiter);
  }
  return invalid_input("not a .csv, .tsv, .txt (also .gz, .zst) or .parquet file").at(path);
}

Result<std::string> copy_format_of(const std::string& path) {
  const std::string extension = extension_of(path);
  if (extension == ".parquet") return std::string("(FORMAT parquet)");
  if (extension == ".csv") return std::string("(FORMAT csv, HEADER)");
  if (extension == ".tsv") return std::string("(FORMAT csv, HEADER, DELIMITER '\t')");
  return invalid_input("can only write .csv, .tsv or .parquet").at(path);
}

Result<Interactions> read_interactions(data::Connection& connection, const std::string& path,
                                       Codes& users, Codes& items) {
  ASSIGN_OR_RETURN(const Source source, find_source(connection, path));
  const Layout& layout = source.layout;
  const std::string value = layout.value
                                ? fmt::format("CAST({} AS DOUBLE)", data::quote_name(*layout.value))
                                : "1.0::DOUBLE";
  const std::string sql =
      fmt::format("SELECT CAST({} AS VARCHAR), CAST({} AS VARCHAR), {} FROM {}",
                  data::quote_name(layout.user), data::quote_name(layout.item), value, source.scan);
  Interactions result;
  RETURN_IF_ERROR(connection.for_each_chunk(sql, [&](const data::Chunk& chunk) -> Status {
    const auto user = chunk.column(0);
    const auto item = chunk.column(1);
    const auto weight = chunk.column(2);
    for (int64_t i = 0; i < chunk.rows(); ++i) {
      const auto row = static_cast<int64_t>(result.users.size());
      if (user.is_null(i) || item.is_null(i)) return row_error(path, row, "an id is missing");
      const double confidence = weight.is_null(i) ? NAN : weight.as_real(i);
      if (!(confidence > 0) || !std::isfinite(confidence)) {
        return row_error(path, row, "the value must be a finite number greater than 0");
      }
      result.users.push_back(users.code_of(std::string(user.as_text(i))));
      result.items.push_back(items.code_of(std::string(item.as_text(i))));
      result.values.push_back(static_cast<float>(confidence));
    }
    return {};
  }));
  if (result.users.empty()) return invalid_input("holds no rows").at(path);
  return result;
}

}  // namespace coterie::lab
