// saltus zoo import | export
#include "zoo_exchange_command.h"

#include <unistd.h>

#include <iostream>
#include <memory>

#include "card_option.h"
#include "data_option.h"
#include "job_options.h"
#include "named_architecture.h"
#include "saltus/base/file.h"
#include "saltus/base/json.h"
#include "saltus/exchange/export_zoo.h"
#include "saltus/exchange/import_zoo.h"
#include "saltus/exchange/open_source.h"
#include "saltus/exchange/source_layout.h"
#include "saltus/formats/checkpoint_file.h"
#include "saltus/task/task_config.h"
#include "saltus/workflow/cards.h"

namespace saltus {
namespace {

constexpr const char* kImportExamples =
    "Examples:\n"
    "  saltus zoo import runs -o zoo --pattern 'run{run}/step{iteration}_loss{loss}.pt'\n"
    "  saltus zoo import runs -o zoo --table metrics.csv --metric val_loss\n"
    "  saltus zoo import lightning -o zoo --pattern '{run}/*step={iteration}.ckpt' \\\n"
    "      --metric val_acc:maximise,worst=0.1,best=1 --symmetry none\n"
    "  saltus zoo import stacked.npz -o zoo\n"
    "  saltus zoo import mem.dat --shape 300,50,7960 --like net.pt --table loss.csv -o zoo\n"
    "  saltus zoo import runs -o zoo --architecture mnist --task mnist --data mnist --measure\n"
    "  saltus zoo import checkpoints_lmdb -o zoo --architecture mnist --metric avg_test_loss\n\n"
    "Look first with --dry-run: it prints what would be imported, and why what would not. What a\n"
    "pattern, a table and each source may look like: docs/import.md.\n";

struct ImportArguments {
  fs::path source, folder, table, like;
  std::string pattern, key, task = "imported", architecture, symmetry = "guess", dtype = "F32",
                            raw_dtype = "F16", license = "unknown";
  std::vector<std::string> metrics, exclude;
  std::vector<int64_t> shape;
  int64_t checkpoints = 0;
  bool measure = false, dry_run = false, yes = false;
  std::string data;
  int threads = 0;
};

SourceOptions source_options(const ImportArguments& a, const std::vector<MetricChoice>& metrics) {
  SourceOptions options{.source = a.source,
                        .pattern = a.pattern,
                        .table = a.table,
                        .key = a.key,
                        .metrics = {},
                        .exclude = a.exclude,
                        .shape = a.shape,
                        .raw_dtype = a.raw_dtype,
                        .measured = a.measure};
  for (const MetricChoice& metric : metrics) options.metrics.push_back(metric.name);
  return options;
}

// What a task of this program measures of its own networks, as zoo build does.
std::shared_ptr<const Measuring> measuring_of(const ImportArguments& a, const Job& job) {
  if (!a.measure) return nullptr;
  if (!is_task(a.task) || a.architecture.empty()) {
    throw UsageError(fmt::format(
        "saltus zoo import: --measure: expected --task, one of {}, and its networks by "
        "--architecture, found task '{}'; metrics of other networks come from a table, or from "
        "Python (docs/python.md)",
        fmt::join(task_names(), ", "), a.task));
  }
  const auto task = make_task_for(a.task, a.data, named_architecture(a.architecture)->to_json());
  Job quiet = job;
  quiet.progress = nullptr;  // the import shows its own
  return std::make_shared<Measuring>(
      Measuring{task->metrics(), [task, quiet](std::span<const float> theta, std::span<float> out) {
                  task->evaluate(theta, {}, quiet, out);
                }});
}

ImportOptions import_options(const ImportArguments& a, const RunSource& source,
                             std::vector<MetricChoice> metrics) {
  ImportOptions options{.task = a.task,
                        .architecture = nullptr,
                        .layout = {},
                        .symmetry = {},
                        .metrics = std::move(metrics),
                        .measuring = nullptr,
                        .checkpoints = a.checkpoints,
                        .dtype = dtype_from_name(a.dtype)};
  if (!a.architecture.empty()) options.architecture = named_architecture(a.architecture);
  if (!a.like.empty()) options.layout = layout_of(read_checkpoint(a.like, ""), a.exclude);
  if (a.symmetry == "none") {
    options.symmetry = Symmetry();
  } else if (a.symmetry != "guess") {
    const Layout layout = options.layout ? *options.layout : source.layout();
    options.symmetry = Symmetry::from_json(layout, parse_json(read_file(a.symmetry), a.symmetry));
  }
  return options;
}

// Asks where somebody is there to answer.
bool confirmed(const ImportArguments& a) {
  if (a.yes || isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) return true;
  fmt::print("Import this? [Y/n] ");
  std::fflush(stdout);
  std::string answer;
  std::getline(std::cin, answer);
  return std::cin.good() && (answer.empty() || answer[0] == 'y' || answer[0] == 'Y');
}

int import_into_zoo(const ImportArguments& a) {
  std::vector<MetricChoice> metrics;
  for (const std::string& text : a.metrics) metrics.push_back(parse_metric_choice(text));
  ProgressDisplay display;
  const Job job = make_job(a.threads, display);
  const std::unique_ptr<RunSource> source = open_source(source_options(a, metrics), job);
  ImportOptions options = import_options(a, *source, std::move(metrics));
  options.measuring = measuring_of(a, job);
  const ImportPlan plan = plan_import(*source, options);
  fmt::print("{}", describe_plan(*source, plan));
  std::fflush(stdout);
  if (a.dry_run) return 0;
  if (!confirmed(a)) {
    fmt::print("nothing was written\n");
    return 0;
  }
  const std::vector<DroppedRun> dropped = import_runs(*source, plan, a.folder, job);
  if (job.stopped()) return finish_job(job, "the same command goes on where it stopped");
  write_zoo_card(a.folder, a.license);
  fmt::print("imported {} runs; {} dropped\n", plan.runs.size() - dropped.size(), dropped.size());
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < std::min(dropped.size(), kShown); ++i) {
    fmt::print("  run {}: {}\n", dropped[i].name, dropped[i].why);
  }
  if (dropped.size() > kShown) {
    fmt::print("  ... and {} more, in {}\n", dropped.size() - kShown,
               (a.folder / "import.json").string());
  }
  return 0;
}

struct ExportArguments {
  fs::path zoo, folder;
  std::string format = "safetensors", checkpoint = "all", table = "csv";
  int64_t run = -1;
};

int export_from_zoo(const ExportArguments& a) {
  ExportOptions options{.format = a.format, .run = {}, .checkpoint = {}, .table = a.table};
  if (a.run >= 0) options.run = a.run;
  if (a.checkpoint == "last") {
    options.checkpoint = -1;
  } else if (a.checkpoint != "all") {
    try {
      options.checkpoint = std::stoll(a.checkpoint);
    } catch (const std::exception&) {
      throw UsageError(
          fmt::format("saltus zoo export: --checkpoint: expected all, last or a place, "
                      "found '{}'",
                      a.checkpoint));
    }
  }
  ProgressDisplay display;
  const Job job = make_job(1, display);
  make_folder(a.folder);
  const int64_t networks = export_zoo(Zoo(a.zoo), options, a.folder, job);
  if (job.stopped()) return finish_job(job, "files that are there are whole");
  fmt::print("exported {} network{} and their metrics to {}\n", networks, networks == 1 ? "" : "s",
             a.folder.string());
  return 0;
}

}  // namespace

