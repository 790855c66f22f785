"""Opens reports in a real browser: browser_test.py PROGRAM

Makes toy data whose names are hostile, trains on them, and holds the reports of a run, of two runs compared and of a
study to what a reader needs: no error, every chart drawn, every picture with its text, a matrix that answers, nothing
wider than a phone, no markup out of a name. Exits with 77 where there is no browser.
"""

import gzip
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import browser  # noqa: E402

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else ""
CLASSES = '<&"A'  # names of classes
HOSTILE = '"><img src=x onerror=alert(1)><!--'  # a recipe's name
RECIPE = """
[network]
family = "mlp"
hidden = [24]
[training]
epochs = 3
batch_size = 32
validation_fraction = 0.2
[optimizer]
kind = "adam"
learning_rate = 0.003
"""
STUDY = """
[budgets.quick]
folds = 2
final_seeds = 2
epochs = { mlp = 2 }
final_epochs = { mlp = 2 }
[families.mlp]
baseline = "baseline.toml"
[[techniques]]
name = "<b>optimizer</b>"
options = [
    { name = "adam", set = ["optimizer.kind=adam"] },
    { name = "<img src=x>", set = ["optimizer.kind=sgd"], learning_rates = [0.01, 0.1] },
]
"""


RANDOM = 'strategy = "random"\nsamples = 16\nprefer = "small"\n' + STUDY + """
[[techniques]]
name = "layers"
key = "network.hidden"
values = ["[4]", "[8]", "[12]"]
[[techniques]]
name = "activation"
key = "network.activation"
values = ["relu", "tanh"]
"""


def write_part(folder, part, count):
    """Strokes in one of four columns amid noise, as IDX files."""
    numbers = random.Random(part)
    labels = bytes(i % len(CLASSES) for i in range(count))
    pixels = bytearray(numbers.randrange(60) for _ in range(count * 784))
    for i, label in enumerate(labels):
        column = 3 + 6 * label + numbers.randrange(4)
        for row in range(3, 25):
            pixels[i * 784 + column * 28 + row] = 255
    with gzip.open(folder / f"emnist-toy-{part}-images-idx3-ubyte.gz", "wb") as file:
        file.write(struct.pack(">IIII", 2051, count, 28, 28) + pixels)
    with gzip.open(folder / f"emnist-toy-{part}-labels-idx1-ubyte.gz", "wb") as file:
        file.write(struct.pack(">II", 2049, count) + labels)


