#include "synth/retail.h"

#include <algorithm>
#include <memory>
#include <mutex>

#include "base/cancel.h"
#include "base/clock.h"
#include "data/project/roles.h"
#include "synth/output_folder.h"
#include "synth/retail_block.h"
#include "synth/retail_goods.h"
#include "synth/retail_truth.h"
#include "synth/retail_world.h"

namespace coterie::synth {
namespace {

// What is written: the roles asked for and all of the truth.
std::vector<std::string> chosen_tables(const RetailOptions& options) {
  std::vector<std::string> tables;
  for (const auto& list : {BlockTables::names(), goods_tables(), truth_tables()}) {
    for (const std::string& table : list) {
      const bool truth = table.starts_with("truth/");
      const bool asked =
          options.only.empty() || std::ranges::find(options.only, table) != options.only.end();
      if (truth || asked) tables.push_back(table);
    }
  }
  // Roles first: a conflict is then about what the user asked for.
  std::ranges::stable_partition(tables,
                                [](const auto& table) { return !table.starts_with("truth/"); });
  return tables;
}

Status write_blocks(const RetailWorld& world, SalesLedger& ledger, ThreadPool& pool,
                    Progress& progress, OutputFolder& output) {
  const RetailTexts texts;
  std::vector<std::unique_ptr<BlockWriter>> writers(static_cast<size_t>(pool.threads()));
  const auto task = progress.start("synthesizing", world.scale.customers, "customers");
  std::mutex mutex;
  Status status;
  const auto write_block = [&](int64_t begin, int64_t end, int worker) {
    {
      const std::lock_guard lock(mutex);
      if (status.ok()) status = check_cancelled();
      if (!status.ok()) return;
    }
    auto& writer = writers[static_cast<size_t>(worker)];
    if (!writer) writer = std::make_unique<BlockWriter>(world, texts, ledger, output);
    const Status written = writer->write(begin, end, begin / kCustomersPerBlock);
    task->advance(end - begin);
    const std::lock_guard lock(mutex);
    if (status.ok() && !written.ok()) status = written;
  };
  pool.parallel_for_worker(world.scale.customers, kCustomersPerBlock, write_block);
  return status;
}

}  // namespace

int64_t SynthReport::rows(const std::string& table) const {
  const auto found = std::ranges::find(tables, table, &SynthesizedTable::name);
  return found == tables.end() ? 0 : found->rows;
}

Result<SynthReport> synthesize_retail(const RetailOptions& options, ThreadPool& pool,
                                      Progress& progress) {
  const Stopwatch watch;
  ASSIGN_OR_RETURN(const RetailScale scale, resolve_scale(options));
  ASSIGN_OR_RETURN(OutputFolder output,
                   OutputFolder::open(options.folder, chosen_tables(options), options.replace));
  const RetailWorld world(scale, pool);
  RETURN_IF_ERROR(check_cancelled());
  SalesLedger ledger(scale, world.catalogue);
  RETURN_IF_ERROR(write_blocks(world, ledger, pool, progress, output));
  RETURN_IF_ERROR(write_goods(world, ledger, pool, output));
  RETURN_IF_ERROR(write_truth(world, output));
  RETURN_IF_ERROR(check_cancelled());
  RETURN_IF_ERROR(output.publish());
  SynthReport report;
  report.tables = output.written();
  report.seconds = watch.seconds();
  return report;
}

}  // namespace coterie::synth