void add_zoo_import(CLI::App& zoo, Action& action) {
  CLI::App* command =
      zoo.add_subcommand("import",
                         "Makes a zoo of checkpoints that another program wrote: a folder tree of "
                         "files of torch.save,\n"
                         "safetensors, .npz or .npy, one file with all runs, or LMDB sets of the "
                         "reference. Nothing in\n"
                         "a file is ever executed. Prints what it found for confirmation. "
                         "Interrupted, it goes on when\n"
                         "started again; import.json in the zoo says what was dropped and why.");
  const auto a = std::make_shared<ImportArguments>();
  command->add_option("source", a->source, "folder or file")->required();
  command->add_option("-o,--output", a->folder, "folder of the zoo")->required();
  command
      ->add_option("--pattern", a->pattern,
                   "where run, iteration and metrics stand in the files' paths; {run} is text,\n"
                   "other fields are numbers, * is anything")
      ->default_str("{run}/*{iteration}.*");
  command->add_option("--table", a->table,
                      "CSV or JSON lines with metrics: columns run and iteration, or file");
  command
      ->add_option("--metric", a->metrics,
                   "metric to keep, the first conditions a generator: NAME, or\n"
                   "NAME:minimise,worst=2.3,best=0,resolution=0.01,on=test; may be given again;\n"
                   "one that neither path nor table has is looked for in the files")
      ->allow_extra_args(false);
  command
      ->add_option("--checkpoints", a->checkpoints,
                   "a run; longer runs are thinned evenly, shorter ones left out; 0: as many as\n"
                   "nine runs in ten have")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000}))
      ->capture_default_str();
  command->add_option("--key", a->key, "entry that holds the state_dict in files of torch.save");
  command
      ->add_option("--exclude", a->exclude,
                   "tensor that is no parameter to learn; may be given again")
      ->allow_extra_args(false);
  command
      ->add_option("--symmetry", a->symmetry,
                   "hidden units that can be permuted: guess, none, or a JSON file as in zoo.json")
      ->capture_default_str();
  command->add_option("--architecture", a->architecture,
                      "networks that saltus can compute: cartpole, mnist, cifar10, or a JSON file\n"
                      "as in zoo.json");
  command
      ->add_option("--task", a->task,
                   "name of the task; one of saltus's own, with --architecture, lets it measure")
      ->capture_default_str();
  command->add_option("--like", a->like,
                      "checkpoint file that names the tensors, for a source of numbers alone");
  command
      ->add_option("--shape", a->shape,
                   "runs,checkpoints,parameters of a file without header (numpy.memmap)")
      ->delimiter(',')
      ->expected(3);
  command->add_option("--raw-dtype", a->raw_dtype, "type of its numbers")
      ->check(CLI::IsMember({"F16", "BF16", "F32", "F64"}))
      ->capture_default_str();
  command->add_option("--dtype", a->dtype, "of the zoo's parameters")
      ->check(CLI::IsMember({"F32", "BF16", "F16"}))
      ->capture_default_str();
  command->add_flag("--measure", a->measure,
                    "measure the networks instead of reading metrics: of a task of saltus's own");
  add_data_option(*command, a->data);
  command->add_flag("--dry-run", a->dry_run, "print what would be imported, and stop");
  command->add_flag("--yes", a->yes, "do not ask");
  add_threads_option(*command, a->threads);
  add_license_option(*command, a->license);
  command->footer(kImportExamples);
  command->callback([&action, a] { action = [a] { return import_into_zoo(*a); }; });
}

