// How much each kind of event says about a taste: a first guess by its words, for a person to mend.

#include "data/infer/event_kinds.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/letter_case.h"
#include "data/infer/column_names.h"

namespace coterie::data {
namespace {

constexpr int kMostKinds = 30;

struct KindWords {
  double weight;
  std::string_view words;  // whole words of the kind
};

// The first line with a fitting word wins, so what takes back stands before what it takes back.
constexpr std::array kKinds = {
    KindWords{0,
              "remove removed delete deleted unlike dislike unfollow cancel cancelled return "
              "returned refund search login logout start end error impression"},
    KindWords{1, "buy bought purchase purchased order ordered checkout transaction sale paid pay"},
    KindWords{0.6,
              "like liked love loved upvote comment commented review reviewed reply rate rated "
              "rating recommend"},
    KindWords{0.5,
              "cart basket addtocart bookmark bookmarked save saved follow followed share "
              "shared subscribe subscribed download"},
    KindWords{0.3, "wishlist wish wished favorite favourite play played watch watched listen"},
    KindWords{0.1, "click clicked open opened"},
    KindWords{0.05, "view viewed read visit visited seen show detail details pageview"},
};
constexpr double kUnknown = 0.1;

bool has_word(const std::string& kind, std::string_view words) {
  const std::string padded = "_" + normal_name(kind) + "_";
  for (size_t begin = 0; begin < words.size();) {
    const size_t end = std::min(words.find(' ', begin), words.size());
    const std::string word = fmt::format("_{}_", words.substr(begin, end - begin));
    if (padded.find(word) != std::string::npos) return true;
    begin = end + 1;
  }
  return false;
}

EventKind weigh(std::string kind, int64_t rows) {
  for (const KindWords& known : kKinds) {
    if (has_word(kind, known.words)) return {std::move(kind), known.weight, rows, true};
  }
  return {std::move(kind), kUnknown, rows, false};
}

// The text of "= 'view'"; nothing for other expressions.
std::string constant_text(const std::string& mapped) {
  const size_t open = mapped.find('\'');
  const size_t close = mapped.rfind('\'');
  return open < close && mapped.starts_with("= '") ? mapped.substr(open + 1, close - open - 1) : "";
}

}  // namespace

EventKind weigh_event_kind(const std::string& kind, int64_t rows) {
  return weigh(lower_case(kind), rows);
}

Result<std::vector<EventKind>> find_event_kinds(Connection& connection, const TableProfile& table,
                                                const std::string& mapped) {
  if (mapped.starts_with('=')) {
    const std::string kind = constant_text(mapped);
    return kind.empty() ? std::vector<EventKind>()
                        : std::vector<EventKind>{weigh_event_kind(kind, table.sampled_rows)};
  }
  std::vector<EventKind> kinds;
  const std::string sql = fmt::format(
      "SELECT lower(trim({0})) AS kind, count(*) FROM {1} WHERE nullif(trim({0}), '') IS NOT NULL "
      "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {2}",
      quote_name(mapped), quote_name(table.sample_table), kMostKinds);
  RETURN_IF_ERROR(connection.for_each_chunk(sql, [&](const Chunk& chunk) -> Status {
    for (int64_t row = 0; row < chunk.rows(); ++row) {
      kinds.push_back(
          weigh_event_kind(std::string(chunk.column(0).as_text(row)), chunk.column(1).as_int(row)));
    }
    return {};
  }));
  return kinds;
}

}  // namespace coterie::data
