#pragma once
// What a load leaves behind in the warehouse for the next one, one mark a source.

#include <string>
#include <vector>

#include "base/result.h"
#include "data/ingest/source_files.h"
#include "data/warehouse/snapshot.h"
#include "data/warehouse/write_transaction.h"

namespace coterie::data {

struct LoadMark {
  std::string fingerprint;      // of the configuration and of this program's way of loading
  std::string origin;           // of an SQL source's inputs, or the rows read (content_internal.h)
  std::string watermark;        // largest value loaded, as text; empty = none yet
  std::vector<FileMark> files;  // by name
};

// nullopt when the source was never loaded. kCorrupt when the mark cannot be read.
Result<std::optional<LoadMark>> read_load_mark(const Snapshot& snapshot, const std::string& source);
void write_load_mark(WriteTransaction& transaction, const std::string& source,
                     const LoadMark& mark);
// Sources that have a mark.
Result<std::vector<std::string>> marked_sources(const Snapshot& snapshot);
void remove_load_mark(WriteTransaction& transaction, const std::string& source);

}  // namespace coterie::data