def inkling(folder, *arguments):
    end = subprocess.run([PROGRAM, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if end.returncode != 0:
        raise RuntimeError(f"inkling {arguments}: {end.stdout}")


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="inkling-report-")
        cls.addClassCleanup(temporary.cleanup)
        folder = cls.folder = Path(temporary.name)
        (folder / "emnist-toy-mapping.txt").write_text("".join(f"{i} {ord(c)}\n" for i, c in enumerate(CLASSES)))
        write_part(folder, "train", 160)
        write_part(folder, "test", 80)
        (folder / f"{HOSTILE}.toml").write_text(RECIPE)
        (folder / "baseline.toml").write_text(RECIPE)
        (folder / "study.toml").write_text(STUDY)
        data = ["--data", ".", "--split", "toy", "--quiet"]
        for name in ("a", "b"):
            inkling(folder, "train", f"./{HOSTILE}.toml", *data, "--seed", str(ord(name)), "--out", name)
        inkling(folder, "study", "study.toml", *data, "--out", "study")
        (folder / "random.toml").write_text(RANDOM)
        inkling(folder, "study", "random.toml", *data, "--out", "random")
        inkling(folder, "report", "a", "--quiet")
        inkling(folder, "report", "a", "b", "--out", "both", "--quiet")
        inkling(folder, "report", "study", "--quiet")
        cls.watch_and_stop(data)
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def watch_and_stop(cls, data):
        """Leaves `running`, the page of a study that runs, and `stopped`, that of the same study stopped."""
        long = cls.folder / "long.toml"
        long.write_text(STUDY.replace("mlp = 2", "mlp = 5000"))
        running, stopped = cls.folder / "running/report.html", cls.folder / "stopped/report.html"
        with subprocess.Popen([PROGRAM, "study", long, *data, "--watch", "--out", "stopped"], cwd=cls.folder, stderr=subprocess.DEVNULL) as study:
            until = time.monotonic() + 60
            while not stopped.exists() and study.poll() is None and time.monotonic() < until:
                time.sleep(0.05)
            running.parent.mkdir()
            shutil.copy(stopped, running)
            study.send_signal(signal.SIGINT)

    def open(self, name):
        self.browser.resize(1280, 900)
        self.browser.open((self.folder / name / "report.html").as_uri())
        self.wait_for("document.querySelector('#report > section') !== null")

    def wait_for(self, condition):
        """Waits for what the page does in its own time."""
        until = time.monotonic() + 20
        while not self.browser.run(f"return {condition}"):
            if time.monotonic() > until:
                self.fail(f"never came true: {condition}")
            time.sleep(0.05)

    def check_page(self, name, charts):
        self.open(name)
        self.assertEqual([entry["message"] for entry in self.browser.log()], [])
        drawn = self.browser.run("""return [...document.querySelectorAll('.chart')].map((box) => ({
            marks: box.querySelectorAll('svg .role-mark path, svg .role-mark rect, svg .role-mark line').length,
            role: box.querySelector('svg')?.getAttribute('role'),
            text: box.querySelector('svg')?.getAttribute('aria-label')}))""")
        self.assertEqual(len(drawn), charts)
        for chart in drawn:
            self.assertGreater(chart["marks"], 1, chart)
            self.assertEqual(chart["role"], "img", chart)
            self.assertGreater(len(chart["text"]), 20, chart)
        pictures = self.browser.run("return [...document.images].map((image) => [image.alt, image.naturalWidth])")
        self.assertGreater(len(pictures), 20)
        for text, width in pictures:
            self.assertIn("handwritten" if "read as" not in text else "read as", text)
            self.assertEqual(width, 28, text)
        self.assertEqual(self.browser.run("return document.querySelectorAll('[onerror], main b > *, img[src=x]').length"), 0)
        self.assertLess(os.path.getsize(self.folder / name / "report.html"), 5 << 20)
        self.check_narrow()

    def check_narrow(self):
        self.browser.resize(360, 800)
        self.wait_for("[...document.querySelectorAll('.chart svg')].every((chart) => chart.getBoundingClientRect().right <= 360)")
        self.assertLessEqual(self.browser.run("return document.documentElement.scrollWidth"), 360)

    def test_a_run(self):
        self.check_page("a", 4)  # images of each class, loss, accuracy, how sure
        headings = self.browser.run("return [...document.querySelectorAll('h2')].map((heading) => heading.textContent)")
        self.assertEqual(headings, ["The result", "The data", "The network, layer by layer", "Learning", "Confusions",
                                    "How far its probabilities hold", "Class by class", "The first six test images",
                                    "How it was made", "What the numbers do not show"])
        self.assertIn(HOSTILE, self.browser.run("return document.querySelector('h1').textContent"))
        self.assertIn(HOSTILE, self.browser.run("return document.title"))

    def test_a_comparison(self):
        self.check_page("both", 8)  # accuracy, images of each class, two networks' loss, accuracy and how sure
        self.assertIn("McNemar", self.browser.run("return document.body.textContent"))

    def test_a_study(self):
        # Accuracy, images of each class, one technique, steps, accuracy against three costs, loss, accuracy and how sure of best
        # and baseline.
        self.check_page("study", 12)
        text = self.browser.run("return document.body.textContent")
        for said in ("tried at equally many", "as chosen by", "Confirmed at full length", "held-out accuracy", "<b>optimizer</b>", "<img src=x>", "best MLP", "baseline MLP"):
            self.assertIn(said, text)

    def test_a_study_can_be_written_for(self):
        self.open("study")
        self.wait_for("document.querySelector('.pad-surface') !== null")
        self.assertIn("Try it", self.browser.run("return [...document.querySelectorAll('h2')].map((heading) => heading.textContent)"))
        self.assertEqual(self.browser.run("return [...document.querySelectorAll('.pad-reading')].map((reading) => reading.getAttribute('aria-label'))"), ["What best MLP reads"])
        self.browser.run("""const surface = document.querySelector('.pad-surface');
            surface.scrollIntoView({block: 'center', behavior: 'instant'});""")
        left, top, side = self.browser.run("""const box = document.querySelector('.pad-surface').getBoundingClientRect();
            return [box.left, box.top, box.width]""")
        for kind, height in (("mousePressed", 0.2), ("mouseMoved", 0.8), ("mouseReleased", 0.8)):
            self.browser.devtools("Input.dispatchMouseEvent", type=kind, x=left + side / 2, y=top + height * side, button="left", buttons=1, clickCount=1)
        self.wait_for("document.querySelector('.pad-best').textContent !== ''")
        self.assertIn(self.browser.run("return document.querySelector('.pad-best').textContent"), CLASSES)
        figures = self.browser.run("return Object.keys(JSON.parse(document.getElementById('figures').textContent).pad)")
        self.assertEqual(figures, ["networks", "left_out"])

    def test_a_study_that_is_not_done(self):
        for name, said in (("running", "the page loads itself again"), ("stopped", "it goes on with")):
            self.open(name)
            text = self.browser.run("return document.body.innerText")
            for words in (said, "Not finished", "the test images have not been read", "How far it has come", "0 of 1"):
                self.assertIn(words, text)
            reloads = self.browser.run("return document.querySelectorAll('meta[http-equiv=refresh]').length")
            self.assertEqual(reloads, 1 if name == "running" else 0)
            self.check_narrow()

    def test_a_random_study(self):
        # As a study, and what each technique matters.
        self.check_page("random", 13)
        text = self.browser.run("return document.body.textContent")
        for said in ("What mattered", "on its own", "Accuracy against cost", "is the smallest of each family"):
            self.assertIn(said, text)

    def test_the_non_dominated_are_numbered_as_in_their_table(self):
        self.open("study")
        figures = self.browser.run("return JSON.parse(document.getElementById('figures').textContent).study.trade_off")
        table = self.browser.run("""return [...document.querySelectorAll('figure')].find((one) =>
            one.textContent.startsWith('The non-dominated')).querySelectorAll('tbody tr').length""")
        self.assertEqual(table, len({place for front in figures["fronts"].values() for place in front}))
        numbers = self.browser.run("""return [...[...document.querySelectorAll('figure')].find((one) =>
            one.textContent.startsWith('Accuracy against multiply-adds')).querySelectorAll('.mark-text.role-mark text')]
            .map((text) => text.textContent)""")
        self.assertEqual(numbers, [str(number + 1) for number in range(len(figures["fronts"]["operations"]))])

    def test_the_matrix_answers_to_pointer_and_keys(self):
        self.open("a")
        box = self.browser.run("""const drawing = document.querySelector('.matrix svg');
            drawing.scrollIntoView({block: 'center', behavior: 'instant'});
            const bounds = drawing.getBoundingClientRect();
            return [bounds.left, bounds.top, bounds.width]""")
        confusion = self.browser.run("""return JSON.parse(document.getElementById('figures').textContent).models[0].test.confusion""")
        scale = box[2] / (24 + 10 * len(CLASSES) + 2)
        for truth in range(len(CLASSES)):
            for prediction in range(len(CLASSES)):
                self.browser.point_at(box[0] + scale * (24 + 10 * prediction + 5), box[1] + scale * (24 + 10 * truth + 5))
                said = f"{CLASSES[truth]} read as {CLASSES[prediction]}: {confusion[truth][prediction]} of 20"
                self.wait_for(f"document.querySelector('.tip').textContent.startsWith({said!r})")
                self.assertFalse(self.browser.run("return document.querySelector('.tip').hidden"))
        self.browser.run("document.querySelector('.matrix svg').focus()")
        self.browser.press("ArrowUp")
        self.wait_for("document.querySelector('.readout').textContent.startsWith('\" read as A: ')")

    def test_the_table_of_classes_sorts(self):
        self.open("a")
        column = """[...document.querySelectorAll('.tall tbody tr')].map((row) => Number(row.children[2].textContent))"""
        before = self.browser.run(f"return {column}")
        self.browser.run("document.querySelectorAll('.tall thead button')[2].click()")
        self.assertEqual(self.browser.run(f"return {column}"), sorted(before, reverse=True))
        self.browser.run("document.querySelectorAll('.tall thead button')[2].click()")
        self.assertEqual(self.browser.run(f"return {column}"), sorted(before))

    def test_dark_and_printed(self):
        self.open("a")
        colour = "return getComputedStyle(document.body).backgroundColor"
        self.browser.prefer("light")
        light = self.browser.run(colour)
        self.browser.prefer("dark")
        self.assertNotEqual(self.browser.run(colour), light)
        self.browser.prefer("light")
        self.browser.print(self.folder / "a.pdf")
        self.assertEqual((self.folder / "a.pdf").read_bytes()[:5], b"%PDF-")
        self.assertTrue(self.browser.run("return document.querySelector('details').open"))


if __name__ == "__main__":
    if not (browser.CHROMIUM and browser.DRIVER):
        print("NO BROWSER: install chromium and chromium-driver to run this test", file=sys.stderr)
        sys.exit(77)
    unittest.main()