void add_zoo_export(CLI::App& zoo, Action& action) {
  CLI::App* command = zoo.add_subcommand(
      "export",
      "Writes networks of a zoo as files of other tools: state_dicts in OUT/runR/stepI.FORMAT, "
      "and\n"
      "their metrics in OUT/metrics.csv. A .pt opens with torch.load(weights_only=True). What\n"
      "saltus update samples is a file of its own already: see its --format.");
  const auto a = std::make_shared<ExportArguments>();
  command->add_option("zoo", a->zoo, "folder of the zoo")->required();
  command->add_option("-o,--output", a->folder, "folder of the files")->required();
  command->add_option("--run", a->run, "id of one run; default: all")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--checkpoint", a->checkpoint,
                   "all, last, or a place: 0 is the first, -1 the last")
      ->capture_default_str();
  command->add_option("--format", a->format, "of the files")
      ->check(CLI::IsMember(written_formats()))
      ->capture_default_str();
  command->add_option("--table", a->table, "of the metrics: csv or parquet")
      ->check(CLI::IsMember({"csv", "parquet"}))
      ->capture_default_str();
  command->footer(
      "Examples:\n  saltus zoo export zoo -o nets --run 3 --checkpoint last --format pt\n"
      "  saltus zoo export zoo -o all --table parquet\n");
  command->callback([&action, a] { action = [a] { return export_from_zoo(*a); }; });
}

}  // namespace saltus
