// Reads characters from pictures: classify MODEL PICTURE...
#include <deploy/character_reader.h>
#include <fmt/format.h>
#include <pictures/character.h>
#include <pictures/read_picture.h>
#include <train/transfer.h>

int main(int argc, char** argv) {
    if (argc < 3) {
        fmt::print(stderr, "usage: classify MODEL PICTURE...\n");
        return 2;
    }
    try {
        // A run's folder, or a safetensors file.
        const inkling::Model model = inkling::load_model(inkling::weights_file(argv[1]));
        inkling::CharacterReader reader(model, inkling::find_charset("", model.class_names));
        for (int i = 2; i < argc; ++i) {
            const inkling::CharacterImage character = inkling::convert_picture(inkling::read_picture(argv[i]));
            if (character.box.empty()) {
                fmt::print("{}: no ink\n", argv[i]);
                continue;
            }
            const inkling::ReadClass best = reader.read({&character.pixels, 1})[0].classes[0];
            fmt::print("{}: {} {:.1f}%\n", argv[i], model.class_names[best.label], 100 * best.probability);
        }
    } catch (const inkling::Error& error) {
        fmt::print(stderr, "classify: {}\n", error.what());
        return static_cast<int>(error.status());
    }
}
