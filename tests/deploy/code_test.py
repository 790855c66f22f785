"""Compiles and runs networks that were exported as C++ and C: code_test.py WRITE_EXPORTS

Holds every kind of layer, every recipe and 100 networks drawn at random to the program's engine, as headers and as C99
files, by each compiler that is here; all compile alone, without a warning, the C files with -ffreestanding and nothing
but their logits to link. Exits with 77 where there is no compiler of C++.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

WRITE_EXPORTS = os.path.abspath(sys.argv.pop(1))
TOLERANCE = 1e-4
QUICK_BYTES = 3_000_000
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
COMPILERS = [pair for pair in (("g++", "gcc"), ("clang++-14", "clang-14")) if shutil.which(pair[0])]
MAIN = """
#include <cstdio>
#include <cstdint>
#include <cstdlib>
%(declarations)s
struct Network { void (*predict)(const std::uint8_t*, float*); int classes; };
const Network networks[] = {%(rows)s};
int main(int count, char** arguments) {
    static std::uint8_t image[784];
    float logits[4096];
    for (int n = 1; n + 784 <= count; n += 784) {
        for (int i = 0; i < 784; ++i) image[i] = std::uint8_t(std::atoi(arguments[n + i]));
        for (const Network& network : networks) {
            network.predict(image, logits);
            for (int i = 0; i < network.classes; ++i) std::printf("%%.9g ", double(logits[i]));
            std::printf("\\n");
        }
    }
}
"""
# Prints the classes' names and the images that it reads in a second, of half a second.
ALONE = """
#include "%d.h"

#include <chrono>
#include <cstdio>

int main() {
    for (const char* name : inkling_model::class_names) std::printf("%%s ", name);
    static std::uint8_t image[inkling_model::image_bytes];
    float logits[inkling_model::classes];
    int images = 0;
    double seconds = 0;
    for (const auto begin = std::chrono::steady_clock::now(); seconds < 0.5; ++images) {
        image[images %% inkling_model::image_bytes] = std::uint8_t(images);
        inkling_model::predict(image, logits);
        seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
    std::printf("%%.0f", images / seconds);
}
"""


def compile_all(*commands):
    """Runs them two at a time."""
    for i in range(0, len(commands), 2):
        running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for command in commands[i:i + 2]]
        for command, process in zip(commands[i:], running):
            errors = process.communicate()[1]
            if process.returncode != 0:
                raise AssertionError(f"{' '.join(map(str, command))}: {errors[:2000]}")


class CodeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="inkling-code-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        subprocess.run([WRITE_EXPORTS, cls.folder, "code"], check=True)
        expected = json.loads((cls.folder / "expected.json").read_text())
        cls.images = expected["images"]
        cls.networks = expected["networks"]

    def numbers(self, compiler):
        """The networks for a compiler: all for the first one, for others each fourth of those that compile in a moment."""
        sizes = [(self.folder / f"{number}.h").stat().st_size for number in range(len(self.networks))]
        return [number for number, size in enumerate(sizes)
                if compiler in COMPILERS[0] or (number % 4 == 0 and size < QUICK_BYTES)]

    def assert_reads_as_the_engine(self, program, numbers):
        arguments = [str(pixel) for image in self.images for pixel in image]
        lines = subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout.splitlines()
        self.assertEqual(len(lines), len(self.images) * len(numbers))
        worst = 0
        for i, line in enumerate(lines):
            network = self.networks[numbers[i % len(numbers)]]
            found = [float(logit) for logit in line.split()]
            expected = network["logits"][i // len(numbers)]
            self.assertEqual(len(found), len(expected))
            distance = max(abs(a - b) for a, b in zip(found, expected))
            self.assertLess(distance, TOLERANCE, network["name"])
            worst = max(worst, distance)
        print(f"{program.name}: logits of {len(numbers)} networks are at most {worst:.1e} from the engine's")

    def main(self, declarations, rows):
        path = self.folder / "main.cpp"
        path.write_text(MAIN % {"declarations": "\n".join(declarations), "rows": ", ".join(rows)})
        return path

    def test_headers_read_as_the_engine(self):
        for compiler, _ in COMPILERS:
            with self.subTest(compiler):
                numbers, objects, commands = self.numbers(compiler), [], []
                for number in numbers:
                    source = self.folder / f"{number}.cpp"
                    source.write_text(f'#include "{number}.h"\nvoid predict_{number}(const std::uint8_t* image, float* '
                                      "logits) { inkling_model::predict(image, logits); }\n")
                    objects.append(self.folder / f"{number}-h.o")
                    commands.append([compiler, "-std=c++17", "-O1", *WARNINGS, f"-Dinkling_model=network_{number}",
                                     "-c", source, "-o", objects[-1]])
                compile_all(*commands)
                main = self.main([f"void predict_{number}(const std::uint8_t*, float*);" for number in numbers],
                                 [f"{{predict_{number}, 47}}" for number in numbers])
                program = self.folder / f"headers-{compiler}"
                compile_all([compiler, "-std=c++17", *WARNINGS, main, *objects, "-o", program])
                self.assert_reads_as_the_engine(program, numbers)

    def test_c_files_read_as_the_engine_and_need_nothing(self):
        for cxx, compiler in COMPILERS:
            with self.subTest(compiler):
                numbers, objects, commands = self.numbers(compiler), [], []
                for number in numbers:
                    objects.append(self.folder / f"{number}-c.o")
                    commands.append([compiler, "-std=c99", "-O1", "-ffreestanding", *WARNINGS, "-Wpedantic",
                                     f"-Dinkling_model_predict=predict_{number}",
                                     f"-Dinkling_model_class_names=names_{number}", "-c", self.folder / f"{number}.c",
                                     "-o", objects[-1]])
                compile_all(*commands)
                undefined = subprocess.run(["nm", "-u", *objects], check=True, capture_output=True, text=True).stdout
                names = set(re.findall(r"\bU (\S+)", undefined))
                # What compilers call for loops that copy and clear, which freestanding C has to have.
                self.assertLessEqual(names, {"memcpy", "memset", "memmove", "_GLOBAL_OFFSET_TABLE_"})
                main = self.main(['extern "C" {', *(f"void predict_{number}(const std::uint8_t*, float*);"
                                                    for number in numbers), "}"],
                                 [f"{{predict_{number}, 47}}" for number in numbers])
                program = self.folder / f"c-{compiler}"
                compile_all([cxx, "-std=c++17", *WARNINGS, main, *objects, "-o", program])
                self.assert_reads_as_the_engine(program, numbers)

    def test_headers_compile_alone_and_name_their_classes(self):
        source = self.folder / "alone.cpp"
        program = self.folder / "alone"
        for name in ("baseline-mlp", "cnn-minute", "baseline-cnn, 8 bits"):
            number = [network["name"] for network in self.networks].index(name)
            source.write_text(ALONE % number)
            for compiler, _ in COMPILERS:
                compile_all([compiler, "-std=c++17", "-O3", "-march=native", *WARNINGS, "-fno-exceptions", "-fno-rtti",
                             source, "-o", program])
                words = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split()
                self.assertEqual(words[:47], [str(label) for label in range(47)])
                print(f"{name}, {compiler} -O3 -march=native: {words[47]} images/s on one thread")


if __name__ == "__main__":
    if not COMPILERS:
        print("SKIPPED: no g++ or clang++ here")
        sys.exit(77)
    print("compilers:", ", ".join(pair[0] for pair in COMPILERS))
    unittest.main(verbosity=2)
