#pragma once
// A Redis server behind KeyValueStore, over plain TCP.
//
// Layout. Key k is the string `<key_space>:data:<k>`, metadata m is `<key_space>:meta:<m>`: any
// Redis client can read them. A key of that name that is not a string was written by somebody else:
// reading it is kConflict, putting it replaces it.
//
// Atomicity. A batch is MULTI, SET and DEL commands, EXEC; a read of several keys is MULTI, GETs,
// EXEC: both are one step of the server. When the server refuses one command (memory, rights,
// read-only replica) nothing is applied.
//
// Connections. One a caller at a time, kept for the next ones. A kept connection that has broken
// meanwhile (the server was restarted) is replaced and the call repeated once; batches set values,
// so that does no harm. A server that does not answer within StoreOptions::answer_timeout_ms is
// kUnavailable and named.
//
// Redis Cluster is kUnsupported: a batch would span its nodes.

#include <memory>
#include <string>

#include "store/key_value_store.h"

namespace coterie::store {

// `url` is redis://[USER][:PASSWORD@]HOST[:PORT][/DB]; %XX in user and password. HOST may be an
// IPv6 address in brackets. Connects once, so that a wrong host or password shows at once. The
// password is remembered for redaction.
Result<std::unique_ptr<KeyValueStore>> open_redis_store(const std::string& url,
                                                        const StoreOptions& options);

}  // namespace coterie::store
