#pragma once
// LMDB behind KeyValueStore: one folder with `data.mdb` and `lock.mdb`, a B+ tree with copy on
// write, one for keys and one for metadata.
//
// Processes. Any number may read and write at once; writers take turns, readers wait for nobody and
// each sees the state as of its start. The lock of a writer that dies is passed on, and what it had
// not committed is as if it had never been. Within one process every store of one folder shares one
// environment. A store does not survive fork(): open it in the child. The folder must be on a local
// file system.
//
// Growth. The file is mapped into memory; the map doubles when it is full, up to
// StoreOptions::max_bytes, and other processes follow at their next call. A full map or disk fails
// the write with kResourceExhausted and leaves the state as it was. The file never shrinks: freed
// pages are used again.
//
// Cost. A read is a descent of the tree in mapped memory, without a copy or a system call; a write
// copies the pages of the changed keys and syncs twice (pages, then the root).
//
// Source: Howard Chu, "MDB: A Memory-Mapped Database and Backend for OpenLDAP", LDAPCon 2011.

#include <memory>
#include <string>

#include "store/key_value_store.h"

namespace coterie::store {

// `url` is lmdb:FOLDER. kCorrupt if there is a file that is not LMDB's.
Result<std::unique_ptr<KeyValueStore>> open_lmdb_store(const std::string& url,
                                                       const StoreOptions& options);

}  // namespace coterie::store
