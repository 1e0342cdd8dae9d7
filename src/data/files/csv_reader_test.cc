#include "data/files/csv_reader.h"

#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "base/temporary_folder.h"

namespace coterie::data {
namespace {

using testing::ElementsAre;

class CsvReaderTest : public testing::Test {
 protected:
  std::string write(const std::string& name, std::string_view bytes) {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  struct Row {
    int64_t line;
    std::vector<std::string> fields;
    std::string problem;
    std::string raw;
  };

  std::vector<Row> read(std::string_view bytes, const CsvOptions& options = {}) {
    return read_file(write("in.csv", bytes), options);
  }
  std::vector<Row> read_file(const std::string& path, const CsvOptions& options = {}) {
    std::vector<Row> rows;
    auto reader = CsvReader::open(path, options);
    if (!reader) {
      error_ = reader.error().to_text();
      return rows;
    }
    CsvRecord record;
    while (true) {
      const auto more = reader->next(record);
      if (!more) error_ = more.error().to_text();
      if (!more || !*more) return rows;
      rows.push_back({record.line,
                      {record.fields.begin(), record.fields.end()},
                      record.problem,
                      std::string(record.raw)});
    }
  }

  TemporaryFolder folder_;
  std::string error_;
};

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(compressBound(bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(std::string_view bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
  return out;
}

TEST_F(CsvReaderTest, ReadsQuotesEmbeddedLinesAndTheirPhysicalLines) {
  const auto rows = read("id,name\n1,\"a \"\"b\"\", c\"\n2,\"two\nlines\"\n3,plain\"quote\n");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_THAT(rows[1].fields, ElementsAre("1", "a \"b\", c"));
  EXPECT_THAT(rows[2].fields, ElementsAre("2", "two\nlines"));
  EXPECT_EQ(rows[2].line, 3);
  EXPECT_THAT(rows[3].fields, ElementsAre("3", "plain\"quote"));
  EXPECT_EQ(rows[3].line, 5);
}

TEST_F(CsvReaderTest, AcceptsCrLfByteOrderMarkBlankLinesAndAMissingLastLineEnd) {
  const auto rows = read(
      "\xEF\xBB\xBF"
      "a,b\r\n\r\n\"x\",\r\n\n,\"y\"\r");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_THAT(rows[0].fields, ElementsAre("a", "b"));
  EXPECT_THAT(rows[1].fields, ElementsAre("x", ""));
  EXPECT_EQ(rows[1].line, 3);
  EXPECT_THAT(rows[2].fields, ElementsAre("", "y"));
  EXPECT_EQ(rows[2].line, 5);
  for (const Row& row : rows) EXPECT_EQ(row.problem, "");
}

TEST_F(CsvReaderTest, EmptyFileHasNoRecords) {
  EXPECT_TRUE(read("").empty());
  EXPECT_TRUE(read("\n\n\r\n").empty());
  EXPECT_EQ(error_, "");
}

TEST_F(CsvReaderTest, AnOpenQuoteCostsOneLineNotTheRestOfTheFile) {
  const auto rows = read("a,b\n1,\"open\n2,good\n3,good\n");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[1].problem, "a quote is never closed");
  EXPECT_EQ(rows[1].raw, "1,\"open");
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_THAT(rows[2].fields, ElementsAre("2", "good"));
  EXPECT_EQ(rows[3].line, 4);
}

TEST_F(CsvReaderTest, NamesWhatIsWrongWithARecord) {
  const auto rows =
      read(std::string_view("1,\"x\"y\n2,caf\xE9\n3,a\0b\n4,ok\n5,\xED\xA0\x80\n", 31));
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0].problem, "text after a closing quote");
  EXPECT_EQ(rows[1].problem, "not UTF-8: byte 0xE9 at position 6 of the line");
  EXPECT_EQ(rows[2].problem, "a zero byte");
  EXPECT_EQ(rows[3].problem, "");
  EXPECT_EQ(rows[4].problem, "not UTF-8: byte 0xED at position 3 of the line");
}

TEST_F(CsvReaderTest, ConvertsLatin1AlsoInsideQuotes) {
  const auto rows = read("1|\"caf\xE9 \"\"\xFC\"\"\"|z\n", {.delimiter = "|", .latin1 = true});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_THAT(rows[0].fields, ElementsAre("1", "café \"ü\"", "z"));
}

TEST_F(CsvReaderTest, DelimiterOfSeveralBytesAndNoQuoting) {
  const auto rows = read("1::Toy \"Story\"::x:y\n2::::\n", {.delimiter = "::", .quote = '\0'});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[0].fields, ElementsAre("1", "Toy \"Story\"", "x:y"));
  EXPECT_THAT(rows[1].fields, ElementsAre("2", "", ""));
}

TEST_F(CsvReaderTest, SkipsLinesBeforeTheTable) {
  const auto rows = read("report\nof today\na,b\n", {.skip_lines = 2});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].line, 3);
}

