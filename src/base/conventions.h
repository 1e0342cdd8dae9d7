#pragma once
// Data conventions, written once. Other headers say "conventions.h" instead of repeating them.
//
// Time.   UTC microseconds. A day is a day of the project's `timezone`; a DATE means that day's
// end.
//         A fact is visible at time q iff ts <= q and, where the source maps arrived_at,
//         arrived_at <= q. A window w at q is (q - w, q]. A training label at q uses facts after q.
// Money.  int64 minor units; DECIMAL(18, decimals) in SQL, so sums are equal, not close.
// Reals.  Sums agree to 1e-9 relative to the sum of |x|. Variance is never a difference of sums.
// Ids.    Stored facts carry int32 codes of one append-only dictionary per entity; every output
//         shows the external id as the source writes it ("0108775015" keeps its zero) with a
//         readable name beside it.
// Nulls.  Null stays null until a model's declared imputation. NaN and infinity are rejected at
//         ingest with row and column.
// Output. Tables keep the documented names, are keyed, duplicate-free, and replaced atomically;
// each
//         carries updated_at, model_version, run_id.
// Layout. Matrices are row-major n × d float32; sparse ones are CSR with ascending columns.
