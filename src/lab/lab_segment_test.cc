// The clusterers of the laboratory on files as a user would hand them in.
#include <cmath>

#include "lab/lab_test_internal.h"

namespace coterie::lab {
namespace {

TEST_F(LabTest, SegmentsRecoverPlantedLabels) {
  std::string text = "name,x,y,group\n";
  for (int i = 0; i < 300; ++i) {
    const int group = i % 3;
    text += fmt::format("row{},{:.3f},{:.3f},{}\n", i, 10 * group + std::sin(i * 1.7),
                        -5 * group + std::cos(i * 2.3), group);
  }
  const Json report =
      *segment(file("points.csv", text), {"k=3", "truth=group"}, "", folder_ / "labels.csv");
  EXPECT_EQ(report["metrics"]["adjusted_rand"], 1.0);
  EXPECT_GT(report["metrics"]["silhouette"], 0.8);
  EXPECT_EQ(report["columns"], (Json{"x", "y"}));
  EXPECT_EQ(report["segments"].size(), 3U);
  const std::string labels = *read_file(folder_ / "labels.csv");
  EXPECT_EQ(std::count(labels.begin(), labels.end(), '\n'), 301);
}

TEST_F(LabTest, SegmentsRefuseWhatTheyCannotUse) {
  const std::string mend = "\n  mend: fill it in, or leave the row or column out";
  const auto gap = file("d.csv", "x,y\n1,2\n\n3,\n5,6\n");
  EXPECT_EQ(error_of(segment(gap, {"k=2"})), gap + ":4: column 'y': has no value" + mend);
  const auto words = file("w.csv", "x\nhello\nworld\n");
  EXPECT_EQ(error_of(segment(words, {"k=2"})),
            words + ": has no numeric column\n  mend: segments need numbers; it has x");
  const auto slip = file("s.csv", "name,x\na,1\nb,2\nc,3o\n");
  EXPECT_EQ(error_of(segment(slip, {"k=2"})),
            slip +
                ":4: column 'x': '3o' is not a finite number\n"
                "  mend: mend it, or leave the column out of the file");
  const auto large = file("l.csv", "x\n1\n1e30\n");
  EXPECT_EQ(error_of(segment(large, {"k=2"})),
            large +
                ":3: column 'x': 1e+30 is not a finite number up to 1e17\n"
                "  mend: mend it, or leave the row or column out");
  const auto few = file("f.csv", "x,y\n1,2\n3,4\n");
  EXPECT_EQ(
      error_of(segment(few, {"k=5"})),
      few + ": k = 5 clusters need at least as many rows, there are 2\n  mend: ask for fewer");
  EXPECT_EQ(error_of(segment(few, {"k=1", "truth=z"})),
            few + ": truth: has no column 'z'; it has x, y");
  const auto half = file("t.csv", "x,t\n1,0\n2,1.5\n");
  EXPECT_EQ(error_of(segment(half, {"k=1", "truth=t"})),
            half +
                ":3: column 't': 1.5 is no label: a whole number from 0\n"
                "  mend: mend it, or leave the row or column out");
  const auto named = file("n.csv", "x,t\n1,red\n2,blue\n");
  EXPECT_EQ(error_of(segment(named, {"k=1", "truth=t"})),
            named + ": column 't': is of type VARCHAR, known labels are whole numbers");
  EXPECT_EQ(error_of(segment(few, {"k=1"}, "", few)),
            few + ": --out: would overwrite an input\n  mend: name another file");
}

TEST_F(LabTest, EmptyInfiniteAndDamagedFilesAreNamed) {
  EXPECT_EQ(error_of(segment(file("e.csv", ""), {})), (folder_ / "e.csv") + ": holds no rows");
  const auto head = file("h.csv", "x,y\n");
  EXPECT_EQ(error_of(segment(head, {})), head + ": holds no rows");
  const auto infinite = file("i.csv", "x,y\n1,inf\n2,3\n");
  EXPECT_EQ(error_of(segment(infinite, {"k=2"})),
            infinite +
                ":2: column 'y': 'inf' is not a finite number\n"
                "  mend: mend it, or leave the column out of the file");
  const auto fake = file("f.parquet", "x,y\n1.25,2.25\n");
  EXPECT_EQ(
      error_of(segment(fake, {})),
      fake + ": cannot read: Invalid Input Error: No magic bytes found at end of file '" + fake +
          "'\n  mend: write the file again: it is damaged, or of another format than its name "
          "says");
  EXPECT_EQ(error_of(recommend(fake, fake, "popularity")), error_of(segment(fake, {})));
}

TEST_F(LabTest, ACompressedFileThatWasCutOffIsNoShortOne) {
  std::string text = "x,y\n";
  for (int i = 0; i < 2000; ++i) text += fmt::format("{},{}\n", i % 7, std::sin(i));
  const auto whole = folder_ / "whole.csv.gz";
  ASSERT_TRUE(segment(file("d.csv", text), {"k=3"}, "", "", whole).ok());
  const std::string bytes = *read_file(whole);
  const auto cut = file("cut.csv.gz", bytes.substr(0, bytes.size() - 12));
  EXPECT_EQ(error_of(segment(cut, {"k=2"})),
            cut +
                ": the compressed data ends early\n"
                "  mend: the file is cut off: copy or download it again");
}

TEST_F(LabTest, OutputsThatCannotBeAreRefusedBeforeTheWork) {
  const auto data = file("d.csv", "x,y\n1,2\n3,4\n");
  std::filesystem::create_directory(folder_ / "a.csv");
  EXPECT_EQ(error_of(segment(data, {"k=1"}, "", folder_ / "a.csv")),
            (folder_ / "a.csv") +
                ": --out: is a folder or a device, not a file\n  mend: name another file");
  EXPECT_EQ(error_of(segment(data, {"k=1"}, "", folder_ / "o.csv", (folder_ / "./o.csv"))),
            (folder_ / "o.csv") + ": --out and --centres-out are the same file");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "o.csv"));
  LabRecommendOptions options;
  options.train = file("t.csv", "user,item\n1,1\n2,2\n1,2\n");
  options.split = "random:0.4";
  options.at = {1};
  options.save = data;
  EXPECT_EQ(error_of(run(options)), data +
                                        ": --save: is a file, not a folder\n"
                                        "  mend: name a folder, or one that does not exist yet");
  options.save = "";
  options.train = folder_.path();
  EXPECT_EQ(error_of(run(options)),
            folder_.path() +
                ": is not a regular file, and inputs are read more than once\n"
                "  mend: store the data in a file, and name that");
}

