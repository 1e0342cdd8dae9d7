// links: coterie_data_files
// Any bytes as delimited text: every record ends, fields lie in the record, lines only grow.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "data/files/csv_reader.h"
#include "data/files/encoding.h"

using namespace coterie::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  CsvOptions options;
  options.delimiter = (data[0] & 1) != 0 ? "::" : ",";
  options.quote = (data[0] & 2) != 0 ? '\0' : '"';
  options.latin1 = (data[0] & 4) != 0;
  options.skip_lines = (data[0] >> 3) & 1;
  options.max_record_bytes = 4096;
  const int file = memfd_create("csv", 0);
  CHECK(file >= 0 && write(file, data + 1, size - 1) == static_cast<ssize_t>(size - 1));
  auto reader = CsvReader::open("/proc/self/fd/" + std::to_string(file), options);
  if (reader) {
    CsvRecord record;
    int64_t line = 0;
    size_t records = 0;
    for (auto more = reader->next(record); more && *more; more = reader->next(record)) {
      CHECK(record.line > line && ++records <= size);
      line = record.line;
      CHECK(record.problem.empty() == !record.fields.empty());
      for (const std::string_view field : record.fields) {
        CHECK(find_invalid_bytes(field) == std::string_view::npos);
      }
    }
  }
  close(file);
  return 0;
}
