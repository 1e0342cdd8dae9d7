// Content-based recommendations from files: what items are like.
#include "lab/item_files.h"
#include "lab/lab_test_internal.h"

namespace coterie::lab {
namespace {

class LabContentTest : public LabTest {
 protected:
  Result<Json> content(const std::string& train, const std::string& test, const std::string& items,
                       const std::vector<int>& at = {1}, const std::string& out = "") {
    LabRecommendOptions options;
    options.train = train;
    options.test = test;
    options.items = items;
    options.model = "content";
    options.at = at;
    options.out = out;
    options.resources = resources();
    return run(options);
  }
  std::string train_ = file("train.csv", "user,item\nu1,j1\nu1,j2\nu2,d1\nu2,d2\nu3,j1\nu3,j2\n");
};

TEST_F(LabContentTest, NewItemsAreFoundByWhatTheyAreLike) {
  // j3 and d3 are in no interaction of the training part.
  const auto items = file("items.csv",
                          "article_id,title,price,colour,created_at\n"
                          "j1,blue denim jeans,30,blue,2024-01-01\n"
                          "j2,black denim jeans,35,black,2024-01-02\n"
                          "j3,slim denim jeans,33,blue,2024-06-01\n"
                          "d1,silk dress,90,red,2024-01-05\n"
                          "d2,long silk dress,99,red,\n"
                          "d3,short dress,,green,2024-06-01\n");
  const auto test = file("test.csv", "user,item\nu1,j3\nu2,d3\nu3,j3\n");
  const Json report = *content(train_, test, items, {1, 2}, folder_ / "lists.csv");
  EXPECT_EQ(report["metrics"]["recall@1"], 1.0);
  EXPECT_EQ(report["split"]["train_items"], 6) << "the catalogue's";
  EXPECT_EQ(report["chosen"]["value_power"], 1.0);
  const std::string lists = *read_file(folder_ / "lists.csv");
  EXPECT_NE(lists.find("u1,j3,1,"), std::string::npos) << lists;
}

TEST_F(LabContentTest, ColumnsAreToldByTheirNames) {
  const auto path = file("items.tsv",
                         "Item\tName\tgenres\tmaker\tunique\tstock\tvector\tyear\n"
                         "a\tOne\tX|Y\tm\tq1\t3\t[1, 0.5]\t1999\n"
                         "b\tTwo\tX\tm\tq2\t4\t\t\n"
                         "c\tTwo\t\tn\tq3\t4\t[0,1]\t2001\n");
  auto engine = *data::Engine::open({});
  auto connection = *engine.connect();
  const auto read = read_items(connection, path);
  ASSERT_TRUE(read.ok()) << read.error().to_text();
  EXPECT_EQ(read->ids, (std::vector<std::string>{"a", "b", "c"}));
  std::vector<std::string> found;
  for (const auto& column : read->content.columns) {
    found.push_back(column.name + "=" +
                    recommend::content_kind_names()[static_cast<size_t>(column.kind)]);
  }
  EXPECT_EQ(found, (std::vector<std::string>{"Name=name", "genres=category", "vector=embedding",
                                             "year=age"}));
  const auto& vector = read->content.columns[2];
  EXPECT_EQ(vector.embeddings, (std::vector<float>{1, 0.5F, 0, 0, 0, 1}));
  const auto turned = reordered(read->content, {2, -1, 0});
  EXPECT_EQ(turned.columns[0].texts, (std::vector<std::string>{"Two", "", "One"}));
  EXPECT_EQ(turned.columns[2].embeddings, (std::vector<float>{0, 1, 0, 0, 1, 0.5F}));
  EXPECT_EQ(turned.columns[3].numbers[0], 2001);
}

TEST_F(LabContentTest, WrongCataloguesAreNamed) {
  const auto test = file("test.csv", "user,item\nu1,d1\n");
  EXPECT_EQ(error_of(content(train_, test, "")),
            "content needs to know what items are like\n"
            "  mend: name a file of items with --items FILE");
  const auto ids = file("ids.csv", "thing,name\nj1,x\n");
  EXPECT_EQ(error_of(content(train_, test, ids)),
            ids +
                ": has no column of items; columns: thing, name\n"
                "  mend: call it item, item_id or article_id in the header");
  const auto twice = file("twice.csv", "item,name\nj1,x\nj2,y\nj1,z\n");
  EXPECT_EQ(error_of(content(train_, test, twice)),
            twice + ":4: column 'item': item 'j1' is in line 2 already");
  const auto price = file("price.csv", "item,price\nj1,3\nj2,cheap\n");
  EXPECT_EQ(error_of(content(train_, test, price)),
            price + ":3: column 'price': 'cheap' is not a number");
  const auto vectors = file("vectors.csv", "item;embedding\nj1;[1,2]\nj2;[1]\n");
  EXPECT_EQ(error_of(content(train_, test, vectors)),
            vectors + ":3: column 'embedding': an embedding of 1 numbers, the first has 2");
  const auto same = file("same.csv", "item,name\nj1,x1\nj2,x1\nd1,x1\nd2,x1\n");
  EXPECT_EQ(error_of(content(train_, test, same)),
            same +
                ": nothing tells one item from another\n  mend: give a column with names, "
                "descriptions, categories, attributes or prices");
}

// A file whose ids all look alike: as numbers, hexadecimals or dates they would be written
// otherwise.
TEST_F(LabContentTest, IdsAreTextsAsInTheInteractions) {
  using Ids = std::vector<std::string>;
  auto engine = *data::Engine::open({});
  auto connection = *engine.connect();
  for (const Ids& ids :
       {Ids{"1e5", "2e5", "3e5"}, Ids{"0.10", "0.20", "1.50"}, Ids{"0x1", "0x2", "0xA"},
        Ids{"007", "008", "0010"}, Ids{"2024/01/05", "2024/01/06", "2024/02/07"},
        Ids{"T", "true", "false"}, Ids{" 1", "2 ", " 3 "},
        Ids{"12345678901234567890", "12345678901234567891", "12345678901234567892"}}) {
    std::string text = "item,price,created_at\n", train = "user,item\n";
    for (size_t i = 0; i < ids.size(); ++i) {
      text += fmt::format("{},{},2024/01/0{}\n", ids[i], i + 1, i + 1);
      train += fmt::format("u{},{}\nv,{}\n", i, ids[i], ids[i]);
    }
    const auto items = file("items.csv", text);
    const auto read = read_items(connection, items);
    ASSERT_TRUE(read.ok()) << read.error().to_text();
    EXPECT_EQ(read->ids, ids);
    EXPECT_EQ(read->content.columns[1].numbers[1] - read->content.columns[1].numbers[0], 1.0);
    const auto test = file("test.csv", "user,item\nu0," + ids[1] + "\n");
    const auto report = content(file("typed.csv", train), test, items);
    ASSERT_TRUE(report.ok()) << report.error().to_text();
    EXPECT_EQ((*report)["split"]["train_items"], ids.size()) << ids[0];
  }
}

TEST_F(LabContentTest, AttributesAreTextsThatItemsShare) {
  std::string text = "item,sku,size,opened,stock\n";
  for (int i = 0; i < 10; ++i) {
    text += fmt::format("i{0},{1},{2},2024-01-1{0},{0}\n", i, i == 9 ? "A9" : std::to_string(i),
                        i % 2 == 0 ? "42" : "XL");
  }
  auto engine = *data::Engine::open({});
  auto connection = *engine.connect();
  const auto read = read_items(connection, file("items.csv", text));
  ASSERT_TRUE(read.ok()) << read.error().to_text();
  ASSERT_EQ(read->content.columns.size(), 1U) << "codes of one item each, dates, numbers";
  EXPECT_EQ(read->content.columns[0].name, "size");
}

TEST_F(LabContentTest, ParquetSaysTheSame) {
  auto engine = *data::Engine::open({});
  auto connection = *engine.connect();
  const std::string path = folder_ / "items.parquet";
  const auto write = [&](const std::string& rows) {
    return connection.execute(fmt::format(
        "COPY (SELECT * FROM (VALUES {}) t(item, maker, vector, created_at)) TO {} (FORMAT "
        "parquet)",
        rows, data::quote_text(path)));
  };
  ASSERT_TRUE(write("('1e5', 'm', [1.0, 2.0], DATE '1970-01-11'), "
                    "('b', 'm', NULL, NULL)")
                  .ok());
  const auto read = read_items(connection, path);
  ASSERT_TRUE(read.ok()) << read.error().to_text();
  EXPECT_EQ(read->ids, (std::vector<std::string>{"1e5", "b"}));
  ASSERT_EQ(read->content.columns.size(), 3U);
  EXPECT_EQ(read->content.columns[0].texts, (std::vector<std::string>{"m", "m"}));
  EXPECT_EQ(read->content.columns[1].embeddings, (std::vector<float>{1, 2, 0, 0}));
  EXPECT_EQ(read->content.columns[2].numbers[0], 10);
  ASSERT_TRUE(write("('a', 'm', [1.0], NULL), ('a', 'm', [1.0], NULL)").ok());
  EXPECT_EQ(read_items(connection, path).error().to_text(),
            path + ": column 'item': row 2: item 'a' is in row 1 already");
}

TEST_F(LabContentTest, DamagedCataloguesAreNamedByLine) {
  const auto test = file("test.csv", "user,item\nu1,d1\n");
  const std::string path = folder_ / "items.csv";
  const auto error = [&](const std::string& text) {
    return error_of(content(train_, test, file("items.csv", text)));
  };
  const std::string mend = "\n  mend: mend or remove the line";
  const std::string quote = error("item,name,price\n\"j1,thing 1,4\nj2,thing 2,5\n");
  EXPECT_TRUE(quote.starts_with(path + ":2: ") && quote.find("quote") != std::string::npos)
      << quote;
  EXPECT_EQ(error("item,name\nj1,x\nj2\n"), path + ":3: has 1 columns, the first line 2" + mend);
  EXPECT_EQ(error("item,name\n"),
            path + ": holds no rows below its header\n  mend: write a row for every item");
  EXPECT_EQ(error(""),
            path + ": is empty\n  mend: begin it with a line of column names, item among them");
  EXPECT_EQ(error("item,name\n,x\n"), path +
                                          ":2: column 'item': an id is missing\n"
                                          "  mend: fill it in or remove the line");
  EXPECT_EQ(error("item;embedding\nj1;[1,2]\nj2;[1,nan]\n"),
            path +
                ":3: column 'embedding': an embedding has a number that is not finite\n"
                "  mend: leave the embedding out, or write finite numbers");
  EXPECT_EQ(error("item,name\nx1,red\nx2,blue\n"),
            path +
                ": has none of the 4 items of training\n"
                "  mend: write ids as the interactions do, and check which column holds them");
}

}  // namespace
}  // namespace coterie::lab
