// Trains a network on characters that Inkling makes itself, until it reads four of five; writes it and the picture of a
// character that it has not seen: train MODEL PICTURE
#include <core/files.h>
#include <fmt/format.h>
#include <formats/load_dataset.h>
#include <pictures/png.h>
#include <train/evaluate.h>
#include <train/run_folder.h>
#include <train/trainer.h>
#include <train/training_checks.h>

// Every key is one of recipes/README.md.
constexpr const char* kRecipe = R"(
[network]
family = "mlp"
hidden = [128, 128, 128]
[training]
epochs = 20
batch_size = 128
[optimizer]
kind = "adamw"
learning_rate = 3e-3
)";

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "usage: train MODEL PICTURE\n");
        return 2;
    }
    try {
        const inkling::Recipe recipe = inkling::parse_recipe(kRecipe, "the example's recipe");
        // A folder in place of {} is read in any layout that `inkling --data` takes.
        const inkling::Dataset data = inkling::load_dataset({}, "synthetic", inkling::Part::kTrain);
        const inkling::Holdout holdout = inkling::run_holdout(recipe, data, /*per_class=*/200);
        inkling::check_training(recipe, data, holdout);
        double accuracy = 0;
        const inkling::TrainingResult result = inkling::train(
            recipe, data, holdout,
            {.on_epoch =
                 [&](std::span<const inkling::EpochRecord> history) {
                     accuracy = history.back().validation_accuracy;
                     fmt::print("epoch {}: {:.1f}% of what is held out\n", history.size(), 100 * accuracy);
                 },
             .stop = [&] { return accuracy > 0.8; }});
        const inkling::Dataset test = inkling::load_dataset({}, "synthetic", inkling::Part::kTest);
        fmt::print("test: {:.1f}%\n", 100 * inkling::evaluate(result.model, test).metrics.accuracy);
        inkling::save_model(argv[1], result.model);
        inkling::write_file(argv[2], inkling::png_of(test.image(0), test.shape));
    } catch (const inkling::Error& error) {
        fmt::print(stderr, "train: {}\n", error.what());
        return static_cast<int>(error.status());
    }
}
