#include "report/model_card.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "core/path_text.h"
#include "study/statistics.h"
#include "train/model.h"

namespace inkling {
namespace {

using nlohmann::json;

constexpr std::size_t kWorstClasses = 5;

constexpr std::string_view kMarkup = "\\`*_{}[]<>#|~&!$";

/// Text that Markdown shows as it is, in one line.
std::string plain(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (kMarkup.find(c) != std::string_view::npos) result += '\\';
        result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return result;
}

/// Text as a block of code, which it cannot end.
std::string block(const std::string& text) {
    std::string fence = "```";
    while (text.find(fence) != std::string::npos) fence += '`';
    return fmt::format("{}toml\n{}{}\n", fence, text, fence);
}

std::string percent(double share) { return fmt::format("{:.2f}%", 100 * share); }

std::string data_section(const Model& model, const RunRecord& record) {
    std::string text = fmt::format("## Data\n\nIt learned from the training part of the split {}", plain(record.split));
    if (record.per_class > 0) text += fmt::format(", at most {} images of each class", record.per_class);
    if (!record.excluded.empty()) text += fmt::format(", without {} images that were excluded", record.excluded.size());
    text += fmt::format(": images of {} x {} pixels, grey, upright, ink bright on black, one character each.\n",
                        model.recipe.network.input.height, model.recipe.network.input.width);
    if (!record.init_from.empty())
        text += fmt::format("Its weights began as those of {} (SHA-256 {}).\n", plain(path_text(record.init_from)),
                            plain(record.init_sha256));
    if (!record.teachers.empty()) text += fmt::format("{} other networks taught it.\n", record.teachers.size());
    if (record.files.empty()) return text + "\n";
    text += "\n| file | SHA-256 |\n| --- | --- |\n";
    for (const DataFile& file : record.files)
        text += fmt::format("| {} | {} |\n", plain(file.name), plain(file.sha256));
    return text + "\n";
}

std::string training_section(const Model& model, const RunRecord& record, const RunSummary& summary) {
    const Environment& environment = record.environment;
    std::string text = fmt::format(
        "## Training\n\n{} epochs, of which the weights are those of epoch {}, in {:.0f} s; seed {}, {} threads, "
        "Inkling "
        "{}, oneDNN {}, {} ({}).\n\n",
        summary.epochs, summary.best_epoch, summary.seconds, record.seed, record.threads, plain(environment.inkling),
        plain(environment.onednn), plain(environment.processor), plain(environment.instruction_set));
    text += "| layer | | makes | parameters |\n| --- | --- | --- | --- |\n";
    for (const LayerSummary& layer : summarize(model.recipe.network, model.classes()))
        text += fmt::format("| {} | {} | {} x {} x {} | {} |\n", plain(layer.name), plain(layer.description),
                            layer.output.channels, layer.output.height, layer.output.width, layer.parameters);
    return text + "\n" + block(to_toml(model.recipe)) + "\n";
}

/// By what metrics.json says of the part that it was judged by.
std::string results_section(const Model& model, const json& judged, const std::string& part) {
    std::int64_t images = 0;
    std::int64_t right = 0;
    const json& confusion = judged.at("confusion");
    for (std::size_t truth = 0; truth < confusion.size(); ++truth)
        for (std::size_t prediction = 0; prediction < confusion[truth].size(); ++prediction) {
            const auto count = confusion[truth][prediction].get<std::int64_t>();
            images += count;
            if (truth == prediction) right += count;
        }
    if (images < 1) throw bad_data("no image in its confusions");
    const Interval interval = wilson_interval(static_cast<double>(right), static_cast<double>(images));
    std::string text = fmt::format(
        "## Results\n\nOn {} images of the {} part of {}:\n\n| | |\n| --- | --- |\n| accuracy | {}, 95% interval {} to "
        "{} "
        "|\n| among the two likeliest | {} |\n| macro F1 | {} |\n| cross-entropy | {:.4f} |\n| expected calibration "
        "error | {} |\n\n",
        images, part, plain(model.split), percent(judged.at("accuracy").get<double>()), percent(interval.low),
        percent(interval.high), percent(judged.at("top2_accuracy").get<double>()),
        percent(judged.at("macro_f1").get<double>()), judged.at("loss").get<double>(),
        percent(judged.at("calibration_error").get<double>()));
    text +=
        "The interval is Wilson's: it covers which images were drawn, and not what another training, another hand or "
        "another scanner would give.\n\n";

    auto classes = judged.at("per_class").get<std::vector<json>>();
    std::stable_sort(classes.begin(), classes.end(),
                     [](const json& a, const json& b) { return a.at("f1").get<double>() < b.at("f1").get<double>(); });
    classes.resize(std::min(classes.size(), kWorstClasses));
    text += "Read worst:\n\n| class | precision | recall | F1 |\n| --- | --- | --- | --- |\n";
    for (const json& each : classes)
        text += fmt::format("| {} | {} | {} | {} |\n", plain(each.at("class").get<std::string>()),
                            percent(each.at("precision").get<double>()), percent(each.at("recall").get<double>()),
                            percent(each.at("f1").get<double>()));
    text += "\nMost often taken for each other:\n\n| written | read as | images |\n| --- | --- | --- |\n";
    for (const json& pair : judged.at("most_confused"))
        text += fmt::format("| {} | {} | {} |\n", plain(pair.at("truth").get<std::string>()),
                            plain(pair.at("prediction").get<std::string>()), pair.at("count").get<std::int64_t>());
    return text + "\n";
}

std::string calibration_section(const Model& model) {
    std::string text = "## Calibration\n\n";
    if (model.temperature == 1 && model.sets.empty())
        return text + "It was not calibrated: probabilities are the softmax of its logits as training left them.\n\n";
    text += fmt::format(
        "Logits were divided by a temperature of {:.4f}, fitted to images held out of training; the weights hold it.\n",
        model.temperature);
    for (const ConformalSets& sets : model.sets)
        text += fmt::format(
            "A set of the classes with a probability of {:.4f} or more was fitted there to hold the right one for {} "
            "of "
            "images.\n",
            sets.least_probability, percent(sets.coverage));
    if (model.strangeness)
        text += fmt::format(
            "Logits nearer to a class than {:.4g} were found there in {} of images; what is farther is taken "
            "for no character.\n",
            model.strangeness->most, percent(kAccepted));
    return text + "\n";
}

std::string limits_section(const Model& model) {
    const char* const other =
        model.strangeness
            ? "- Its logits tell much of what is no character, but not all: some drawings have what characters have.\n"
            : "- It names one of its classes for anything, a blot included: there is no \"none of these\".\n";
    return fmt::format(
        "## Limits\n\n"
        "- It reads one character that was made into an image as EMNIST's were. Photographs, words and other paper "
        "have to be brought into that form first, and accuracy on them is not known from the above.\n"
        "{}"
        "- The images that it was tested by come from the same source as those that it learned from; hands that are "
        "not in either were not measured.\n"
        "- Some classes look alike as they are written, such as 0 and O: one image may not tell them apart.\n",
        other);
}

}  // namespace

std::string model_card(const RunFolder& run, const std::string& version) {
    check_finished(run);
    const RunRecord record = read_record(run);
    const Model model = load_model(run.model());
    std::string classes;
    for (const std::string& name : model.class_names) classes += (classes.empty() ? "" : " ") + plain(name);
    std::string text = fmt::format(
        "# {}\n\nA neural network of {} parameters that reads a handwritten character as one of {} classes: {}.\nThis "
        "card was written by inkling {} from the run's own record.\n\n",
        plain(model.recipe.name), model.parameters.size(), model.classes(), classes, version);
    text += data_section(model, record) + training_section(model, record, read_summary(run));
    const std::string source = run.metrics().string();
    try {
        const json metrics = json::parse(read_text(run.metrics()));
        const char* part = record.judged_by == JudgedBy::kValidation ? "validation" : "test";
        if (metrics.contains(part) && metrics.at(part).contains("confusion"))
            text += results_section(model, metrics.at(part), part);
        else
            text += "## Results\n\nIt was not tested: its run left the test part unread.\n\n";
    } catch (const json::exception&) {
        throw bad_data("{}: not what a run writes; train it again", source);
    }
    return text + calibration_section(model) + limits_section(model);
}

}  // namespace inkling