TEST_F(CsvReaderTest, FieldOfTenMegabytes) {
  const std::string big(10 << 20, 'x');
  const auto rows = read("1,\"" + big + "\"\n2,small\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].fields[1].size(), big.size());
  EXPECT_THAT(rows[1].fields, ElementsAre("2", "small"));
}

TEST_F(CsvReaderTest, RecordsBeyondTheLimitAreRefusedAndTheRestIsRead) {
  const std::string big(3 << 20, 'x');
  const auto rows = read("1," + big + "\n2,\"" + big + "\n3,ok\n", {.max_record_bytes = 1 << 20});
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].problem, "the line is longer than 1048576 bytes");
  EXPECT_EQ(rows[0].raw.size(), 4096u);
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_NE(rows[1].problem, "");
  EXPECT_THAT(rows[2].fields, ElementsAre("3", "ok"));
  EXPECT_EQ(rows[2].line, 3);
}

TEST_F(CsvReaderTest, Utf16IsRefusedWithTheMend) {
  read(
      std::string("\xFF\xFE"
                  "a\0",
                  4));
  EXPECT_THAT(error_, testing::EndsWith("in.csv: the file is UTF-16\n  mend: save it as UTF-8"));
}

TEST_F(CsvReaderTest, ReadsGzipOfSeveralMembersAndZstdOfSeveralFrames) {
  const std::string one = "1,a\n", two = "2,b\n";
  for (const auto& bytes : {gzip(one) + gzip(two), zstd(one) + zstd(two)}) {
    const auto rows = read_file(write("packed", bytes));
    ASSERT_EQ(rows.size(), 2u) << error_;
    EXPECT_THAT(rows[1].fields, ElementsAre("2", "b"));
  }
}

TEST_F(CsvReaderTest, TruncatedCompressedFilesAreErrors) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i * 7919 % 100'003) + ",x\n";
  for (const auto& packed : {gzip(text), zstd(text)}) {
    error_.clear();
    read_file(write("cut", packed.substr(0, packed.size() / 2)));
    EXPECT_THAT(error_,
                testing::EndsWith("cut: the compressed data ends early\n"
                                  "  mend: the file is cut off: copy or download it again"));
    error_.clear();
    std::string flipped = packed;
    for (size_t i = 20; i < 60; ++i) flipped[i] = static_cast<char>(~flipped[i]);
    read_file(write("flipped", flipped));
    EXPECT_THAT(error_, testing::HasSubstr("flipped: the compressed data is damaged"));
  }
}

TEST_F(CsvReaderTest, MissingFileNamesItself) {
  const auto reader = CsvReader::open(folder_ / "absent.csv", {});
  ASSERT_FALSE(reader.ok());
  EXPECT_THAT(reader.error().to_text(),
              testing::HasSubstr("absent.csv': No such file or directory"));
}

// Whatever was written with quotes where needed is read back, with the line it began on.
TEST_F(CsvReaderTest, ReadsBackRandomTables) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string alphabet = "ab,;\"\n\r é\t";
  for (int round = 0; round < 50; ++round) {
    const size_t columns = 2 + random() % 4;
    std::vector<std::vector<std::string>> table;
    std::vector<int64_t> lines;
    std::string text;
    int64_t line = 1;
    for (size_t r = 0; r < 1 + random() % 2000; ++r) {
      lines.push_back(line);
      auto& row = table.emplace_back();
      for (size_t c = 0; c < columns; ++c) {
        std::string field;
        for (size_t i = random() % 8; i > 0; --i)
          field += alphabet[random() % (alphabet.size() - 3)];
        if (random() % 5 == 0) field += "é";
        row.push_back(field);
        const bool quote = field.find_first_of(",\"\n\r") != field.npos || random() % 4 == 0;
        if (c > 0) text += ',';
        if (quote) text += '"';
        for (const char ch : field) text += ch == '"' ? std::string("\"\"") : std::string(1, ch);
        if (quote) text += '"';
        line += std::ranges::count(field, '\n');
      }
      text += random() % 2 == 0 ? "\n" : "\r\n";
      ++line;
    }
    const auto rows = read(random() % 2 == 0 ? gzip(text) : text);
    ASSERT_EQ(rows.size(), table.size()) << error_;
    for (size_t r = 0; r < rows.size(); ++r) {
      ASSERT_EQ(rows[r].problem, "");
      ASSERT_EQ(rows[r].fields, table[r]);
      ASSERT_EQ(rows[r].line, lines[r]);
    }
  }
}

TEST_F(CsvReaderTest, GuessesTheDelimiterOutsideQuotes) {
  EXPECT_EQ(guess_delimiter("a;b;c"), ";");
  EXPECT_EQ(guess_delimiter("\"a,b,c\"\tb\tc"), "\t");
  EXPECT_EQ(guess_delimiter("one"), ",");
  const auto line = first_line(write("h.csv", "\xEF\xBB\xBFno\na|b\r\n1|2\n"), 1);
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(*line, "a|b");
}

}  // namespace
}  // namespace coterie::data
