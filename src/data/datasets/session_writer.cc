// One bucket of events, sorted, as the columns of dataset F.

#include <string_view>
#include <unordered_map>

#include "data/datasets/dataset_f.h"
#include "data/datasets/row_groups_internal.h"
#include "data/datasets/session_events_internal.h"
#include "data/datasets/trajectories_internal.h"

namespace coterie::data {
namespace {

using parquet::kNullInteger;
using parquet::kNullReal;
using parquet::kNullText;

// Places of the columns in the table, as dataset_f_info() declares them.
enum Place : size_t {
  kCustomer,
  kSession,
  kKind,
  kArticle,
  kAt,
  kPosition,
  kSeconds,
  kTrajectory,
  kDevice,
  kLocation,
  kChannel,
  kName,
  kDay
};

}  // namespace

class BucketWriter {
 public:
  BucketWriter(const SessionEvents& events, std::vector<parquet::Column>& columns)
      : events_(events), columns_(columns), windows_(events.kinds_.texts(), kTrajectoryEvents) {
    columns[kSession].texts = &sessions_;
    columns[kKind].texts = &events.kinds_.texts();
    columns[kTrajectory].texts = &windows_.texts();
    columns[kDevice].texts = &events.devices_.texts();
    columns[kLocation].texts = &events.locations_.texts();
    columns[kChannel].texts = &events.channels_.texts();
  }

  void add(const EventRow& row) {
    if (row.customer != customer_) start_customer(row.customer);
    columns_[kCustomer].integers.push_back(or_null(row.customer));
    columns_[kKind].codes.push_back(row.kind);
    columns_[kArticle].integers.push_back(or_null(row.article));
    columns_[kAt].integers.push_back(row.at);
    columns_[kDevice].codes.push_back(row.device);
    columns_[kLocation].codes.push_back(row.location);
    columns_[kChannel].codes.push_back(row.channel);
    columns_[kName].integers.push_back(or_null(
        row.article == kNoCode ? kNoCode : events_.names_[static_cast<size_t>(row.article)]));
    columns_[kDay].integers.push_back(row.day);
    row.visit == kNoText ? add_outside() : add_to_session(row);
  }

 private:
  struct Session {
    uint32_t code;  // in sessions_
    int64_t position = 0;
    int64_t last_at = 0;
    uint32_t window = Trajectories::kEmpty;
  };

  void start_customer(int32_t customer) {
    customer_ = customer;
    open_.clear();
    last_visit_ = kNoText;
  }

  Session& session_of(uint32_t visit) {
    if (visit == last_visit_) return *last_;
    const std::string_view text = events_.session_of(visit);
    auto found = open_.find(text);
    if (found == open_.end()) found = open_.emplace(text, Session{sessions_.add(text)}).first;
    last_visit_ = visit;
    last_ = &found->second;
    return *last_;
  }

  void add_to_session(const EventRow& row) {
    Session& session = session_of(row.visit);
    const double seconds =
        session.position == 0 ? kNullReal : static_cast<double>(row.at - session.last_at) / 1e6;
    session.window = windows_.step(session.window, row.kind);
    session.last_at = row.at;
    columns_[kSession].codes.push_back(session.code);
    columns_[kPosition].integers.push_back(++session.position);
    columns_[kSeconds].reals.push_back(seconds);
    columns_[kTrajectory].codes.push_back(windows_.text(session.window));
  }

  void add_outside() {
    columns_[kSession].codes.push_back(kNullText);
    columns_[kPosition].integers.push_back(kNullInteger);
    columns_[kSeconds].reals.push_back(kNullReal);
    columns_[kTrajectory].codes.push_back(kNullText);
  }

  const SessionEvents& events_;
  std::vector<parquet::Column>& columns_;
  Trajectories windows_;
  parquet::TextTable sessions_;
  int32_t customer_ = kNoCode;
  std::unordered_map<std::string_view, Session> open_;  // of the customer
  uint32_t last_visit_ = kNoText;
  Session* last_ = nullptr;
};

std::vector<parquet::RowGroup> SessionEvents::encode(int64_t bucket,
                                                     std::vector<parquet::Column>& columns) {
  RowBlocks<EventRow>& rows = rows_[static_cast<size_t>(bucket)];
  std::vector<parquet::RowGroup> groups;
  const std::vector<SortedRow> order = sorted(rows);
  BucketWriter writer(*this, columns);
  const int64_t most = parquet::even_group(std::ssize(order));
  for (size_t i = 0; i < order.size(); ++i) {
    writer.add(rows[order[i].row]);
    if (columns[kAt].rows() < most && i + 1 < order.size()) continue;
    groups.push_back(parquet::take_group(columns));
  }
  rows.release();
  return groups;
}

}  // namespace coterie::data
