#pragma once
// The body of POST /push, as Feast's clients send it:
//
//   {"push_source_name": "sales", "df": {"customer_id": ["c1"], "price": [19.9]},
//    "to": "online", "event_ids": ["order-1"]}
//
// `to` is checked and changes nothing: the log is the one truth that both sides read. `event_ids`
// is ours: one a row; a row whose id is known already is not stored again.

#include "base/result.h"
#include "features/online/row_push.h"
#include "serving/http/json_reader.h"

namespace coterie::serving {

// Texts view the reader's memory. kInvalidInput names the field; the values' types are checked by
// whoever stores them.
Result<features::PushedRows> read_push(const JsonValue& body, size_t max_rows);

}  // namespace coterie::serving
