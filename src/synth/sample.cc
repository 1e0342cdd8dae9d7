#include "synth/sample.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <sys/random.h>

#include "base/atomic_file.h"
#include "base/hash.h"
#include "data/project/roles.h"
#include "synth/people.h"
#include "synth/sample_selection.h"

namespace coterie::synth {
namespace {

using data::quote_name;
using data::quote_text;

// Columns beside ids of customers that may lead back to a person.
constexpr std::array<std::string_view, 5> kTraceableIds = {"session_id", "order_id", "review_id",
                                                           "transaction_id", "event_id"};
constexpr std::array<std::string_view, 3> kReplaced = {"first_name", "last_name", "email"};

constexpr uint32_t kInventedPeople = 0x5301;  // purpose of random streams

std::string random_salt() {
  std::array<unsigned char, 16> bytes{};
  CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  std::string salt;
  for (const unsigned char byte : bytes) salt += fmt::format("{:02x}", byte);
  return salt;
}

// What a column of a role is published as.
class Publisher {
 public:
  Publisher(data::Connection& connection, const SampleOptions& options,
            const SampleSelection& selection)
      : connection_(connection),
        options_(options),
        selection_(selection),
        salt_(options.salt.empty() ? random_salt() : options.salt) {}

  // Makes the temporary table invented_people(id, first_name, last_name, email) by published id, so
  // that an invented name says nothing about the id that was there before.
  Status invent_people();
  Result<SampledTable> publish(const data::Role& role);
  std::vector<std::string> notes() const;

 private:
  std::string path_of(std::string_view role) const {
    return fmt::format("{}/{}.{}", options_.folder, role, options_.format);
  }
  std::string published_id(std::string_view column) const;
  std::string published(const data::RoleColumn& column) const;
  std::string select(const data::Role& role) const;

