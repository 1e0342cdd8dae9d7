#pragma once
// The warehouse's history on its way into the online state: the same rows that batch executions
// read, pushed ones included.

#include <memory>

#include "base/result.h"
#include "features/offline/offline_store.h"
#include "features/online/materialize.h"

namespace coterie::steps {

// `plan` is of the online features; both outlive the feed. Rows later than now count, too: the
// state holds them until their time comes.
Result<std::unique_ptr<features::HistoryFeed>> warehouse_history(
    const features::OfflineContext& context, const features::OfflinePlan& plan);

}  // namespace coterie::steps
