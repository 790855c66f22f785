#include "cli/report.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/outputs.h"
#include "core/error.h"
#include "core/files.h"
#include "core/folder_lock.h"
#include "core/interrupt.h"
#include "core/progress.h"
#include "report/page.h"
#include "report/run_report.h"
#include "report/study_report.h"

namespace inkling::cli {
namespace {

namespace fs = std::filesystem;

/// Shows one network's test after the other, and what else takes long.
class ReportDisplay {
  public:
    explicit ReportDisplay(bool quiet) : quiet_(quiet) {}

    void update(const std::string& title, std::size_t done, std::size_t total, const char* unit) {
        if (title != title_) {
            bar_.reset();
            bar_.emplace(title, total, unit, quiet_);
            title_ = title;
        }
        bar_->update(done);
        if (interrupted()) throw Error(ExitStatus::kInterrupted, "stopped; no report was written");
    }

    void clear() {
        if (bar_) bar_->clear();
    }

  private:
    bool quiet_;
    std::string title_;
    std::optional<Progress> bar_;
};

fs::path output_folder(const ReportCommand& command) {
    if (!command.out.empty()) return command.out;
    const fs::path first = command.paths.front();
    return command.paths.size() == 1 ? first : fs::absolute(first / "").lexically_normal().parent_path().parent_path();
}

/// Before a folder is made for the report.
void check_paths(const ReportCommand& command) {
    for (const std::string& path : command.paths)
        if (!StudyFolder{path}.is_study()) check_finished({path});
}

nlohmann::ordered_json make_figures(const ReportCommand& command, const ReportOptions& options) {
    if (command.paths.size() == 1 && StudyFolder{command.paths.front()}.is_study())
        return report_study({command.paths.front()}, options);
    std::vector<RunFolder> runs;
    for (const std::string& path : command.paths) {
        if (StudyFolder{path}.is_study())
            throw wrong_usage("{}: a study is reported alone; compare runs of it, such as {}", path,
                              (fs::path(path) / "best" / "mlp" / "seed-0").string());
        runs.push_back({path});
    }
    return report_runs(runs, options);
}

}  // namespace

void write_report(const ReportCommand& command) {
    const fs::path folder = output_folder(command);
    if (fs::exists(folder) && ::access(folder.c_str(), W_OK) != 0)
        throw failed("{}: cannot be written; choose a folder for the report with --out", folder.string());
    check_paths(command);
    std::optional<FolderLock> claim;
    if (!command.within_study) claim.emplace(folder);
    ReportDisplay display(command.run.quiet);
    const ReportOptions options{
        .data = command.data.folder,
        .split = command.data.split,
        .stored = command.data.stored(),
        .on_data =
            [&](const ReportData& data) {
                if (!command.within_study) print_assumptions(data.train, command.run);
            },
        .on_progress = [&](const std::string& run, std::size_t done,
                           std::size_t images) { display.update("test " + run, done, images, "images"); },
        .on_importance =
            [&](const std::string& family, std::size_t done, std::size_t forests) {
                display.update("what mattered, " + family, done, forests, "forests");
            }};
    const nlohmann::ordered_json figures = make_figures(command, options);
    display.clear();
    const std::vector<fs::path> written = save_report(folder, figures);
    if (!command.run.json.empty()) command.run.write_json(read_text(written.back()));
    if (command.run.quiet) return;
    // What a person opens stands last.
    for (auto path = written.rbegin(); path != written.rend(); ++path) fmt::print("written: {}\n", path->string());
}

void add_report_command(const Command& program) {
    auto options = std::make_shared<ReportCommand>();
    const Command command = program.command("report", "Makes a page about a study, a run, or several runs compared");
    command.texts("paths", options->paths, "PATH", "Folder of a study, or folders of finished runs");
    command.require("paths");
    command.text("--data", options->data.folder, "DIR", "Folder or file with data [the run's]");
    command.text("--split", options->data.split, "NAME", "Split to test by [the run's]");
    options->data.add_orientation(command);
    command.text("--out", options->out, "DIR",
                 "Folder for report.html and report.json [PATH; a comparison: beside the first run]");
    options->run.add_to(command);
    command.footer(
        "Tests each network again on the test part and writes report.html, one file that opens in any browser without\n"
        "a network, and report.json, the same figures for machines.\n\n"
        "Examples:\n"
        "  inkling report studies/study-balanced-quick\n"
        "  inkling report runs/cnn-0\n"
        "  inkling report runs/mlp-0 runs/cnn-0 --out comparison");
    command.action([options] {
        catch_interrupts();
        options->run.apply();
        for (const std::string& path : options->paths)
            check_outputs({{"--json", options->run.json}}, files_of_network(path));
        write_report(*options);
    });
}

}  // namespace inkling::cli