  data::Connection& connection_;
  const SampleOptions& options_;
  const SampleSelection& selection_;
  std::string salt_;
};

// Of column `column` of the table with alias c.
std::string Publisher::published_id(std::string_view column) const {
  const std::string name = "c." + quote_name(column);
  if (!options_.rehash_ids) return name;
  return fmt::format("substr(sha256({} || {}::varchar), 1, 16)",
                     quote_text(fmt::format("{}:{}:", salt_, column)), name);
}

std::string Publisher::published(const data::RoleColumn& column) const {
  const std::string name = quote_name(column.name);
  const bool traceable = column.entity == "customer" ||
                         std::ranges::find(kTraceableIds, column.name) != kTraceableIds.end();
  if (traceable) return fmt::format("{} as {}", published_id(column.name), name);
  if (std::ranges::find(kReplaced, column.name) != kReplaced.end()) return "p." + name;
  if (column.personal) return fmt::format("null as {}", name);
  return "c." + name;
}

std::string Publisher::select(const data::Role& role) const {
  std::string list;
  bool people = false;
  for (const data::RoleColumn& column : role.columns) {
    if (!selection_.has(std::string(role.name), std::string(column.name))) continue;
    if (!list.empty()) list += ", ";
    list += published(column);
    people |= std::ranges::find(kReplaced, column.name) != kReplaced.end();
  }
  std::string from = fmt::format("cut_{} c", role.name);
  if (people) {
    from +=
        fmt::format(" join invented_people p on p.id = {}::varchar", published_id("customer_id"));
  }
  return fmt::format("select {} from {} order by all", list, from);
}

Status Publisher::invent_people() {
  RETURN_IF_ERROR(connection_.execute(
      "create or replace temp table invented_people(id varchar, first_name varchar, last_name "
      "varchar, email varchar)"));
  if (!selection_.has("customers")) return {};
  const std::string country = selection_.has("customers", "country") ? "country" : "null";
  std::vector<std::pair<std::string, std::string>> customers;
  const auto read = [&](const data::Chunk& chunk) {
    const data::ColumnView ids = chunk.column(0), codes = chunk.column(1);
    for (int64_t i = 0; i < chunk.rows(); ++i) {
      customers.emplace_back(ids.as_text(i), codes.is_null(i) ? "" : codes.as_text(i));
    }
    return Status();
  };
  RETURN_IF_ERROR(
      connection_.for_each_chunk(fmt::format("select {}::varchar, {}::varchar from cut_customers c",
                                             published_id("customer_id"), country),
                                 read));
  ASSIGN_OR_RETURN(data::Appender people, connection_.append_to("invented_people"));
  for (const auto& [id, code] : customers) {
    math::RandomStream stream(options_.seed, kInventedPeople, hash64(id));
    const auto known = std::ranges::find(countries(), code, &Country::code);
    const Country& home =
        known != countries().end()
            ? *known
            : countries()[stream.below(static_cast<uint32_t>(countries().size()))];
    const Person person = draw_person(home, stream.chance(0.7), stream);
    RETURN_IF_ERROR(people.add(std::string_view(id)));
    RETURN_IF_ERROR(people.add(person.first_name));
    RETURN_IF_ERROR(people.add(person.last_name));
    RETURN_IF_ERROR(people.add(std::string_view(email_of(person, stream))));
    RETURN_IF_ERROR(people.end_row());
  }
  return people.close();
}

Result<SampledTable> Publisher::publish(const data::Role& role) {
  SampledTable table;
  table.role = role.name;
  table.path = path_of(role.name);
  const std::string format =
      options_.format == "csv" ? "format csv, header true" : "format parquet, compression zstd";
  RETURN_IF_ERROR(replace_file(table.path, [&](const std::string& temporary_path) {
    return connection_.execute(
        fmt::format("copy ({}) to {} ({})", select(role), quote_text(temporary_path), format));
  }));
  ASSIGN_OR_RETURN(table.rows,
                   connection_.scalar_int(fmt::format("select count(*) from cut_{}", role.name)));
  ASSIGN_OR_RETURN(table.rows_in_source,
                   connection_.scalar_int(fmt::format("select count(*) from main.{}", role.name)));
  return table;
}

std::vector<std::string> Publisher::notes() const {
  std::vector<std::string> notes = selection_.notes();
  if (selection_.has("customers")) {
    notes.push_back("names and e-mail addresses are invented; other personal columns are empty");
  }
  notes.push_back(options_.rehash_ids ? "ids of customers, sessions, orders and reviews are new"
                                      : "ids are those of the source");
  if (selection_.has("reviews", "review_text")) {
    notes.push_back("review texts are published as written: read them before you publish them");
  }
  return notes;
}

Status check_options(const SampleOptions& options) {
  if (options.format != "csv" && options.format != "parquet") {
    return invalid_input(fmt::format("unknown format '{}'", options.format))
        .for_key("format")
        .with_mend("use csv or parquet");
  }
  if (options.users < 1 || options.events < 0 || options.reviews < 0) {
    return invalid_input("a sample needs at least one customer, and no negative numbers")
        .with_mend("give --users 1 or more, --events and --reviews 0 or more");
  }
  return {};
}

Status check_absent(const SampleSelection& selection, const SampleOptions& options) {
  for (const std::string& role : selection.roles()) {
    const std::string path = fmt::format("{}/{}.{}", options.folder, role, options.format);
    if (options.replace || !std::filesystem::exists(path)) continue;
    return Error{ErrorCode::kConflict, "the file already exists"}.at(path).with_mend(
        "choose another folder, or allow files to be replaced");
  }
  return {};
}

}  // namespace

Result<SampleReport> cut_sample(data::Connection& connection, const SampleOptions& options) {
  RETURN_IF_ERROR(check_options(options));
  ASSIGN_OR_RETURN(SampleSelection selection, SampleSelection::open(connection, options));
  RETURN_IF_ERROR(check_absent(selection, options));
  RETURN_IF_ERROR(make_folders(options.folder));
  RETURN_IF_ERROR(selection.cut());
  Publisher publisher(connection, options, selection);
  RETURN_IF_ERROR(publisher.invent_people());
  SampleReport report;
  for (const data::Role& role : data::all_roles()) {
    if (!selection.has(std::string(role.name))) continue;
    ASSIGN_OR_RETURN(SampledTable table, publisher.publish(role));
    report.tables.push_back(std::move(table));
  }
  report.notes = publisher.notes();
  RETURN_IF_ERROR(connection.execute("drop table temp.invented_people"));
  RETURN_IF_ERROR(selection.drop());
  return report;
}

}  // namespace coterie::synth