TEST_F(LabTest, SegmentsStartFromGivenCentres) {
  std::string text = "x,y,name\n";
  for (int i = 0; i < 90; ++i) {
    text +=
        fmt::format("{:.3f},{:.3f},n{}\n", 10 * (i % 3) + std::sin(i * 1.7), std::cos(i * 2.3), i);
  }
  const auto data = file("points.csv", text);
  // In the other order of columns; the second and third begin in the same cloud.
  const auto centres = file("centres.csv", "y,x\n0,0\n0.5,9\n-0.5,11\n");
  const auto after = folder_ / "after.csv";
  const Json one = *segment(data, {"iterations=1", "tolerance=0"}, centres, "", after);
  EXPECT_EQ(one["iterations"], 1);
  EXPECT_EQ(one["chosen"]["k"], 3);
  EXPECT_EQ(one["chosen"]["restarts"], 1);
  EXPECT_EQ(one["left_out_texts"], Json({"name"}));
  EXPECT_GT(one["seconds_per_iteration"], 0.0);
  EXPECT_EQ(one["segments"][0]["rows"], 30);
}

TEST_F(LabTest, TheSilhouetteIsTakenInTheUnitsOfTheClusters) {
  std::string text = "x,noise\n";
  for (int i = 0; i < 200; ++i) {
    text += fmt::format("{},{}\n", (i % 2) + 0.01 * std::sin(i), 1e6 * std::cos(i * 2.3));
  }
  const auto data = file("units.csv", text);
  const Json scaled = *segment(data, {"k=4", "standardise=true"});
  EXPECT_GT(scaled["metrics"]["silhouette"], 0.5) << "x and the noise weigh the same";
}

TEST_F(LabTest, CentresThatAreWrittenCanBeReadAgain) {
  std::string text = "x,y\n";
  for (int i = 0; i < 400; ++i) {
    text += fmt::format("{:.3f},{:.3f}\n", std::sin(i * 1.7) * (i % 7), std::cos(i * 2.3));
  }
  const auto data = file("points.csv", text);
  const auto whole = *segment(data, {"k=5", "tolerance=0"});
  EXPECT_GT(whole["iterations"], 2);
  for (const char* name : {"c.csv", "c.tsv", "c.parquet", "c.csv.gz"}) {
    const std::string centres = folder_ / name;
    ASSERT_TRUE(segment(data, {"k=5", "tolerance=0"}, "", "", centres).ok());
    const Json again = *segment(data, {"tolerance=0"}, centres);
    EXPECT_EQ(again["iterations"], 2) << name << ": one to label, one to see that nothing moves";
    EXPECT_NEAR(again["metrics"]["inertia"], whole["metrics"]["inertia"], 1e-3) << name;
  }
}

TEST_F(LabTest, WrongCentresAreNamed) {
  const auto data = file("d.csv", "x,y\n1,2\n3,4\n5,6\n");
  const auto good = file("good.csv", "x,y\n1,2\n3,4\n");
  EXPECT_EQ(error_of(segment(data, {}, file("a.csv", "x\n1\n"))),
            (folder_ / "a.csv") +
                ": --centres: has no column 'y'; it has x\n"
                "  mend: give a row a centre under the names x, y");
  EXPECT_EQ(error_of(segment(data, {}, file("b.csv", "x,y,z\n1,2,3\n"))),
            (folder_ / "b.csv") +
                ": --centres: column 'z' is none of the data's\n"
                "  mend: the data's are x, y");
  EXPECT_EQ(error_of(segment(data, {"k=3"}, good)),
            good + ": holds 2 centres, but k = 3\n  mend: leave k out");
  EXPECT_EQ(error_of(segment(data, {"restarts=3"}, good)),
            "restarts: says how to choose centres, but --centres gives them\n"
            "  mend: leave one of the two out");
  EXPECT_EQ(error_of(segment(data, {}, file("e.csv", "x,y\n1,\n"))),
            (folder_ / "e.csv") +
                ":2: column 'y': has no value\n"
                "  mend: fill it in, or leave the row or column out");
}

TEST_F(LabTest, SegmentLeavesIdsOut) {
  const auto result = segment(
      file("ids.csv", "customerID,paid,size_id\n1,20,5\n2,30,5\n3,21,7\n4,60,7\n"), {"k=2"});
  ASSERT_TRUE(result.ok()) << result.error().to_text();
  EXPECT_EQ((*result)["columns"], Json({"paid", "size_id"})) << "an id that repeats is a feature";
  EXPECT_EQ((*result)["left_out_ids"], Json({"customerID"}));
}

}  // namespace
}  // namespace coterie::lab
